//! What a channel of Discord can do for people in Matrix.

use appservice_sdk::prelude::Features;

/// Everything, through a webhook: even editing and deleting of what it wrote. Unknown channels take small files.
pub(crate) fn of(largest_file: Option<u64>) -> Features {
    Features { max_file: largest_file, ..Features::all() }
}
