//! What Matrix users want done over there.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ChatId, Emoji, MediaRef, MessageId, Part, RemoteUserId, SendKey, Timestamp};

/// A message from Matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Where to.
    pub chat: ChatId,
    /// What it says. A Matrix event gives one part.
    pub parts: Vec<Part>,
    /// The message it answers, if it is known over there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Known>,
    /// The root of its thread, if it is known over there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Known>,
    /// Who said it.
    pub sender: OnBehalf,
    /// When it was said.
    pub at: Timestamp,
    /// Its event in Matrix.
    pub event_id: String,
    /// Its room in Matrix.
    pub room_id: String,
    /// Whether the sender may draw everybody's attention (power level of `notifications.room`). If false, the network
    /// must make sure that `@everyone` and the like stay text.
    pub may_ping_everyone: bool,
    /// Whether this stands for an edit of a message the network cannot edit.
    #[serde(default)]
    pub is_edit: bool,
}

/// A Matrix user, as the room sees them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OnBehalf {
    /// `@alice:example.org`.
    pub user_id: String,
    /// Display name in the room; the local part of the id if there is none.
    pub name: String,
    /// Picture (always [`super::MediaSource::Matrix`]). Networks that need a public address make one below their own
    /// paths and read the bytes with [`super::Remote::download`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<MediaRef>,
}

/// A message that both sides know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Its chat.
    pub chat: ChatId,
    /// Its id over there.
    pub id: MessageId,
    /// Which part of the whole message this is, from 0.
    pub part: u32,
    /// Its event in Matrix.
    pub event_id: String,
    /// The root of its thread over there, if it stands in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// Whether it came from Matrix (then the bridge sent it, and may edit or delete it).
    pub from_matrix: bool,
    /// Who said it, by name.
    pub author: String,
    /// Who said it: remote user id, or Matrix user id if it came from Matrix.
    pub author_id: String,
    /// How it begins, as plain text of at most 120 characters.
    pub excerpt: String,
    /// What [`Sent::note`] said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Value>,
}

/// One call to the network that is about to be made: one part of a planned message.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The same for every try of this part, for ever.
    pub key: SendKey,
    /// Which part of the plan, from 0.
    pub part: u32,
    /// How many parts the plan has.
    pub of: u32,
    /// What [`super::Session::plan`] made of it.
    pub payload: Value,
    /// The whole message.
    pub message: Arc<Outgoing>,
    /// The parts that are there already.
    pub before: Vec<MessageId>,
    /// When this part was first tried.
    pub since: Timestamp,
    /// How many tries went before.
    pub tries: u32,
}

impl Attempt {
    /// Where to.
    #[must_use]
    pub fn chat(&self) -> &ChatId {
        &self.message.chat
    }
}

/// A part arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// The id the network gave it.
    pub id: MessageId,
    /// Whatever the network needs for editing or deleting it later; comes back in [`Known::note`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Value>,
}

impl Sent {
    /// Arrived under this id.
    pub fn new(id: impl Into<MessageId>) -> Self {
        Self { id: id.into(), note: None }
    }

    /// The same with a note.
    #[must_use]
    pub fn with_note(mut self, note: Value) -> Self {
        self.note = Some(note);
        self
    }
}

/// What became of an attempt whose answer was lost.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// It arrived.
    Found(Sent),
    /// It did not arrive, for certain: it may be sent again.
    Absent,
    /// Nobody can tell; [`super::Network::RESEND`] decides.
    Unknown,
}

/// One part of a message shall read differently.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The part as it is.
    pub target: Known,
    /// What it shall be: the payload [`super::Session::plan`] made of the new message.
    pub payload: Value,
    /// The whole new message.
    pub message: Arc<Outgoing>,
}

/// The bridge's one reaction for everybody in Matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct React {
    /// The message.
    pub target: Known,
    /// The emoji. A custom one has the network's id as key if the network sent it before, else the name alone.
    pub emoji: Emoji,
}

/// How a poll stands in Matrix: told when the votes there change, and when the poll ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PollState {
    /// The poll's message.
    pub target: Known,
    /// How many people in Matrix chose each answer, by the answer's id, in the order of the poll. People whose votes came
    /// from the network are not among them.
    pub counts: Vec<(String, u64)>,
    /// Whether it takes no more votes.
    pub ended: bool,
}

/// What somebody with the power to do so did to a person of the network, from Matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moderate {
    /// Where.
    pub chat: ChatId,
    /// To whom.
    pub user: RemoteUserId,
    /// What.
    pub act: Act,
    /// Why, if it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who did it: `@alice:example.org`.
    pub by: String,
}

/// What can be done to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Called into the chat.
    Invite,
    /// Put out; may come back.
    Kick,
    /// Put out for good.
    Ban,
    /// May come back after a ban.
    Unban,
}
