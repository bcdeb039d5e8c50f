//! Accounts, guilds and what belongs to them. <https://discord.com/developers/docs/resources/guild>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::discord::snowflake::Snowflake;

/// An account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub id: Snowflake,
    /// The unique name.
    pub name: String,
    /// The name shown where no nick is set.
    pub global_name: Option<String>,
    /// Hash of the picture.
    pub avatar: Option<String>,
    /// Whether a program speaks.
    pub bot: bool,
}

/// An account inside a guild.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub user: Snowflake,
    /// The name shown in this guild.
    pub nick: Option<String>,
    /// Hash of this guild's picture of them.
    pub avatar: Option<String>,
    /// Roles beside @everyone.
    pub roles: Vec<Snowflake>,
    /// When they came.
    pub joined: u64,
}

/// A role of a guild; the one whose id is the guild's is @everyone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Role {
    /// Its id.
    pub id: Snowflake,
    /// Its name.
    pub name: String,
    /// 0xRRGGBB, 0 for none.
    pub color: u32,
    /// Permission bits, see [`super::permission`].
    pub permissions: u64,
    /// Higher stands above.
    pub position: u16,
    /// Whether everybody may mention it.
    pub mentionable: bool,
    /// Whether it belongs to an integration.
    pub managed: bool,
}

/// A guild's own emoji.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Emoji {
    /// Its id.
    pub id: Snowflake,
    /// Its name, without colons.
    pub name: String,
    /// Whether it moves.
    pub animated: bool,
}

/// A guild («server» to its people).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Guild {
    /// Its id.
    pub id: Snowflake,
    /// Its name.
    pub name: String,
    /// Hash of its picture.
    pub icon: Option<String>,
    /// Who owns it.
    pub owner: Snowflake,
    /// All roles, @everyone first.
    pub roles: Vec<Role>,
    /// Everybody in it.
    pub members: BTreeMap<Snowflake, Member>,
    /// Its own emoji.
    pub emojis: Vec<Emoji>,
    /// Its own stickers: id, name and format.
    #[serde(default)]
    pub stickers: Vec<(Snowflake, String, u8)>,
    /// Who may not come in.
    #[serde(default)]
    pub bans: Vec<Snowflake>,
}
