//! People in and out of channels, and the channels' names and topics.

use appservice_sdk::prelude::*;
use serde_json::json;

use super::refusal::{Doing, sort};
use crate::ids;
use crate::shared::Shared;

/// Most characters of a channel's name.
const MAX_NAME: usize = 80;
/// Most characters of a topic.
const MAX_TOPIC: usize = 250;

impl Shared {
    /// Invites or removes somebody. Slack has no bans: who is banned is removed, and Matrix keeps the ban.
    pub(crate) async fn moderate(&self, order: &Moderate) -> Result<(), SendError> {
        if !ids::is_user(order.user.as_str()) {
            return Err(SendError::said("programs cannot be invited or removed on Slack"));
        }
        let (method, body, already) = match order.act {
            Act::Invite => {
                let body = json!({ "channel": order.chat, "users": order.user });
                ("conversations.invite", body, "already_in_channel")
            }
            Act::Kick | Act::Ban => {
                let body = json!({ "channel": order.chat, "user": order.user });
                // Said of the person; of the bot itself it is a matter of the channel.
                ("conversations.kick", body, "user_not_in_channel")
            }
            Act::Unban => return Ok(()),
        };
        match self.api.post(method, &body).await {
            Err(error) if error.is_any(&[already]) => Ok(()),
            Err(error) if order.act != Act::Invite && error.is_any(&["not_in_channel"]) => Ok(()),
            other => other.map(drop).map_err(|error| sort(error, Doing::Moderating)),
        }
    }

    /// Changes topic and name, the one first that is rarely refused. Channels have no pictures.
    pub(crate) async fn change(&self, chat: &ChatId, look: &ChatDelta) -> Result<(), SendError> {
        self.atlas.forget_channel(chat.as_str());
        if let Some(topic) = &look.topic {
            let topic: String = topic.chars().take(MAX_TOPIC).collect();
            let body = json!({ "channel": chat, "topic": topic });
            let done = self.api.post("conversations.setTopic", &body).await;
            done.map_err(|error| sort(error, Doing::Changing))?;
        }
        if let Some(name) = &look.name {
            let body = json!({ "channel": chat, "name": channel_name(name).ok_or_else(no_name)? });
            let done = self.api.post("conversations.rename", &body).await;
            done.map_err(|error| sort(error, Doing::Changing))?;
        }
        Ok(())
    }
}

fn no_name() -> SendError {
    SendError::said("a channel's name on Slack needs at least one letter or digit")
}

/// A name as channels have it: small letters, digits, `-` and `_`.
fn channel_name(name: &str) -> Option<String> {
    let mut out = String::new();
    for letter in name.trim().trim_start_matches('#').chars().flat_map(char::to_lowercase) {
        match letter {
            letter if letter.is_alphanumeric() || letter == '_' => out.push(letter),
            _ if out.ends_with('-') || out.is_empty() => {}
            _ => out.push('-'),
        }
    }
    let short: String = out.chars().take(MAX_NAME).collect();
    let short = short.trim_matches('-').to_owned();
    short.chars().any(char::is_alphanumeric).then_some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_called_as_a_channel_can_be() {
        let cases = [
            ("General Talk!", Some("general-talk")),
            ("#ops & alerts", Some("ops-alerts")),
            ("Über_uns", Some("über_uns")),
            ("—", None),
            ("", None),
        ];
        for (name, wanted) in cases {
            assert_eq!(channel_name(name).as_deref(), wanted, "{name}");
        }
        assert_eq!(channel_name(&"ä ".repeat(200)).unwrap().chars().count(), 79);
    }
}
