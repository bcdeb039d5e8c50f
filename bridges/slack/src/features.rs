//! What a channel of Slack can do for people in Matrix, and what Slack lets no bot do.

use appservice_sdk::prelude::Features;

use crate::convert::MAX_TEXT;

/// The largest file Slack takes.
pub(crate) const MAX_FILE: u64 = 1024 * 1024 * 1024;

/// What Slack makes impossible. The README has the same list.
pub(crate) const CANNOT: [&str; 9] = [
    "who is typing is neither seen nor shown on Slack",
    "read receipts and presence do not cross",
    "all reactions from Matrix appear as one of the bot, with no names",
    "messages that people wrote on Slack cannot be edited from Matrix",
    "banning on Slack only removes a person from the channel: Slack has no bans",
    "the name of a channel can be changed from Matrix only where the bot made the channel",
    "the picture of a room cannot be set on Slack: channels have none",
    "edits, deletions and reactions made on Slack while the bridge was away are not seen",
    "spoilers, underlined text and pictures of custom emoji from elsewhere become plain text on Slack",
];

/// Everything but what is impossible.
pub(crate) fn all() -> Features {
    Features {
        typing: false,
        max_file: Some(MAX_FILE),
        max_text: u32::try_from(MAX_TEXT).ok(),
        cannot: &CANNOT,
        ..Features::all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_says_what_is_impossible() {
        let readme = include_str!("../README.md");
        for sentence in CANNOT {
            assert!(readme.contains(sentence), "{sentence}");
        }
    }
}
