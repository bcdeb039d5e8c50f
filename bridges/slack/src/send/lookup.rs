//! Did a message arrive whose answer was lost? Every message of ours carries our key in its metadata, so history tells.
//!
//! <https://docs.slack.dev/messaging/message-metadata>

use std::time::Duration;

use appservice_sdk::prelude::*;
use serde_json::Value;
use tokio::time::sleep;

use super::METADATA;
use super::plan::Payload;
use super::refusal::{Doing, sort};
use crate::api::ApiError;
use crate::ids;
use crate::shared::Shared;
use crate::wire::{Message, read};

/// How far our clock and Slack's may be apart, in milliseconds.
const APART: i64 = 120_000;
/// A request whose connection was cut may still be at work on the other side for so long.
const STILL_AT_WORK: Duration = Duration::from_millis(1500);
/// Pages that are read; two hundred messages each.
const PAGES: usize = 10;

impl Shared {
    /// What became of an attempt.
    pub(crate) async fn find(&self, attempt: &Attempt) -> Result<Lookup, SendError> {
        let payload = Payload::read(&attempt.payload)?;
        if payload.file.is_some() {
            return self.find_file(attempt).await;
        }
        for last in [false, true] {
            let found = match self.search(attempt, payload.thread.as_ref().map(|thread| thread.root.as_str())).await {
                Ok(found) => found,
                Err(error) if error.is_any(&["thread_not_found"]) => Search::Absent,
                Err(error) if error.is_any(&["missing_scope", "not_in_channel"]) => return Ok(Lookup::Unknown),
                Err(error) => return Err(sort(error, Doing::Editing)),
            };
            match found {
                Search::Found(ts) => return payload.sent(&ts).map(Lookup::Found),
                Search::TooMuch => return Ok(Lookup::Unknown),
                Search::Absent if !last => sleep(STILL_AT_WORK).await,
                Search::Absent => {}
            }
        }
        Ok(Lookup::Absent)
    }

    async fn search(&self, attempt: &Attempt, thread: Option<&str>) -> Result<Search, ApiError> {
        let oldest = ids::ts_at(Timestamp(attempt.since.0.saturating_sub(APART)));
        let mut cursor = String::new();
        for _ in 0..PAGES {
            let mut arguments = vec![
                ("channel", attempt.chat().as_str()),
                ("oldest", oldest.as_str()),
                ("limit", "200"),
                ("include_all_metadata", "true"),
            ];
            arguments.extend(thread.map(|root| ("ts", root)));
            if !cursor.is_empty() {
                arguments.push(("cursor", &cursor));
            }
            let method = if thread.is_some() { "conversations.replies" } else { "conversations.history" };
            let answer = self.api.get(method, &arguments).await?;
            let told = answer["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
            if let Some(ts) = told.iter().find_map(|said| ours(said, &attempt.key)) {
                return Ok(Search::Found(ts));
            }
            answer["response_metadata"]["next_cursor"].as_str().unwrap_or_default().clone_into(&mut cursor);
            if cursor.is_empty() {
                return Ok(Search::Absent);
            }
        }
        Ok(Search::TooMuch)
    }
}

enum Search {
    Found(String),
    Absent,
    /// There is more than could be read.
    TooMuch,
}

/// The message with our key.
fn ours(said: &Value, key: &SendKey) -> Option<String> {
    let said: Message = read(said);
    let metadata = said.metadata.filter(|metadata| metadata.event_type == METADATA)?;
    (metadata.event_payload["key"].as_str() == Some(key.as_str())).then_some(said.ts)
}
