//! Messages and what they carry. <https://discord.com/developers/docs/resources/message>

use serde::Deserialize;
use serde_json::Value;
use serenity::model::Timestamp;
use serenity::model::channel::{Embed, MessageFlags, MessageType};
use serenity::model::id::{ApplicationId, AttachmentId, ChannelId, MessageId, StickerId, WebhookId};

use super::{Emoji, Member, Poll, User, each, lenient};

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
    /// Buttons, menus and whatever else a program laid out: kept as it is, since new kinds appear often.
    #[serde(default, deserialize_with = "each")]
    pub(crate) components: Vec<Value>,
    /// Only in what REST answers.
    #[serde(default, deserialize_with = "each")]
    pub(crate) reactions: Vec<Counted>,
}

/// How often a message got an emoji.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Counted {
    pub(crate) emoji: Emoji,
    #[serde(default)]
    pub(crate) count: u64,
    /// Whether the bot is among them.
    #[serde(default)]
    pub(crate) me: bool,
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
    pub(crate) components: Vec<Value>,
}

/// A file of a message.
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
    /// How loud a voice message is over its length: bytes in base64.
    #[serde(default)]
    pub(crate) waveform: Option<String>,
    #[serde(default)]
    pub(crate) flags: u64,
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
