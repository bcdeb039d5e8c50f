//! The section `[bridges.telegram]`: what an operator sets, and what is wrong with it in plain sentences.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// Where Telegram's own servers are.
const API: &str = "https://api.telegram.org";
/// How a message from Matrix begins.
const SENDER: &str = "{name}: ";
/// Keys that the SDK reads for every network.
const COMMON: [&str; 9] = [
    "links",
    "auto_create",
    "exclude",
    "permissions",
    "admins",
    "delivery_receipts",
    "delivery_status",
    "look_follows_matrix",
    "enabled",
];

/// Everything an operator can set for Telegram, besides what is the same for all networks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The bot's token, as BotFather gave it.
    pub token: Secret,
    /// Where the Bot API is: Telegram's servers, or a `telegram-bot-api` of one's own (files up to 2 GB).
    pub api_url: String,
    /// How updates come: asked for, or brought by Telegram to the server's public port.
    pub mode: Mode,
    /// Where Telegram reaches this bridge, for `mode = "webhook"`: the server's public address followed by
    /// `/_bridge/telegram`.
    pub public_url: Option<String>,
    /// What the topics of a forum become.
    pub topics: Topics,
    /// How a message from Matrix begins: `{name}` is the sender's name in the room, `{id}` the Matrix id.
    pub sender: String,
    /// What becomes of a message of which nobody can tell whether it arrived.
    pub uncertain: Uncertain,
    /// The folder of a `telegram-bot-api --local` on this machine, whose files are then read from disk.
    pub local_files: Option<String>,
    /// The groups and channels this bridge may serve. Empty means every one the bot was added to.
    pub chats: Vec<i64>,
    /// Seconds one question for updates stays open, at most 50.
    pub poll_seconds: u64,
}

/// How updates come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The bridge asks (`getUpdates`): works behind any firewall.
    #[default]
    Poll,
    /// Telegram brings them (`setWebhook`): needs a public address.
    Webhook,
}

/// What the topics of a forum become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Topics {
    /// A room each, in a space for the group.
    #[default]
    Rooms,
    /// Threads in the group's one room.
    Threads,
}

/// What becomes of a message of which nobody can tell whether it arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Uncertain {
    /// The sender is told.
    #[default]
    Report,
    /// It is sent again, and may then be there twice.
    Repeat,
}

/// A value that is never printed: not in logs, not in errors, not by `{:?}`.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value so that it is not printed by accident.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(not set)" } else { "(secret)" })
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            token: Secret::default(),
            api_url: API.to_owned(),
            mode: Mode::Poll,
            public_url: None,
            topics: Topics::Rooms,
            sender: SENDER.to_owned(),
            uncertain: Uncertain::Report,
            local_files: None,
            chats: Vec::new(),
            poll_seconds: 50,
        }
    }
}

impl Config {
    /// Reads the section and says what is wrong with it, naming the key.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn read(mut section: Value) -> Result<Self, String> {
        if let Some(section) = section.as_object_mut() {
            COMMON.iter().for_each(|key| drop(section.remove(*key)));
        }
        let config: Self = serde_json::from_value(section).map_err(|error| format!("bridges.telegram: {error}"))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let token = self.token.expose();
        if token.is_empty() {
            return Err(
                "bridges.telegram.token is not set: write to @BotFather on Telegram, send /newbot, and copy the \
                        token it answers with"
                    .to_owned(),
            );
        }
        if !is_token(token) {
            return Err("bridges.telegram.token does not look like a bot's token, which is a number, a colon and \
                        letters: copy it from @BotFather, without spaces"
                .to_owned());
        }
        address("api_url", &self.api_url)?;
        match (self.mode, &self.public_url) {
            (Mode::Webhook, None) => {
                return Err("bridges.telegram.mode = \"webhook\" needs a public address: set server.public_url or \
                            bridges.telegram.public_url, or use mode = \"poll\""
                    .to_owned());
            }
            (_, Some(public)) => address("public_url", public)?,
            _ => {}
        }
        if !self.sender.is_empty() && !self.sender.contains("{name}") && !self.sender.contains("{id}") {
            return Err("bridges.telegram.sender must hold {name} or {id}, or be empty".to_owned());
        }
        if self.sender.chars().count() > 100 {
            return Err("bridges.telegram.sender is longer than 100 characters".to_owned());
        }
        if !(1..=50).contains(&self.poll_seconds) {
            return Err("bridges.telegram.poll_seconds must be between 1 and 50".to_owned());
        }
        Ok(())
    }

    /// The Bot API's address without a slash at its end.
    #[must_use]
    pub fn api(&self) -> &str {
        self.api_url.trim_end_matches('/')
    }

    /// Whether this is Telegram's own server, with its smaller limits for files.
    #[must_use]
    pub fn is_public_api(&self) -> bool {
        self.api() == API
    }
}

/// `123456:ABC-def`: everything else could change the path of a request.
fn is_token(token: &str) -> bool {
    let Some((id, secret)) = token.split_once(':') else { return false };
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    !id.is_empty() && id.chars().all(|c| c.is_ascii_digit()) && plain(secret)
}

fn address(key: &str, value: &str) -> Result<(), String> {
    let wrong = |why: &str| format!("bridges.telegram.{key}: `{value}` is not an address ({why})");
    let parsed = reqwest::Url::parse(value).map_err(|error| wrong(&error.to_string()))?;
    match parsed.scheme() {
        "http" | "https" => Ok(()),
        _ => Err(wrong("it must begin with http:// or https://")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_alone_is_enough() {
        let config = Config::read(json!({"enabled": true, "token": "1:abc", "links": []})).unwrap();
        assert_eq!(config.api(), "https://api.telegram.org");
        assert!(config.is_public_api());
        assert_eq!((config.mode, config.topics), (Mode::Poll, Topics::Rooms));
    }

    #[test]
    fn what_is_wrong_is_said_with_the_name_of_the_key() {
        let cases = [
            (json!({}), "bridges.telegram.token"),
            (json!({"token": "abc"}), "bridges.telegram.token"),
            (json!({"token": "1:a/../b"}), "bridges.telegram.token"),
            (json!({"token": "1:a", "api_url": "api.telegram.org"}), "bridges.telegram.api_url"),
            (json!({"token": "1:a", "mode": "webhook"}), "bridges.telegram.mode"),
            (json!({"token": "1:a", "topics": "some"}), "some"),
            (json!({"token": "1:a", "sender": "x"}), "bridges.telegram.sender"),
            (json!({"token": "1:a", "poll_seconds": 0}), "bridges.telegram.poll_seconds"),
            (json!({"token": "1:a", "toppics": "rooms"}), "toppics"),
        ];
        for (section, says) in cases {
            let error = Config::read(section.clone()).unwrap_err();
            assert!(error.contains(says), "{section}: {error}");
        }
    }

    #[test]
    fn a_token_is_never_printed() {
        let config = Config::read(json!({"token": "1:hush"})).unwrap();
        assert!(!format!("{config:?}").contains("hush"));
    }
}
