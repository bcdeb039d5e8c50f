//! What the gateway tells besides messages and places. <https://discord.com/developers/docs/events/gateway-events>

use serde::Deserialize;
use serenity::model::id::{ApplicationId, ChannelId, EmojiId, MessageId, UserId, WebhookId};

use super::{Member, User, lenient};

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

/// `WEBHOOKS_UPDATE`: some webhook of a channel was made, changed or deleted.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct WebhooksChanged {
    pub(crate) channel_id: ChannelId,
}

/// `TYPING_START`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Typing {
    pub(crate) channel_id: ChannelId,
    pub(crate) user_id: UserId,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) member: Option<Member>,
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
