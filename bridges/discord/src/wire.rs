//! What Discord says, as far as the bridge listens.
//!
//! serenity's models are strict: one field they do not expect and the whole message is lost. A bridge must rather show a
//! message without its decoration than not at all, so these read what is needed and let everything else be absent or
//! new. Ids, kinds, flags and embeds are serenity's.
//! <https://discord.com/developers/docs/resources/message>

use serde::{Deserialize, Deserializer};
use serenity::model::Timestamp;
use serenity::model::channel::{ChannelType, Embed, MessageFlags, MessageType};
use serenity::model::guild::PremiumTier;
use serenity::model::id::{
    ApplicationId, AttachmentId, ChannelId, EmojiId, GuildId, MessageId, RoleId, StickerId, UserId, WebhookId,
};

/// A message, whole or (in an update) in part.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: MessageId,
    pub(crate) channel_id: ChannelId,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) author: Option<User>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) member: Option<Member>,
    #[serde(default)]
    pub(crate) content: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) edited_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) mentions: Vec<User>,
    #[serde(default)]
    pub(crate) mention_everyone: bool,
    #[serde(default, deserialize_with = "each")]
    pub(crate) attachments: Vec<Attachment>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) embeds: Vec<Embed>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) sticker_items: Vec<Sticker>,
    #[serde(default)]
    pub(crate) webhook_id: Option<WebhookId>,
    #[serde(default)]
    pub(crate) application_id: Option<ApplicationId>,
    #[serde(rename = "type", default, deserialize_with = "lenient")]
    pub(crate) kind: Option<MessageType>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) flags: Option<MessageFlags>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) message_reference: Option<Reference>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) message_snapshots: Vec<Snapshot>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) poll: Option<Poll>,
}

/// The message another one answers, forwards or announces.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reference {
    #[serde(rename = "type")]
    pub(crate) kind: u8,
    pub(crate) message_id: Option<MessageId>,
    pub(crate) channel_id: Option<ChannelId>,
}

/// A forwarded message as it was.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) message: Forwarded,
}

/// What of a message is forwarded.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Forwarded {
    pub(crate) content: String,
    #[serde(deserialize_with = "each")]
    pub(crate) attachments: Vec<Attachment>,
    #[serde(deserialize_with = "each")]
    pub(crate) embeds: Vec<Embed>,
    #[serde(deserialize_with = "each")]
    pub(crate) sticker_items: Vec<Sticker>,
    #[serde(deserialize_with = "each")]
    pub(crate) mentions: Vec<User>,
}

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

/// How somebody looks in one guild.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Member {
    pub(crate) nick: Option<String>,
    pub(crate) avatar: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) user: Option<Box<User>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Attachment {
    pub(crate) id: AttachmentId,
    pub(crate) filename: String,
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) content_type: Option<String>,
    #[serde(default)]
    pub(crate) size: Option<u64>,
    #[serde(default)]
    pub(crate) width: Option<u32>,
    #[serde(default)]
    pub(crate) height: Option<u32>,
    #[serde(default)]
    pub(crate) duration_secs: Option<f64>,
}

/// A sticker; the format is 1 PNG, 2 APNG, 3 Lottie, 4 GIF.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Sticker {
    pub(crate) id: StickerId,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) format_type: u8,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Poll {
    pub(crate) question: PollText,
    #[serde(deserialize_with = "each")]
    pub(crate) answers: Vec<PollAnswer>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PollAnswer {
    pub(crate) poll_media: PollText,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PollText {
    pub(crate) text: Option<String>,
}

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
}

impl Channel {
    /// Whether this hangs below another channel whose chat it belongs to.
    pub(crate) fn is_thread(&self) -> bool {
        matches!(self.kind, ChannelType::PublicThread | ChannelType::PrivateThread | ChannelType::NewsThread)
    }

    /// Whether people write here and a webhook can.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.kind, ChannelType::Text | ChannelType::News)
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
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) premium_tier: Option<PremiumTier>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) channels: Vec<Channel>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) threads: Vec<Channel>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) roles: Vec<Role>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Role {
    pub(crate) id: RoleId,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default, rename = "color")]
    pub(crate) colour: u32,
}

