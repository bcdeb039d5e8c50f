//! Answers to interactions and commands: with the acknowledgement, or later to the `response_url`.
//! <https://docs.slack.dev/interactivity/handling-user-interaction>

use serde_json::Value;

use super::envelope::{Envelope, Sort};
use crate::slack::{
    error::{Refusal, no},
    model::Whisper,
    state::State,
    world::{Draft, messages::Change},
};

impl State {
    /// What an acknowledgement brought with it.
    pub(crate) fn answered(&mut self, envelope: &Envelope, answer: &Value) {
        let payload = &envelope.payload;
        if envelope.sort != Sort::Command || answer.is_null() {
            return;
        }
        let place =
            (payload["channel_id"].as_str().unwrap_or_default(), payload["user_id"].as_str().unwrap_or_default());
        let _ = self.respond((place.0, place.1, ""), answer);
    }

    /// `{"text", "blocks", "response_type", "replace_original", "delete_original"}` about a command or a button at
    /// channel, person and message.
    pub(crate) fn respond(&mut self, (channel, user, ts): (&str, &str, &str), answer: &Value) -> Result<(), Refusal> {
        let text = answer["text"].as_str().unwrap_or_default().to_owned();
        let blocks = answer["blocks"].as_array().cloned().unwrap_or_default();
        let told = |name: &str| answer[name] == Value::Bool(true) || answer[name] == "true";
        if told("delete_original") {
            return self.world.delete(channel, ts);
        }
        if text.is_empty() && blocks.is_empty() && answer["attachments"].is_null() {
            return Err(no("no_text"));
        }
        if told("replace_original") && !ts.is_empty() {
            let bot = self.world.app.user.clone();
            let change = Change { text: Some(text), blocks: Some(blocks), ..Change::default() };
            return self.world.edit((channel, ts), &bot, change);
        }
        if answer["response_type"] == "in_channel" {
            let app = &self.world.app;
            let (user, bot) = (Some(app.user.clone()), Some(app.bot.clone()));
            let draft = Draft { channel: channel.to_owned(), user, bot, text, blocks, ..Draft::default() };
            return self.world.post(draft).map(|_| ());
        }
        let whisper = Whisper { channel: channel.to_owned(), user: user.to_owned(), text, blocks };
        self.world.whispers.push(whisper);
        Ok(())
    }
}
