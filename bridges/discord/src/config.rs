//! The section `[bridges.discord]`: what an operator sets, and what is wrong with it in plain sentences. The keys that
//! all bridges share (links, rooms made by themselves, who may do what) are the SDK's.

use std::fmt;

use serde::{Deserialize, Deserializer};
use serenity::model::id::GuildId;

/// Where Discord's own interface is.
const API: &str = "https://discord.com";
/// Where Discord keeps avatars, icons, emoji and stickers.
const CDN: &str = "https://cdn.discordapp.com";

/// Everything an operator can set for Discord.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Whether the server starts this bridge at all.
    pub enabled: bool,
    /// The bot's token, from the page «Bot» of the developer portal.
    pub token: Secret,
    /// Where the REST interface is, without `/api`.
    pub api_url: String,
    /// Overrides the address of the gateway, which is otherwise asked for.
    pub gateway_url: Option<String>,
    /// Where avatars, icons, emoji and stickers are fetched.
    pub cdn_url: String,
    /// Where Discord reaches this bridge, to fetch the pictures of people in Matrix: the server's public address followed
    /// by `/_bridge/discord`. Not set: they have no pictures there.
    pub public_url: Option<String>,
    /// The guilds this bridge may serve. Empty means every guild the bot was invited to.
    #[serde(deserialize_with = "ids")]
    pub guilds: Vec<GuildId>,
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
            api_url: API.to_owned(),
            gateway_url: None,
            cdn_url: CDN.to_owned(),
            public_url: None,
            guilds: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the section and says what is wrong with it, naming the key.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn read(section: serde_json::Value) -> Result<Self, String> {
        let config: Self = serde_json::from_value(section).map_err(|error| format!("bridges.discord: {error}"))?;
        config.check()?;
        Ok(config)
    }

    /// What is wrong with these values, naming the key.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn check(&self) -> Result<(), String> {
        let token = self.token.expose();
        if token.is_empty() {
            return Err("bridges.discord.token is not set: copy the bot's token from the page «Bot» of \
                        https://discord.com/developers/applications"
                .to_owned());
        }
        if token.starts_with("Bot ") || token.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("bridges.discord.token must be the bare token: no `Bot ` before it, no spaces or line breaks"
                .to_owned());
        }
        address("api_url", &self.api_url, &["http", "https"])?;
        address("cdn_url", &self.cdn_url, &["http", "https"])?;
        if let Some(public) = &self.public_url {
            address("public_url", public, &["http", "https"])?;
        }
        if let Some(gateway) = &self.gateway_url {
            address("gateway_url", gateway, &["ws", "wss"])?;
        }
        Ok(())
    }

    /// The REST interface's address without a slash at its end.
    #[must_use]
    pub fn api(&self) -> &str {
        self.api_url.trim_end_matches('/')
    }

    /// The file store's address without a slash at its end.
    #[must_use]
    pub fn cdn(&self) -> &str {
        self.cdn_url.trim_end_matches('/')
    }
}

fn address(key: &str, value: &str, schemes: &[&str]) -> Result<(), String> {
    let wrong = |why: &str| format!("bridges.discord.{key}: `{value}` is not an address ({why})");
    let parsed = reqwest::Url::parse(value).map_err(|error| wrong(&error.to_string()))?;
    if schemes.contains(&parsed.scheme()) {
        Ok(())
    } else {
        Err(wrong(&format!("it must begin with {}://", schemes.join(":// or "))))
    }
}

/// An id as people write it: with quotes or without.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u64),
    Text(String),
}

impl Written {
    fn read<E: serde::de::Error, I: From<std::num::NonZeroU64>>(self) -> Result<I, E> {
        let number = match &self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
        };
        let number = number.and_then(std::num::NonZeroU64::new);
        number.map(I::from).ok_or_else(|| E::custom("an id of Discord is a number such as 112233445566778899"))
    }
}

fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<GuildId>, D::Error> {
    Vec::<Written>::deserialize(deserializer)?.into_iter().map(Written::read).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_alone_is_enough() {
        let config = Config::read(json!({"enabled": true, "token": "abc"})).unwrap();
        assert_eq!(config.api(), "https://discord.com");
    }

    #[test]
    fn what_is_wrong_is_said_with_the_name_of_the_key() {
        let cases = [
            (json!({}), "bridges.discord.token"),
            (json!({"token": "Bot abc"}), "bridges.discord.token"),
            (json!({"token": "a\nb"}), "bridges.discord.token"),
            (json!({"token": "a", "api_url": "discord.com"}), "bridges.discord.api_url"),
            (json!({"token": "a", "gateway_url": "https://x"}), "bridges.discord.gateway_url"),
            (json!({"token": "a", "guild": []}), "guild"),
            (json!({"token": "a", "guilds": ["Harbour"]}), "is a number"),
        ];
        for (section, says) in cases {
            let error = Config::read(section.clone()).unwrap_err();
            assert!(error.contains(says), "{section}: {error}");
        }
    }

    #[test]
    fn ids_are_read_with_and_without_quotes() {
        let config = Config::read(json!({"token": "a", "guilds": [1, "2"]})).unwrap();
        assert_eq!(config.guilds, [GuildId::new(1), GuildId::new(2)]);
    }

    #[test]
    fn a_token_is_never_printed() {
        let config = Config::read(json!({"token": "hush"})).unwrap();
        assert!(!format!("{config:?}").contains("hush"));
    }
}