/// `GUILD_ROLE_CREATE` and `GUILD_ROLE_UPDATE`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RoleChange {
    pub(crate) role: Role,
}

/// `THREAD_LIST_SYNC` and the answer about active threads.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Threads {
    #[serde(default, deserialize_with = "each")]
    pub(crate) threads: Vec<Channel>,
}

/// `MESSAGE_DELETE`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Deleted {
    pub(crate) id: MessageId,
    pub(crate) channel_id: ChannelId,
}

/// `MESSAGE_DELETE_BULK`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct DeletedMany {
    pub(crate) ids: Vec<MessageId>,
    pub(crate) channel_id: ChannelId,
}

/// `MESSAGE_REACTION_ADD`, `_REMOVE`, `_REMOVE_EMOJI` and `_REMOVE_ALL`; the last ones lack user or emoji.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Reaction {
    pub(crate) channel_id: ChannelId,
    pub(crate) message_id: MessageId,
    #[serde(default)]
    pub(crate) user_id: Option<UserId>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) member: Option<Member>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) emoji: Option<Emoji>,
}

/// An emoji: a character, or a picture with an id.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Emoji {
    #[serde(default)]
    pub(crate) id: Option<EmojiId>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) animated: bool,
}

/// `TYPING_START`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Typing {
    pub(crate) channel_id: ChannelId,
    pub(crate) user_id: UserId,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) member: Option<Member>,
}

/// `GUILD_MEMBER_UPDATE` and the answer about one member.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MemberChange {
    pub(crate) guild_id: GuildId,
    #[serde(flatten)]
    pub(crate) member: Member,
}

/// A webhook of a channel. The token is there only if the bot made it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Webhook {
    pub(crate) id: WebhookId,
    #[serde(default)]
    pub(crate) token: Option<String>,
    #[serde(default)]
    pub(crate) application_id: Option<ApplicationId>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) user: Option<User>,
}

/// Reads a value, or takes it for absent when it is not what we know.
fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// Reads each element that is what we know and leaves out the others.
fn each<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let values = Option::<Vec<serde_json::Value>>::deserialize(deserializer)?;
    Ok(values.unwrap_or_default().into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_with_unknown_and_missing_things_is_still_a_message() {
        let message: Message = serde_json::from_value(json!({
            "id": "5", "channel_id": "6", "content": "hi", "type": 250, "flags": -1, "timestamp": "yesterday",
            "author": {"id": "7", "username": "ann", "avatar": "not-a-hash", "discriminator": "x"},
            "embeds": [{"title": "fine"}, {"title": 3}, null],
            "attachments": [{"id": "1"}, {"id": "2", "filename": "a.png", "url": "https://x/a.png"}],
            "mentions": null, "poll": 7, "something": {"new": []}
        }))
        .unwrap();
        assert_eq!(message.content.as_deref(), Some("hi"));
        assert_eq!(message.author.unwrap().avatar.as_deref(), Some("not-a-hash"));
        assert_eq!((message.embeds.len(), message.attachments.len()), (1, 1));
        assert!(message.timestamp.is_none() && message.poll.is_none());
    }

    #[test]
    fn a_guild_of_which_one_channel_is_odd_keeps_the_others() {
        let guild: Guild = serde_json::from_value(json!({
            "id": "1", "name": "G", "premium_tier": 9,
            "channels": [{"id": "2", "type": 0, "name": "general"}, {"id": "x"}, {"id": "3", "type": 77}]
        }))
        .unwrap();
        assert!(guild.channels.iter().any(Channel::is_text));
        assert_eq!(guild.name.as_deref(), Some("G"));
    }
}
