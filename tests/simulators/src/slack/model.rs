//! What a workspace is made of. Ids are texts as Slack writes them: T team, U person, B bot, C channel, D direct
//! message, F file, S group; a message is its channel and its `ts`.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The workspace.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Team {
    /// `T…`.
    pub id: String,
    /// As shown.
    pub name: String,
    /// The first label of its address.
    pub domain: String,
}

/// The app under test: one bot user, installed in the workspace.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct App {
    /// `A…`.
    pub id: String,
    /// `U…`: whom people see and mention.
    pub user: String,
    /// `B…`: what messages carry.
    pub bot: String,
    /// Its name.
    pub name: String,
}

/// A person, or the bot's user.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct User {
    /// `U…`.
    pub id: String,
    /// The handle.
    pub name: String,
    /// The full name.
    pub real_name: String,
    /// What people see, if it is not empty.
    pub display_name: String,
    /// The hash of the picture; none: the default one.
    pub avatar: Option<String>,
    /// Only told to `users:read.email`.
    pub email: Option<String>,
    /// Whether it is an app's user.
    pub is_bot: bool,
    /// Whether they administrate the workspace.
    pub is_admin: bool,
    /// A guest of one channel or several.
    pub is_restricted: bool,
    /// Deactivated.
    pub deleted: bool,
    /// Of another workspace, seen through Slack Connect.
    pub foreign_team: Option<String>,
    /// Unix seconds.
    pub updated: u64,
}

/// What sort of conversation it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Everybody of the workspace may read and join.
    #[default]
    Public,
    /// By invitation.
    Private,
    /// Two people.
    Direct,
    /// A group of people without a name.
    Group,
}

impl Kind {
    /// The `channel_type` of events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "channel",
            Self::Private => "group",
            Self::Direct => "im",
            Self::Group => "mpim",
        }
    }

    /// The first half of the scopes about it.
    pub(crate) fn scope(self) -> &'static str {
        match self {
            Self::Public => "channels",
            Self::Private => "groups",
            Self::Direct => "im",
            Self::Group => "mpim",
        }
    }

    /// One of the `types` of `conversations.list`.
    pub(crate) fn list_type(self) -> &'static str {
        match self {
            Self::Public => "public_channel",
            Self::Private => "private_channel",
            Self::Direct => "im",
            Self::Group => "mpim",
        }
    }
}

/// Topic or purpose.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Blurb {
    /// The text.
    pub value: String,
    /// Who wrote it.
    pub creator: String,
    /// Unix seconds.
    pub last_set: u64,
}

/// A conversation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Channel {
    /// `C…` or `D…`.
    pub id: String,
    /// Without `#`; empty for direct messages.
    pub name: String,
    /// Its sort.
    pub kind: Kind,
    /// Who made it.
    pub creator: String,
    /// Unix seconds.
    pub created: u64,
    /// Unix milliseconds.
    pub updated: u64,
    /// Who is in it, in the order they came.
    pub members: Vec<String>,
    /// Short, in the head of the channel.
    pub topic: Blurb,
    /// Longer.
    pub purpose: Blurb,
    /// Nobody can write any more.
    pub archived: bool,
    /// Shared with another workspace.
    pub external: bool,
    /// Where everybody is.
    pub general: bool,
    /// Former names, newest first.
    pub previous_names: Vec<String>,
    /// Pinned messages, newest pin first: `ts`, who, Unix seconds.
    pub pins: Vec<(String, String, u64)>,
}

/// How many people reacted with one emoji.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Reaction {
    /// Without colons, with a skin tone: `wave::skin-tone-3`.
    pub name: String,
    /// In the order they came.
    pub users: Vec<String>,
}

/// A message.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Message {
    /// Where.
    pub channel: String,
    /// Its id there.
    pub ts: String,
    /// What it tells, if it is no plain message.
    pub subtype: Option<String>,
    /// Who wrote it; none for apps under another name.
    pub user: Option<String>,
    /// The app's bot, if an app wrote it.
    pub bot: Option<String>,
    /// The name an app chose for this message.
    pub username: Option<String>,
    /// The picture an app chose: `icon_url` or `icon_emoji` as given.
    pub icon: Option<String>,
    /// mrkdwn.
    pub text: String,
    /// Block Kit.
    pub blocks: Vec<Value>,
    /// Legacy attachments and previews of links.
    pub attachments: Vec<Value>,
    /// Ids of files.
    pub files: Vec<String>,
    /// The parent's `ts`, if it is a reply. A parent has none here; its JSON has.
    pub thread: Option<String>,
    /// Whether a reply is also shown in the channel.
    pub broadcast: bool,
    /// The `ts` of its replies, oldest first.
    #[serde(default)]
    pub replies: Vec<String>,
    /// Who changed it, and when (`ts`).
    pub edited: Option<(String, String)>,
    /// Reactions, in the order they came.
    pub reactions: Vec<Reaction>,
    /// `event_type` and `event_payload`.
    pub metadata: Option<Value>,
    /// Fields of its subtype (`topic`, `old_name`, `inviter` …) and `client_msg_id`.
    pub extra: Map<String, Value>,
}

/// A file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct File {
    /// `F…`.
    pub id: String,
    /// `cat.png`.
    pub name: String,
    /// As shown.
    pub title: String,
    /// MIME.
    pub mimetype: String,
    /// Who brought it.
    pub user: String,
    /// Unix seconds.
    pub created: u64,
    /// Its content; none until it is uploaded.
    #[serde(with = "content")]
    pub bytes: Option<Bytes>,
    /// How long it was said to be.
    pub length: u64,
    /// Whether the upload was completed.
    pub complete: bool,
    /// Where it was shown: channel and `ts`.
    pub shares: Vec<(String, String)>,
    /// Deleted.
    pub gone: bool,
}

/// A group that can be mentioned.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct UserGroup {
    /// `S…`.
    pub id: String,
    /// `crew`.
    pub handle: String,
    /// `The crew`.
    pub name: String,
    /// Its people.
    pub users: Vec<String>,
    /// Unix seconds.
    pub created: u64,
}

/// What one person alone was shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Whisper {
    /// Where.
    pub channel: String,
    /// To whom.
    pub user: String,
    /// mrkdwn.
    pub text: String,
    /// Block Kit.
    pub blocks: Vec<Value>,
}

/// `emoji.list`: name → address, or `alias:NAME`.
pub(crate) type Emoji = BTreeMap<String, String>;

/// Bytes as base64.
mod content {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use bytes::Bytes;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &Option<Bytes>, out: S) -> Result<S::Ok, S::Error> {
        bytes.as_ref().map(|bytes| STANDARD.encode(bytes)).serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Bytes>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| STANDARD.decode(text).map(Bytes::from).map_err(D::Error::custom)).transpose()
    }
}
