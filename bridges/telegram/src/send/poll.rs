//! Polls: ended with the one in Matrix, and the votes from Matrix told in a line below.

use appservice_sdk::prelude::*;
use serde_json::json;
use teloxide::types::{MessageId as Number, ReplyParameters};

use super::Target;
use super::refusal::{Doing, sort};
use crate::convert::{MAX_TEXT, Written, shortened};
use crate::rest::{Reason, RestError};
use crate::shared::Shared;

/// Memory: the line below a poll.
const TALLY: &str = "tally/";

impl Shared {
    /// The votes in Matrix changed, or the poll is over.
    pub(crate) async fn tally(&self, state: &PollState) -> Result<(), SendError> {
        let (chat, id) = self.message(&state.target)?;
        if state.ended && state.target.from_matrix {
            let body = json!({ "chat_id": chat, "message_id": id });
            match self.rest.ask::<serde_json::Value>(chat, "stopPoll", &body).await {
                Ok(_) => {}
                Err(error) if matches!(error.reason(), Some(Reason::PollClosed | Reason::NoMessage)) => {}
                // A poll that was sent as text cannot be stopped, and needs not be.
                Err(RestError::Refused { said, .. }) => tracing::debug!(said, "a poll was not stopped"),
                Err(error) => return Err(sort(error, Doing::Polling)),
            }
        }
        let key = format!("{TALLY}{chat}/{id}");
        let known = self.remote.get::<i32>(&key).await?;
        let written = Written { text: shortened(&line(state), MAX_TEXT), entities: Vec::new() };
        match known {
            Some(line) => {
                let body = json!({ "chat_id": chat, "message_id": line, "text": written.text });
                self.done("editMessageText", chat, body, Doing::Editing).await
            }
            None if state.counts.iter().all(|(_, votes)| *votes == 0) => Ok(()),
            None => {
                let place = self.place(&state.target.chat)?;
                let reply = ReplyParameters::new(Number(id)).allow_sending_without_reply();
                let target = Target { chat, topic: place.topic, reply: Some(reply) };
                let line = self.say(&target, &written).await?;
                Ok(self.remote.put(&key, &line).await?)
            }
        }
    }
}

/// The answers by their place, with how many people in Matrix chose them.
fn line(state: &PollState) -> String {
    let counts = state.counts.iter().enumerate();
    let counts: Vec<String> = counts.map(|(at, (_, votes))| format!("{}. {votes}", at + 1)).collect();
    let over = if state.ended { " (the poll is over)" } else { "" };
    format!("Votes in Matrix{over}: {}", counts.join(" · "))
}
