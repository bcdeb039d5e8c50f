//! Guilds, channels and roles. <https://discord.com/developers/docs/resources/channel>

use serde::{Deserialize, Deserializer};
use serenity::model::channel::ChannelType;
use serenity::model::guild::PremiumTier;
use serenity::model::id::{ChannelId, GuildId, MessageId, RoleId, UserId};

use super::{Emoji, Sticker, each, lenient};

/// `GUILD_MEDIA`, which serenity does not know.
const MEDIA: u8 = 16;

/// A channel or thread.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Channel {
    pub(crate) id: ChannelId,
    #[serde(rename = "type")]
    pub(crate) kind: ChannelType,
    #[serde(default)]
    pub(crate) guild_id: Option<GuildId>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) topic: Option<String>,
    #[serde(default)]
    pub(crate) parent_id: Option<ChannelId>,
    #[serde(default)]
    pub(crate) last_message_id: Option<MessageId>,
    /// What roles and members may do here beyond or below what they may in the guild.
    #[serde(default, deserialize_with = "each")]
    pub(crate) permission_overwrites: Vec<Overwrite>,
    /// The tags that posts of this forum can have.
    #[serde(default, deserialize_with = "each")]
    pub(crate) available_tags: Vec<Tag>,
    /// The tags of this post.
    #[serde(default, deserialize_with = "each")]
    pub(crate) applied_tags: Vec<NonZeroId>,
}

/// An id of something that serenity has no name for in this place.
pub(crate) type NonZeroId = serenity::model::id::ForumTagId;

/// A tag of a forum.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Tag {
    pub(crate) id: NonZeroId,
    #[serde(default)]
    pub(crate) name: String,
}

/// An exception from a guild's permissions in one channel. `kind` 0 is a role's, 1 a member's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Overwrite {
    pub(crate) id: GuildId,
    #[serde(rename = "type", deserialize_with = "kind")]
    pub(crate) kind: u8,
    #[serde(default, deserialize_with = "bits")]
    pub(crate) allow: u64,
    #[serde(default, deserialize_with = "bits")]
    pub(crate) deny: u64,
}

impl Channel {
    /// Whether this hangs below another channel.
    pub(crate) fn is_thread(&self) -> bool {
        matches!(self.kind, ChannelType::PublicThread | ChannelType::PrivateThread | ChannelType::NewsThread)
    }

    /// Whether only the invited see this thread.
    pub(crate) fn is_private(&self) -> bool {
        self.kind == ChannelType::PrivateThread
    }

    /// Whether people write here and a webhook can: text, announcements, and the text beside a voice or stage channel.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.kind, ChannelType::Text | ChannelType::News | ChannelType::Voice | ChannelType::Stage)
    }

    /// Whether this holds posts, each a thread with a room of its own.
    pub(crate) fn is_forum(&self) -> bool {
        matches!(self.kind, ChannelType::Forum | ChannelType::Unknown(MEDIA))
    }

    pub(crate) fn is_category(&self) -> bool {
        self.kind == ChannelType::Category
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Guild {
    pub(crate) id: GuildId,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) icon: Option<String>,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) owner_id: Option<UserId>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) premium_tier: Option<PremiumTier>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) channels: Vec<Channel>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) threads: Vec<Channel>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) roles: Vec<Role>,
    /// Only the bot, unless presences were asked for.
    #[serde(default, deserialize_with = "each")]
    pub(crate) members: Vec<super::Member>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) emojis: Vec<Emoji>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) stickers: Vec<Sticker>,
}

/// A guild the bot is in, as it is listed: with what the bot may do there.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MyGuild {
    pub(crate) id: GuildId,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "bits")]
    pub(crate) permissions: u64,
}

/// `GUILD_DELETE`: the bot was put out, or (`unavailable`) Discord has trouble.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct GuildGone {
    pub(crate) id: GuildId,
    #[serde(default)]
    pub(crate) unavailable: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Role {
    pub(crate) id: RoleId,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default, rename = "color")]
    pub(crate) colour: u32,
    #[serde(default, deserialize_with = "bits")]
    pub(crate) permissions: u64,
}

/// `GUILD_ROLE_CREATE` and `GUILD_ROLE_UPDATE`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RoleChange {
    pub(crate) guild_id: GuildId,
    pub(crate) role: Role,
}

/// `GUILD_ROLE_DELETE`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RoleGone {
    pub(crate) guild_id: GuildId,
    pub(crate) role_id: RoleId,
}

/// `THREAD_LIST_SYNC` and the answer about active threads.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Threads {
    #[serde(default)]
    pub(crate) guild_id: Option<GuildId>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) threads: Vec<Channel>,
}

/// `GUILD_EMOJIS_UPDATE` and `GUILD_STICKERS_UPDATE`: all of one kind.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Expressions {
    pub(crate) guild_id: GuildId,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) emojis: Option<Vec<Emoji>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) stickers: Option<Vec<Sticker>>,
}

/// `CHANNEL_PINS_UPDATE`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PinsChanged {
    pub(crate) channel_id: ChannelId,
}

/// `GUILD_MEMBER_REMOVE`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MemberGone {
    pub(crate) guild_id: GuildId,
    pub(crate) user: super::User,
}

/// Bits as Discord writes them: a number in quotes.
fn bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Number(u64),
    }
    Ok(match Option::<Written>::deserialize(deserializer)? {
        Some(Written::Text(text)) => text.parse().unwrap_or(0),
        Some(Written::Number(number)) => number,
        None => 0,
    })
}

/// `0` and `1`, which older answers spell `role` and `member`.
fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(u8::from(value == 1 || value == "1" || value == "member"))
}
