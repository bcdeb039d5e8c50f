//! The bot's reaction, which stands for everybody in Matrix who reacted so.
//!
//! <https://docs.slack.dev/reference/methods/reactions.add>

use appservice_sdk::prelude::*;
use serde_json::json;

use super::refusal::{Doing, sort};
use crate::convert::emoji;
use crate::shared::Shared;

impl Shared {
    /// Puts or takes the bot's reaction. «Already so» is success.
    pub(crate) async fn mark(&self, reaction: &React, on: bool) -> Result<(), SendError> {
        let Some(name) = name(&reaction.emoji) else {
            return Err(SendError::Refused(Refusal::Format("a reaction that is no emoji of Slack".to_owned())));
        };
        let target = &reaction.target;
        let body = json!({ "channel": target.chat, "timestamp": target.id, "name": name });
        let method = if on { "reactions.add" } else { "reactions.remove" };
        match self.api.post(method, &body).await {
            Err(error) if on && error.is_any(&["already_reacted"]) => Ok(()),
            Err(error) if !on && error.is_any(&["no_reaction", "message_not_found", "invalid_name"]) => Ok(()),
            other => other.map(drop).map_err(|error| sort(error, Doing::Reacting)),
        }
    }
}

/// What Slack calls an emoji.
fn name(emoji: &Emoji) -> Option<String> {
    let is_name = |name: &str| {
        let plain = |c: char| c.is_alphanumeric() && !c.is_uppercase() || matches!(c, '_' | '-' | '+' | '\'');
        !name.is_empty() && name.len() <= 100 && name.chars().all(plain)
    };
    if let Some(name) = emoji::name(&emoji.key) {
        return Some(name);
    }
    let written = [Some(&emoji.key), emoji.name.as_ref()].into_iter().flatten();
    written.map(|name| name.trim_matches(':')).find(|name| is_name(name)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_is_named_as_slack_names_it() {
        let custom =
            |key: &str, name: Option<&str>| Emoji { key: key.into(), name: name.map(str::to_owned), image: None };
        let cases = [
            (Emoji::unicode("👍"), Some("+1")),
            (Emoji::unicode("❤"), Some("heart")),
            (Emoji::unicode("👋🏽"), Some("wave::skin-tone-4")),
            (custom("party_parrot", Some("party_parrot")), Some("party_parrot")),
            (custom("mxc://a/b", Some("blob-cat")), Some("blob-cat")),
            (custom(":shipit:", None), Some("shipit")),
            (Emoji::unicode("so true!"), None),
            (Emoji::unicode(""), None),
        ];
        for (emoji, wanted) in cases {
            assert_eq!(name(&emoji).as_deref(), wanted, "{emoji:?}");
        }
    }
}
