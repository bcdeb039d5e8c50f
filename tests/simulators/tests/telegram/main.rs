//! The simulated Telegram against clients that were not written for it, and against what Telegram documents.

// Clippy knows tests by their attribute, and not what they call.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod house;
mod kept;
mod listening;
mod places;
mod python;
mod refusals;
mod speaking;
mod teloxide;
mod trouble;
