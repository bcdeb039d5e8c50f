//! People, alone and as members of a guild. <https://discord.com/developers/docs/resources/user>

use serde::Deserialize;
use serenity::model::id::{GuildId, RoleId, UserId};

use super::lenient;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) id: UserId,
    #[serde(default)]
    pub(crate) username: String,
    #[serde(default)]
    pub(crate) global_name: Option<String>,
    #[serde(default)]
    pub(crate) avatar: Option<String>,
    #[serde(default)]
    pub(crate) bot: bool,
    /// Only inside of `mentions`.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) member: Option<Member>,
}

/// How somebody looks in one guild, and what roles they have there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Member {
    pub(crate) nick: Option<String>,
    pub(crate) avatar: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) roles: Option<Vec<RoleId>>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) user: Option<Box<User>>,
}

/// `GUILD_MEMBER_UPDATE` and the answer about one member.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MemberChange {
    pub(crate) guild_id: GuildId,
    #[serde(flatten)]
    pub(crate) member: Member,
}
