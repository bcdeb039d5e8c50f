//! What a chat of Telegram can do for people in Matrix, and what the Bot API makes impossible.

use appservice_sdk::prelude::Features;

use crate::convert::MAX_TEXT;

const MB: u64 = 1024 * 1024;
/// The largest file that Telegram's own servers take from a bot.
pub(crate) const UPLOAD: u64 = 50 * MB;
/// The largest file that Telegram's own servers give to a bot.
pub(crate) const DOWNLOAD: u64 = 20 * MB;
/// The largest file with a `telegram-bot-api` of one's own.
pub(crate) const LOCAL: u64 = 2000 * MB;

/// What a bot cannot do or see. The README has the same table.
pub(crate) const CANNOT: [&str; 10] = [
    "messages deleted on Telegram stay in Matrix: bots are not told",
    "messages from before the bot joined cannot be fetched, nor those older than a day after an outage",
    "the list of a group's members is unknown: people appear when they speak, join or administer",
    "typing, read receipts and presence on Telegram are not seen",
    "every message from Matrix stands under the bot's name and picture, with the sender's name as its first words",
    "one reaction to a message for everybody in Matrix, from Telegram's fixed list",
    "votes from Matrix stand in a line below a poll of Telegram; bots cannot vote",
    "messages of other bots are not seen, unless both allow it",
    "the bot's own messages can be deleted for 48 hours, those of others only by a bot that is an administrator",
    "messages taken from the pinned ones on Telegram stay pinned in Matrix: bots are not told",
];

/// What a chat can do.
pub(crate) fn of(is_public_api: bool, is_shared: bool) -> Features {
    Features {
        thread: is_shared,
        moderate: is_shared,
        look: is_shared,
        max_file: Some(if is_public_api { UPLOAD } else { LOCAL }),
        max_text: u32::try_from(MAX_TEXT).ok(),
        cannot: &CANNOT,
        ..Features::all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_tells_all_that_is_impossible() {
        let readme = include_str!("../README.md");
        for sentence in CANNOT {
            assert!(readme.contains(sentence), "{sentence}");
        }
    }
}
