//! Chats, their members and topics. <https://core.telegram.org/bots/api#chat>

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What sort of chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatKind {
    /// Between somebody and the bot.
    #[default]
    Private,
    /// A basic group: it may become a supergroup.
    Group,
    /// A large group.
    Supergroup,
    /// Administrators post, others read.
    Channel,
}

impl ChatKind {
    /// `supergroup`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Group => "group",
            Self::Supergroup => "supergroup",
            Self::Channel => "channel",
        }
    }
}

/// A chat.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chat {
    /// Its id: positive for people, negative for groups, -100… for supergroups and channels.
    pub id: i64,
    /// What sort.
    pub kind: ChatKind,
    /// Its title; private chats have none.
    pub title: String,
    /// Its public name, without `@`.
    pub username: Option<String>,
    /// What it is about.
    pub description: String,
    /// The file id of its picture.
    pub photo: Option<String>,
    /// Whether it has topics.
    pub is_forum: bool,
    /// The discussion group of a channel, or the channel of a discussion group.
    pub linked: Option<i64>,
    /// Everybody who ever was in it.
    pub members: BTreeMap<i64, Member>,
    /// What members may do who are no administrators: `can_send_messages` ….
    pub permissions: BTreeSet<String>,
    /// The emoji that may be reacted with; all if none are named.
    pub reactions: Option<Vec<String>>,
    /// Pinned messages, newest last.
    pub pinned: Vec<i32>,
    /// Topics by the id of the message that opened them.
    pub topics: BTreeMap<i32, Topic>,
    /// The supergroup it became.
    pub migrated_to: Option<i64>,
    /// The last message id given; unused where ids are the account's.
    pub last_message: i32,
    /// Whether the bot spoke last, which matters to its privacy mode.
    pub bot_spoke_last: bool,
}

/// A topic of a forum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Whether only administrators may write.
    pub closed: bool,
    /// The colour of its icon.
    pub colour: u32,
}

/// Somebody's place in a chat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// What they are.
    pub status: Status,
    /// What an administrator, or somebody restricted, may do.
    pub rights: BTreeSet<String>,
    /// The title shown beside their name.
    pub custom_title: Option<String>,
    /// Whether the administrator speaks as the group.
    pub anonymous: bool,
    /// Whether somebody restricted is in the chat.
    pub is_in: bool,
    /// When a ban or restriction ends, in Unix seconds; 0 never.
    pub until: i64,
    /// Whether the bot gave them their rights, so that it may take them.
    pub by_bot: bool,
}

/// What somebody is in a chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The owner.
    Creator,
    /// Has rights.
    Administrator,
    /// In it.
    Member,
    /// May not do everything.
    Restricted,
    /// Not in it.
    #[default]
    Left,
    /// Banned.
    Kicked,
}

impl Status {
    /// `administrator`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Creator => "creator",
            Self::Administrator => "administrator",
            Self::Member => "member",
            Self::Restricted => "restricted",
            Self::Left => "left",
            Self::Kicked => "kicked",
        }
    }
}

impl Member {
    /// A plain place of this status.
    pub fn of(status: Status) -> Self {
        Self { status, is_in: !matches!(status, Status::Left | Status::Kicked), ..Self::default() }
    }

    /// Whether they are in the chat.
    pub fn is_present(&self) -> bool {
        match self.status {
            Status::Creator | Status::Administrator | Status::Member => true,
            Status::Restricted => self.is_in,
            Status::Left | Status::Kicked => false,
        }
    }

    /// Whether they are owner or administrator.
    pub fn is_admin(&self) -> bool {
        matches!(self.status, Status::Creator | Status::Administrator)
    }

    /// Whether an administrator has this right; the owner has all.
    pub fn may(&self, right: &str) -> bool {
        self.status == Status::Creator || self.status == Status::Administrator && self.rights.contains(right)
    }
}

impl Chat {
    /// Somebody's place; outside, if they never were in it.
    pub fn member(&self, user: i64) -> Member {
        self.members.get(&user).cloned().unwrap_or_default()
    }

    /// Whether message ids are its own: private chats and basic groups share the account's.
    pub fn counts_messages(&self) -> bool {
        matches!(self.kind, ChatKind::Supergroup | ChatKind::Channel)
    }

    /// Whether many people speak in it.
    pub fn is_group(&self) -> bool {
        matches!(self.kind, ChatKind::Group | ChatKind::Supergroup)
    }
}
