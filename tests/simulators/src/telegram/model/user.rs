//! Accounts. <https://core.telegram.org/bots/api#user>

use serde::{Deserialize, Serialize};

/// A person or a bot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Its id, also the id of the private chat with it.
    pub id: i64,
    /// Whether it is a bot.
    pub is_bot: bool,
    /// Always there.
    pub first_name: String,
    /// Often not.
    pub last_name: Option<String>,
    /// Without `@`.
    pub username: Option<String>,
    /// An IETF language tag.
    pub language: Option<String>,
    /// File ids of the pictures chosen, newest first.
    pub photos: Vec<String>,
    /// Whether the pictures are hidden from bots.
    pub hides_photos: bool,
    /// Whether it ever wrote to the bot.
    pub started: bool,
    /// Whether it blocked the bot.
    pub blocked: bool,
    /// Whether the account was deleted.
    pub deactivated: bool,
}

impl User {
    /// First and last name.
    pub fn name(&self) -> String {
        [Some(self.first_name.as_str()), self.last_name.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}
