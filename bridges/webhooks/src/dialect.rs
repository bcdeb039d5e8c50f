//! How each service writes a message, and how it answers. Each module reads its form into [`crate::post::Post`]s, which is
//! pure, and writes that service's own answers.

pub mod adapter;
pub mod apprise;
pub mod discord;
pub mod gotify;
pub mod healthchecks;
pub mod hookshot;
pub mod line;
pub mod mattermost;
pub mod native;
pub mod ntfy;
pub mod rocketchat;
pub mod slack;
pub mod slack_api;
pub mod telegram;

use std::fmt;

use serde_json::{Map, Value};

/// Whose form a message has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Our own: plain text, any JSON with a template, or another dialect by its shape.
    #[default]
    Native,
    Mattermost,
    Slack,
    /// Slack's Web API, as bots use it.
    SlackApi,
    Discord,
    RocketChat,
    Telegram,
    Line,
    Ntfy,
    Gotify,
    Apprise,
    Hookshot,
    Turt2live,
    Healthchecks,
    Alertmanager,
    Grafana,
    GitHub,
    GitLab,
    Gitea,
    UptimeKuma,
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
    /// Its files are too large.
    TooLarge,
    /// This part of it is not right.
    Field(&'static str),
    /// Nobody has this secret.
    UnknownHook,
    /// It is not signed as the hook wants it.
    Unsigned,
    /// The hook may not do this.
    NotAllowed,
    /// The message that it is about is not known.
    UnknownMessage,
    /// The hook's room is no longer there for it.
    RoomGone,
    /// Not with this method, but with these.
    Method(&'static str),
    /// There is nothing of the kind here.
    Unsupported,
    /// More than can be honest: wait so many seconds.
    TooMany(u32),
    /// It could not be stored; the same may work later.
    NotNow,
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::Mattermost => "mattermost",
            Self::Slack => "slack",
            Self::SlackApi => "slack-api",
            Self::Discord => "discord",
            Self::RocketChat => "rocketchat",
            Self::Telegram => "telegram",
            Self::Line => "line",
            Self::Ntfy => "ntfy",
            Self::Gotify => "gotify",
            Self::Apprise => "apprise",
            Self::Hookshot => "hookshot",
            Self::Turt2live => "turt2live",
            Self::Healthchecks => "healthchecks",
            Self::Alertmanager => "alertmanager",
            Self::Grafana => "grafana",
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Gitea => "gitea",
            Self::UptimeKuma => "uptime-kuma",
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("This cannot be read; send JSON, a form or plain text."),
            Self::Empty => f.write_str("The message says nothing."),
            Self::TooLong => f.write_str("The message is too long."),
            Self::TooLarge => f.write_str("The files are too large."),
            Self::Field(name) => write!(f, "`{name}` is not what it should be."),
            Self::UnknownHook => f.write_str("There is no such webhook."),
            Self::Unsigned => f.write_str("The signature is missing or wrong."),
            Self::NotAllowed => f.write_str("This webhook may not do that."),
            Self::UnknownMessage => f.write_str("There is no such message."),
            Self::RoomGone => f.write_str("The webhook's room is gone."),
            Self::Method(allowed) => write!(f, "Use {allowed}."),
            Self::Unsupported => f.write_str("There is nothing of the kind here."),
            Self::TooMany(seconds) => write!(f, "Too many messages; wait {seconds} s."),
            Self::NotNow => f.write_str("Not now; try again later."),
        }
    }
}

impl Refusal {
    /// The status of HTTP that says it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Unreadable | Self::Empty | Self::TooLong | Self::Field(_) => 400,
            Self::Unsigned => 401,
            Self::NotAllowed => 403,
            Self::UnknownHook | Self::UnknownMessage | Self::RoomGone | Self::Unsupported => 404,
            Self::Method(_) => 405,
            Self::TooLarge => 413,
            Self::TooMany(_) => 429,
            Self::NotNow => 503,
        }
    }
}

/// A value as text: senders write numbers and booleans where texts belong, and null for nothing.
#[must_use]
pub(crate) fn text(payload: &Map<String, Value>, key: &str) -> Option<String> {
    let text = match payload.get(key)? {
        Value::String(text) => cut(text).to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(on) => on.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// The longest text that is read, in bytes: several events' worth. What is longer is cut, not refused: an alert that is
/// too long is an alert.
const LONGEST: usize = 60_000;

/// The beginning of a text that is read.
#[must_use]
pub(crate) fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST)).unwrap_or(text)
}

/// Whether a value says yes, in any spelling.
#[must_use]
pub(crate) fn flag(payload: &Map<String, Value>, key: &str) -> bool {
    text(payload, key).is_some_and(|text| is_yes(&text))
}

pub(crate) fn is_yes(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on")
}

/// An object within.
#[must_use]
pub(crate) fn object<'a>(payload: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    payload.get(key)?.as_object()
}

/// The objects of a list; what is no object is left out. A single object counts as a list of one.
pub(crate) fn objects<'a>(
    payload: &'a Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = &'a Map<String, Value>> + use<'a> {
    let value = payload.get(key);
    let single = value.and_then(Value::as_object);
    let list = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    single.into_iter().chain(list)
}

#[cfg(test)]
#[path = "dialect_tests.rs"]
mod tests;
