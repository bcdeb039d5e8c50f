//! How people and chats of the network look.

use serde::{Deserialize, Serialize};

use super::{ChatId, MediaRef};

/// A person of the network, as of now. Sent along with each event; the ghost's profile follows when it changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserInfo {
    /// The name to show in this chat.
    pub name: String,
    /// The picture; `None` when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<MediaRef>,
    /// Whether this is a program.
    #[serde(default)]
    pub is_bot: bool,
}

impl UserInfo {
    /// Somebody without a picture.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The same person with a picture.
    #[must_use]
    pub fn with_avatar(mut self, avatar: MediaRef) -> Self {
        self.avatar = Some(avatar);
        self
    }
}

/// What kind of Matrix room a chat becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatKind {
    /// A room people talk in.
    #[default]
    Room,
    /// A container of chats (guild, workspace): becomes a space.
    Space,
    /// A conversation of two.
    Direct,
}

/// Who may come into the room of a chat. What is not known to be open is closed, so that a private chat never becomes a
/// public room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Who is invited (join rule `invite`).
    #[default]
    Invited,
    /// Whoever is in the space of its container (join rule `restricted`); without a container as [`Access::Invited`].
    Container,
    /// Anybody (join rule `public`): the chat is open to everybody over there, too.
    Anybody,
}

/// A chat of the network, as of now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChatInfo {
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Its topic or description.
    pub topic: Option<String>,
    /// Its picture.
    pub avatar: Option<MediaRef>,
    /// The container it lies in; becomes the space of the room.
    pub parent: Option<ChatId>,
    /// What it is.
    pub kind: ChatKind,
    /// Who may come in.
    #[serde(default)]
    pub access: Access,
    /// Address for opening it in the network's own client.
    pub link: Option<String>,
}

impl ChatInfo {
    /// A room called `name`.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }
}
