//! Messages, and the webhooks some of them come through. <https://discord.com/developers/docs/resources/message>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::discord::snowflake::Snowflake;

/// Message types used here. <https://discord.com/developers/docs/resources/message#message-object-message-types>
pub mod message_type {
    /// What somebody said.
    pub const DEFAULT: u8 = 0;
    /// «X pinned a message».
    pub const PINNED: u8 = 6;
    /// «X joined».
    pub const JOIN: u8 = 7;
    /// «X started a thread».
    pub const THREAD_CREATED: u8 = 18;
    /// What somebody said in answer to another message.
    pub const REPLY: u8 = 19;
    /// The line that says how a poll ended.
    pub const POLL_RESULT: u8 = 46;
    /// The head of a thread that hangs on a message of the parent channel.
    pub const THREAD_STARTER: u8 = 21;
}

/// Message flags used here. <https://discord.com/developers/docs/resources/message#message-object-message-flags>
pub mod flag {
    /// Links get no previews.
    pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
    /// A thread hangs on this message and shares its id.
    pub const HAS_THREAD: u64 = 1 << 5;
    /// A voice message: one sound with its loudness.
    pub const IS_VOICE_MESSAGE: u64 = 1 << 13;
    /// Sent silently.
    pub const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Author {
    /// An account.
    User(Snowflake),
    /// A webhook, under the name and picture it chose for this message.
    Webhook {
        /// The webhook's id, which stands in the author's place.
        id: Snowflake,
        /// The name shown.
        name: String,
        /// Hash of the picture shown.
        avatar: Option<String>,
        /// The address the picture came from, when the message brought its own.
        avatar_url: Option<String>,
    },
}

impl Author {
    /// The id in the author field.
    pub fn id(&self) -> Snowflake {
        match self {
            Self::User(id) | Self::Webhook { id, .. } => *id,
        }
    }
}

/// A file on a message; its bytes are in the world's store, under its id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attachment {
    /// Its id.
    pub id: Snowflake,
    /// The name in the address.
    pub filename: String,
    /// Alternative text.
    pub description: Option<String>,
    /// MIME type.
    pub content_type: Option<String>,
    /// Bytes.
    pub size: usize,
    /// Width and height of a picture.
    pub dimensions: Option<(u32, u32)>,
    /// Fields of the object that nothing here depends on, such as a voice message's `waveform`.
    #[serde(default)]
    pub extra: Map<String, Value>,
}

/// One emoji under a message, and who put it there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reaction {
    /// None for Unicode.
    pub emoji_id: Option<Snowflake>,
    /// The characters, or the custom emoji's name.
    pub emoji: String,
    /// Whether the custom emoji moves.
    pub animated: bool,
    /// Who, in order.
    pub users: Vec<Snowflake>,
}

/// Which message this one answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The message answered.
    pub message: Snowflake,
    /// Where it is.
    pub channel: Snowflake,
}

/// Whom a message really notified, after `allowed_mentions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pings {
    /// People by name.
    pub users: Vec<Snowflake>,
    /// Roles.
    pub roles: Vec<Snowflake>,
    /// @everyone or @here.
    pub everyone: bool,
}

/// A message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: Snowflake,
    /// Where it is.
    pub channel: Snowflake,
    /// Who wrote it.
    pub author: Author,
    /// See [`message_type`].
    pub kind: u8,
    /// The text, in Discord's markdown.
    pub content: String,
    /// When it was edited by its author.
    pub edited: Option<u64>,
    /// Bits, see [`flag`].
    pub flags: u64,
    /// What its sender put in to recognise it.
    pub nonce: Option<Value>,
    /// Whom it notified.
    pub pings: Pings,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// Its embeds, as sent or made from links.
    pub embeds: Vec<Value>,
    /// Its buttons, as sent.
    pub components: Vec<Value>,
    /// Its reactions in order of first use.
    pub reactions: Vec<Reaction>,
    /// What it answers.
    pub reference: Option<Reference>,
    /// When it was pinned.
    pub pinned: Option<u64>,
    /// The application that sent it, through its own webhook.
    pub application: Option<Snowflake>,
    /// Fields of the object that nothing here depends on: `sticker_items`, `poll`, `message_snapshots` …
    #[serde(default)]
    pub extra: Map<String, Value>,
}

/// A webhook: an address that posts into one channel.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Webhook {
    /// Its id.
    pub id: Snowflake,
    /// The channel it posts into.
    pub channel: Snowflake,
    /// Its guild.
    pub guild: Option<Snowflake>,
    /// Who made it.
    pub creator: Snowflake,
    /// The application that made it.
    pub application: Option<Snowflake>,
    /// The name it posts under.
    pub name: String,
    /// Hash of its picture.
    pub avatar: Option<String>,
    /// Its secret.
    pub token: String,
}
