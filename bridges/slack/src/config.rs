//! The section `[bridges.slack]`: what an operator sets, and what is wrong with it in plain sentences.

use std::fmt;

use serde::Deserialize;

/// Where Slack's own interface is.
const API: &str = "https://slack.com/api";

/// Keys every bridge has, which the SDK reads.
const SHARED: [&str; 7] =
    ["links", "auto_create", "exclude", "permissions", "admins", "delivery_receipts", "look_follows_matrix"];

/// Everything an operator can set for Slack.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Whether the server starts this bridge at all.
    pub enabled: bool,
    /// The bot's token (`xoxb-…`), from the page «OAuth & Permissions» of the app.
    pub token: Secret,
    /// How events arrive.
    pub mode: Mode,
    /// The app's own token (`xapp-…`) with the scope `connections:write`; for Socket Mode.
    pub app_token: Secret,
    /// What requests of Slack are signed with, from the page «Basic Information» of the app; for HTTP.
    pub signing_secret: Secret,
    /// Where the Web API is.
    pub api_url: String,
    /// Where Slack reaches this bridge, for events over HTTP and for the pictures of people in Matrix: the server's
    /// public address followed by `/_bridge/slack`. Not set: people in Matrix have no pictures there.
    pub public_url: Option<String>,
    /// What an answer in Matrix becomes.
    pub replies: Replies,
}

/// How events arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Over a socket that the bridge opens: needs no public address.
    #[default]
    Socket,
    /// By requests to the bridge's public address.
    Http,
}

/// What an answer in Matrix to a message outside of threads becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Replies {
    /// A reply in the message's thread that is also sent to the channel.
    #[default]
    Broadcast,
    /// A reply in the message's thread.
    Thread,
    /// A message in the channel that begins with a quote.
    Quote,
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
            enabled: false,
            token: Secret::default(),
            mode: Mode::Socket,
            app_token: Secret::default(),
            signing_secret: Secret::default(),
            api_url: API.to_owned(),
            public_url: None,
            replies: Replies::Broadcast,
        }
    }
}

impl Config {
    /// Reads the section and says what is wrong with it, naming the key.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn read(mut section: serde_json::Value) -> Result<Self, String> {
        if let Some(section) = section.as_object_mut() {
            section.retain(|key, _| !SHARED.contains(&key.as_str()));
        }
        let config: Self = serde_json::from_value(section).map_err(|error| format!("bridges.slack: {error}"))?;
        config.check()?;
        Ok(config)
    }

    /// What is wrong with these values, naming the key.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn check(&self) -> Result<(), String> {
        token("token", &self.token, "xoxb-", "«Bot User OAuth Token» on the page «OAuth & Permissions»")?;
        match self.mode {
            Mode::Socket => {
                let place = "«App-Level Tokens» on the page «Basic Information», with the scope connections:write";
                token("app_token", &self.app_token, "xapp-", place)?;
            }
            Mode::Http => {
                token("signing_secret", &self.signing_secret, "", "«Signing Secret» on the page «Basic Information»")?;
            }
        }
        address("api_url", &self.api_url)?;
        self.public_url.iter().try_for_each(|public| address("public_url", public))
    }

    /// The Web API's address without a slash at its end.
    #[must_use]
    pub fn api(&self) -> &str {
        self.api_url.trim_end_matches('/')
    }
}

fn token(key: &str, value: &Secret, prefix: &str, place: &str) -> Result<(), String> {
    let value = value.expose();
    if value.is_empty() {
        return Err(format!("bridges.slack.{key} is not set: copy {place} of your app at https://api.slack.com/apps"));
    }
    if !value.starts_with(prefix) {
        return Err(format!("bridges.slack.{key} must begin with {prefix}: copy {place}"));
    }
    if !prefix.is_empty() && value.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(format!("bridges.slack.{key} must hold no spaces or line breaks"));
    }
    Ok(())
}

fn address(key: &str, value: &str) -> Result<(), String> {
    let wrong = |why: &str| format!("bridges.slack.{key}: `{value}` is not an address ({why})");
    let parsed = reqwest::Url::parse(value).map_err(|error| wrong(&error.to_string()))?;
    if matches!(parsed.scheme(), "http" | "https") {
        Ok(())
    } else {
        Err(wrong("it must begin with http:// or https://"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_tokens_of_the_chosen_way_are_enough() {
        let config = Config::read(json!({"enabled": true, "token": "xoxb-1", "app_token": "xapp-1"})).unwrap();
        assert_eq!((config.api(), config.mode), ("https://slack.com/api", Mode::Socket));
        let config = json!({"token": "xoxb-1", "mode": "http", "signing_secret": "s", "auto_create": "all"});
        assert_eq!(Config::read(config).unwrap().replies, Replies::Broadcast);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_name_of_the_key() {
        let cases = [
            (json!({}), "bridges.slack.token"),
            (json!({"token": "xoxp-1", "app_token": "xapp-1"}), "xoxb-"),
            (json!({"token": "xoxb-1"}), "bridges.slack.app_token"),
            (json!({"token": "xoxb-1", "app_token": "xoxb-1"}), "xapp-"),
            (json!({"token": "xoxb-1\n", "app_token": "xapp-1"}), "line breaks"),
            (json!({"token": "xoxb-1", "mode": "http"}), "bridges.slack.signing_secret"),
            (json!({"token": "xoxb-1", "mode": "rtm"}), "rtm"),
            (json!({"token": "xoxb-1", "app_token": "xapp-1", "api_url": "slack.com"}), "bridges.slack.api_url"),
            (json!({"token": "xoxb-1", "app_token": "xapp-1", "tokens": 1}), "tokens"),
        ];
        for (section, says) in cases {
            let error = Config::read(section.clone()).unwrap_err();
            assert!(error.contains(says), "{section}: {error}");
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let section = json!({"token": "xoxb-hush", "app_token": "xapp-hush", "signing_secret": "hush"});
        assert!(!format!("{:?}", Config::read(section).unwrap()).contains("hush"));
    }
}
