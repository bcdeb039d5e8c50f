//! How each service writes a message, and how it answers.

pub mod discord;
pub mod mattermost;

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::post::Post;

/// Whose form a message has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `{"text", "username", "icon_url", "icon_emoji", "attachments"}`: Mattermost and Slack.
    Mattermost,
    /// `{"content", "username", "avatar_url", "embeds"}`: Discord.
    Discord,
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not what the service takes.
    Unreadable,
    /// It says nothing.
    Empty,
    /// It says more than the service takes.
    TooLong,
    /// Nobody has this secret.
    UnknownHook,
    /// The hook's room is no longer there for it.
    RoomGone,
    /// It could not be stored; the same may work later.
    NotNow,
}

impl Dialect {
    /// Whose form this is. Without any sign it is Mattermost's, whose errors are plain words.
    #[must_use]
    pub fn of(payload: &Map<String, Value>) -> Self {
        let has = |key: &str| payload.get(key).is_some_and(|value| !value.is_null());
        let discord = ["content", "embeds", "avatar_url"].into_iter().any(has);
        if discord && !has("text") { Self::Discord } else { Self::Mattermost }
    }

    /// Reads a message.
    ///
    /// # Errors
    /// [`Refusal::Empty`] and [`Refusal::TooLong`].
    pub fn read(self, payload: &Map<String, Value>) -> Result<Post, Refusal> {
        let post = match self {
            Self::Mattermost => mattermost::read(payload),
            Self::Discord => discord::read(payload)?,
        };
        if post.is_empty() { Err(Refusal::Empty) } else { Ok(post) }
    }

    /// What the sender is told when the message was not taken.
    #[must_use]
    pub fn refuse(self, why: Refusal) -> HttpResponse {
        match self {
            Self::Mattermost => mattermost::refuse(why),
            Self::Discord => discord::refuse(why),
        }
    }
}

/// A value as text: senders write numbers and booleans where texts belong, and null for nothing.
fn text(payload: &Map<String, Value>, key: &str) -> Option<String> {
    let text = match payload.get(key)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(on) => on.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// The objects of a list; what is no object is left out.
fn objects<'a>(payload: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    payload.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}
