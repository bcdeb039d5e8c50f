//! What Discord knows: plain data, without rules. Times are Unix milliseconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::snowflake::Snowflake;

/// Channel types. <https://discord.com/developers/docs/resources/channel#channel-object-channel-types>
pub mod channel_type {
    /// A text channel of a guild.
    pub const TEXT: u8 = 0;
    /// A conversation of two.
    pub const DM: u8 = 1;
    /// A heading over channels.
    pub const CATEGORY: u8 = 4;
    /// A thread everybody of the channel can see; also a forum's post.
    pub const PUBLIC_THREAD: u8 = 11;
    /// A thread of the invited.
    pub const PRIVATE_THREAD: u8 = 12;
    /// A channel that holds posts (threads) only.
    pub const FORUM: u8 = 15;
}

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
    /// The head of a thread that hangs on a message of the parent channel.
    pub const THREAD_STARTER: u8 = 21;
}

/// Message flags used here. <https://discord.com/developers/docs/resources/message#message-object-message-flags>
pub mod flag {
    /// Links get no previews.
    pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
    /// A thread hangs on this message and shares its id.
    pub const HAS_THREAD: u64 = 1 << 5;
    /// Sent silently.
    pub const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
}

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
}

/// What a channel changes about the permissions of a role or member.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Overwrite {
    /// A role's or member's id.
    pub id: Snowflake,
    /// Whether `id` is a member's.
    pub member: bool,
    /// Bits given.
    pub allow: u64,
    /// Bits taken.
    pub deny: u64,
}

/// What a thread has beyond a channel.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ThreadState {
    /// Hidden from the list; the next message brings it back.
    pub archived: bool,
    /// Only moderators bring it back.
    pub locked: bool,
    /// Minutes of silence until it is archived.
    pub auto_archive: u32,
    /// When `archived` last changed.
    pub archive_time: u64,
    /// Messages in it, without the first.
    pub message_count: u32,
    /// Messages ever sent in it.
    pub total_sent: u32,
    /// Who joined it.
    pub members: Vec<Snowflake>,
    /// Tags of a forum post.
    pub tags: Vec<Snowflake>,
}

/// A channel, category, thread or direct conversation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Channel {
    /// Its id; a thread that hangs on a message has the message's.
    pub id: Snowflake,
    /// Whose it is; none for direct conversations.
    pub guild: Option<Snowflake>,
    /// See [`channel_type`].
    pub kind: u8,
    /// Its name.
    pub name: String,
    /// Its topic.
    pub topic: Option<String>,
    /// Category of a channel, channel of a thread.
    pub parent: Option<Snowflake>,
    /// Order in the list.
    pub position: u16,
    /// Who opened the thread.
    pub owner: Option<Snowflake>,
    /// Newest message ever, even if deleted since.
    pub last_message: Option<Snowflake>,
    /// When something was last pinned.
    pub last_pin: Option<u64>,
    /// Its exceptions from the guild's permissions.
    pub overwrites: Vec<Overwrite>,
    /// Present in threads.
    pub thread: Option<ThreadState>,
    /// The tags posts of this forum can have: id and name.
    pub available_tags: Vec<(Snowflake, String)>,
    /// Whether a post needs a tag.
    pub tag_required: bool,
    /// The other one, in direct conversations.
    pub recipients: Vec<Snowflake>,
}

impl Channel {
    /// Whether it is a thread.
    pub fn is_thread(&self) -> bool {
        self.thread.is_some()
    }

    /// Whether messages can be posted into it.
    pub fn holds_messages(&self) -> bool {
        !matches!(self.kind, channel_type::CATEGORY | channel_type::FORUM)
    }
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
