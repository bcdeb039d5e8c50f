//! What happened over there: plain data that is stored, replayed and shown in tests.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Access, ChatId, ChatInfo, MediaKind, MediaRef, MessageId, RemoteUserId, SendKey, Timestamp, UserInfo};
use crate::content::{Block, Doc, Inline};

/// Something happened in a chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incoming {
    /// Where. For what happens in a thread of a chat: the chat (order is kept per chat, so a parent precedes its thread).
    pub chat: ChatId,
    /// Who did it.
    pub from: Author,
    /// When it happened, by the network's clock; Matrix events carry it as their time.
    pub at: Timestamp,
    /// What makes it this event and no other: a second one with the same key is dropped. `None`: derived from the
    /// content for messages, edits and deletes; other events are then never taken for duplicates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What.
    pub what: What,
    /// Fields for the content of each Matrix event this becomes, under names of the bridge's own
    /// (`org.causeway.priority`). `m.mentions` is joined with the mentions of the text.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "nearly every event has an author; a box would only be in the way")]
pub enum Author {
    /// Somebody of the network, as they look now. The ghost's profile follows it.
    Them(RemoteUserId, UserInfo),
    /// The bridge's own account: an echo of what it did. Recorded nowhere, shown nowhere.
    Me,
    /// The network did not say (a deletion by a moderator, for example).
    Nobody,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Somebody said something.
    Message {
        /// Its id.
        id: MessageId,
        /// Each becomes one Matrix event.
        parts: Vec<Part>,
        /// The message it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<MessageId>,
        /// The root of the thread it stands in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<MessageId>,
        /// A look for this message alone, when it differs from the author's (a webhook posting under many names).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<UserInfo>,
    },
    /// A message now reads like this. Parts that did not change cost nothing.
    Edit {
        /// The message.
        id: MessageId,
        /// All its parts, in the order of the message.
        parts: Vec<Part>,
    },
    /// A message is gone.
    Delete {
        /// The message.
        id: MessageId,
    },
    /// Somebody put or took a reaction.
    React {
        /// The message.
        id: MessageId,
        /// The emoji.
        emoji: Emoji,
        /// Put (true) or taken away.
        on: bool,
    },
    /// Somebody types, or stopped. Never stored: shown at once or not at all.
    Typing {
        /// Typing now.
        on: bool,
    },
    /// The chat looks different. Changes made by people in Matrix are not overwritten.
    Chat(ChatDelta),
    /// Somebody is in the chat, or no longer.
    Member {
        /// In (true) or out.
        joined: bool,
    },
    /// The author looks different; nothing was said. Needs no linked chat.
    Profile,
    /// The chat does not exist any more.
    Gone,
    /// Events of this chat may have been missed: its look is fetched anew.
    Resync,
    /// Somebody chose in a poll. What they chose before no longer counts; no answers take it back.
    Vote {
        /// The poll's message.
        poll: MessageId,
        /// Ids of the answers.
        answers: Vec<String>,
    },
    /// A poll takes no more votes.
    PollEnd {
        /// The poll's message.
        poll: MessageId,
    },
    /// A message was pinned, or no longer is.
    Pin {
        /// The message.
        id: MessageId,
        /// Pinned now.
        on: bool,
    },
    /// These messages are pinned and no others, the one pinned last at the end.
    Pins {
        /// The messages.
        ids: Vec<MessageId>,
    },
    /// How much the author may do in the chat, as a power level of Matrix: 100 owns, 50 moderates, 0 talks.
    Power {
        /// The power level.
        level: i64,
    },
    /// There is such a chat: whether it gets a room is configured (`auto_create`). Needs no linked chat; telling it
    /// again changes nothing.
    Found(ChatInfo),
    /// The chat's own emoji and stickers: all of them, each time.
    Pack {
        /// The pictures.
        images: Vec<PackImage>,
    },
    /// The chat goes on under another id (Telegram's supergroups): its room and its ledger move along.
    Moved {
        /// The new id.
        to: ChatId,
    },
    /// Messages were missed and cannot be had any more: one visible notice.
    Gap {
        /// For people: «about 400 messages while the bridge was away».
        note: String,
    },
}

