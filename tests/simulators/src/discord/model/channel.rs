//! Channels and threads. <https://discord.com/developers/docs/resources/channel>

use serde::{Deserialize, Serialize};

use crate::discord::snowflake::Snowflake;

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
