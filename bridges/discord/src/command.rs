//! `/matrix …` and the entry «Matrix info» in the menu of a message: what people on Discord can ask the bridge.
//!
//! Discord counts what the asker may do in the channel and tells it with the question; that is what gates each command.
//! Answers are seen by the asker alone. Discord waits three seconds for a first answer, so that is given at once and the
//! real one follows. <https://discord.com/developers/docs/interactions/application-commands>

mod answer;
mod register;

use std::sync::Arc;

use serde_json::{Value, json};
use serenity::http::Route;

use crate::rest::Call;
use crate::shared::Shared;
use crate::wire::{CommandOption, Interaction};

/// The command itself.
const MATRIX: &str = "matrix";
/// The entry in a message's menu.
const INFO: &str = "Matrix info";
/// `APPLICATION_COMMAND` among the kinds of interactions.
const COMMAND: u8 = 2;
/// The answer that says that an answer follows, and the flag that only the asker sees it.
const THINKING: u8 = 5;
const FOR_THE_ASKER: u64 = 1 << 6;
/// Most characters of an answer.
const LONGEST: usize = 2000;

/// What somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ask {
    /// Links the channel: with a code that was given in Matrix, or by giving one for Matrix.
    Link(Option<String>),
    Unlink,
    Invite(String),
    Who,
    Info,
    /// Where a message came from.
    Message(u64),
    Kick {
        user: String,
        reason: Option<String>,
    },
    Ban {
        user: String,
        reason: Option<String>,
    },
}

impl Ask {
    fn read(asked: &Interaction) -> Option<Self> {
        let data = asked.data.as_ref().filter(|_| asked.kind == COMMAND)?;
        if data.name == INFO {
            return Some(Self::Message(data.target_id?.get()));
        }
        let sub = data.options.first().filter(|_| data.name == MATRIX)?;
        let user = || text(sub, "user").unwrap_or_default();
        Some(match sub.name.as_str() {
            "link" => Self::Link(text(sub, "code")),
            "unlink" => Self::Unlink,
            "invite" => Self::Invite(user()),
            "who" => Self::Who,
            "info" => Self::Info,
            "kick" => Self::Kick { user: user(), reason: text(sub, "reason") },
            "ban" => Self::Ban { user: user(), reason: text(sub, "reason") },
            _ => return None,
        })
    }
}

fn text(sub: &CommandOption, name: &str) -> Option<String> {
    let option = sub.options.iter().find(|option| option.name == name)?;
    Some(option.value.as_str()?.trim().to_owned()).filter(|text| !text.is_empty())
}

impl Shared {
    /// Answers beside the stream: what follows in it does not wait for homeserver and database.
    pub(crate) fn asked(self: &Arc<Self>, asked: Interaction) {
        let shared = self.clone();
        tokio::spawn(async move {
            if !shared.thinks(&asked).await {
                return;
            }
            let said = match Ask::read(&asked) {
                Some(ask) => shared.answer(&asked, ask).await,
                None => "The bridge does not know this command (any more).".to_owned(),
            };
            let content: String = said.chars().take(LONGEST).collect();
            let route = Route::WebhookOriginalInteractionResponse {
                application_id: asked.application_id,
                token: asked.token.expose(),
            };
            let body = json!({ "content": content, "allowed_mentions": { "parse": [] } });
            if let Err(error) = shared.rest.done(Call::new(reqwest::Method::PATCH, route).json(body)).await {
                tracing::warn!(%error, "a command on Discord could not be answered");
            }
        });
    }

    /// Says that an answer follows. False: it was said before, or too late; then nothing may be done either.
    async fn thinks(&self, asked: &Interaction) -> bool {
        let route = Route::InteractionResponse { interaction_id: asked.id, token: asked.token.expose() };
        let body: Value = json!({ "type": THINKING, "data": { "flags": FOR_THE_ASKER } });
        match self.rest.done(Call::post(route).json(body)).await {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(%error, "a command on Discord was answered before, or too late");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(data: Value) -> Option<Ask> {
        let asked: Interaction = serde_json::from_value(json!({
            "id": "1", "application_id": "2", "type": 2, "token": "hush", "data": data,
            "member": {"user": {"id": "3"}, "permissions": "16"},
        }))
        .unwrap();
        assert_eq!(asked.member.as_ref().unwrap().bits(), 16);
        assert!(!format!("{asked:?}").contains("hush"));
        Ask::read(&asked)
    }

    #[test]
    fn commands_are_read_as_discord_sends_them() {
        let sub = |name: &str, options: Value| {
            ask(json!({"name": "matrix", "type": 1, "options": [{"name": name, "type": 1, "options": options}]}))
        };
        let user = json!([{"name": "user", "type": 3, "value": " @a:b "}, {"name": "reason", "type": 3, "value": ""}]);
        assert_eq!(sub("link", json!([])), Some(Ask::Link(None)));
        assert_eq!(
            sub("link", json!([{"name": "code", "type": 3, "value": "xyz"}])),
            Some(Ask::Link(Some("xyz".into())))
        );
        assert_eq!(sub("invite", user.clone()), Some(Ask::Invite("@a:b".into())));
        assert_eq!(sub("ban", user), Some(Ask::Ban { user: "@a:b".into(), reason: None }));
        assert_eq!(sub("dance", json!([])), None);
        assert_eq!(ask(json!({"name": "Matrix info", "type": 3, "target_id": "9"})), Some(Ask::Message(9)));
        assert_eq!(ask(json!({"name": "matrix"})), None);
    }
}