/// A piece of a message: one Matrix event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Text.
    Text(Doc),
    /// Text in the third person.
    Emote(Doc),
    /// Text by a program, or about the chat.
    Notice(Doc),
    /// A file, perhaps with words to it.
    Media {
        /// What it is shown as.
        kind: MediaKind,
        /// The file.
        file: MediaRef,
        /// Words to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<Doc>,
    },
    /// A question with answers to choose from.
    Poll(Poll),
    /// A place on Earth.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// What is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
}

impl Part {
    /// Its text or caption.
    #[must_use]
    pub fn doc(&self) -> Option<&Doc> {
        match self {
            Self::Text(doc) | Self::Emote(doc) | Self::Notice(doc) => Some(doc),
            Self::Media { caption, .. } => caption.as_ref(),
            Self::Poll(_) | Self::Location { .. } => None,
        }
    }
}

/// A question with answers to choose from (MSC3381).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// The question.
    pub question: String,
    /// The answers, in order.
    pub answers: Vec<PollAnswer>,
    /// How many answers one person may choose, at least 1.
    pub max_choices: u32,
    /// Whether the votes stay hidden until the end.
    #[serde(default)]
    pub hidden: bool,
}

/// One answer of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollAnswer {
    /// What a vote names it by.
    pub id: String,
    /// What it says.
    pub text: String,
}

/// A picture of a chat's own for use in messages (an entry of `m.room.image_pack`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackImage {
    /// Its name without colons.
    pub name: String,
    /// The picture. Its id should be the emoji's, so that texts find it.
    pub file: MediaRef,
    /// A sticker rather than an emoji.
    #[serde(default)]
    pub sticker: bool,
}

/// A reaction's emoji.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Emoji {
    /// The character itself, or the network's id of a custom one.
    pub key: String,
    /// Name of a custom one, without colons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Web address of the picture of a custom one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

impl Poll {
    /// The poll as text, for whoever cannot show polls: the question and a numbered list of the answers.
    #[must_use]
    pub fn as_text(&self) -> Doc {
        let answers = self.answers.iter().map(|answer| vec![Block::Paragraph(Inline::lines(&answer.text))]).collect();
        Doc::paragraph(vec![Inline::bold(Inline::lines(&self.question))])
            .with(Block::List { start: Some(1), items: answers })
    }
}

impl Emoji {
    /// An emoji that is a character.
    pub fn unicode(emoji: impl Into<String>) -> Self {
        Self { key: emoji.into(), name: None, image: None }
    }
}

/// What changed about a chat; `None` is unchanged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChatDelta {
    /// The new name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The new topic; empty takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The new picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<MediaRef>,
    /// The container it moved into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<ChatId>,
    /// Who may come in now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
}

impl Incoming {
    /// Something `from` somebody in `chat`.
    pub fn new(chat: impl Into<ChatId>, from: Author, at: Timestamp, what: What) -> Self {
        Self { chat: chat.into(), from, at, key: None, what, extra: Map::new() }
    }

    /// A plain message.
    pub fn message(chat: impl Into<ChatId>, from: Author, id: impl Into<MessageId>, parts: Vec<Part>) -> Self {
        let what = What::Message { id: id.into(), parts, reply_to: None, thread: None, profile: None };
        Self::new(chat, from, Timestamp::now(), what)
    }

    /// The same event under this key.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The key it is stored under, if it has one. An edit's key holds its time and content, so that A → B → A at three
    /// times is three edits while a repeated dispatch is one.
    #[must_use]
    pub fn dedupe_key(&self) -> Option<String> {
        if let Some(key) = &self.key {
            return Some(format!("k:{key}"));
        }
        match &self.what {
            What::Message { id, .. } => Some(format!("m:{}:{id}", self.chat)),
            What::Delete { id } => Some(format!("d:{}:{id}", self.chat)),
            What::Edit { id, parts } => {
                let content = serde_json::to_vec(parts).unwrap_or_default();
                let digest: String = Sha256::digest(content).iter().take(8).map(|b| format!("{b:02x}")).collect();
                Some(format!("e:{}:{id}:{}:{digest}", self.chat, self.at.0))
            }
            _ => None,
        }
    }
}

impl Author {
    /// Somebody of the network.
    pub fn them(id: impl Into<RemoteUserId>, info: UserInfo) -> Self {
        Self::Them(id.into(), info)
    }
}

impl SendKey {
    /// Derives a key from what makes a send unique.
    #[must_use]
    pub fn derive(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self::new(hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect::<String>())
    }
}
