//! From Matrix to Slack: what is said, planned purely and then done call by call.

pub(crate) mod file;
pub(crate) mod look;
pub(crate) mod lookup;
pub(crate) mod plan;
pub(crate) mod poll;
pub(crate) mod reaction;
pub(crate) mod refusal;

use appservice_sdk::prelude::*;
use serde_json::{Value, json};

use self::plan::{Note, Payload};
use self::refusal::{Doing, sort};
use crate::shared::Shared;

/// What a message of ours carries besides its text: our key, by which it is found again.
pub(crate) const METADATA: &str = "causeway_sent";

impl Shared {
    /// Sends one part.
    pub(crate) async fn send(&self, attempt: &Attempt) -> Result<Sent, SendError> {
        let payload = Payload::read(&attempt.payload)?;
        if let Some(file) = &payload.file {
            return self.send_file(attempt, &payload, file).await;
        }
        let mut body = self.dressed(&payload, attempt);
        body["text"] = payload.text.as_str().into();
        body["blocks"] = payload.blocks.clone().into();
        body["unfurl_links"] = true.into();
        body["metadata"] = json!({ "event_type": METADATA, "event_payload": { "key": attempt.key } });
        let answer = self.api.post("chat.postMessage", &body).await.map_err(|error| sort(error, Doing::Sending))?;
        match answer["ts"].as_str() {
            Some(ts) => payload.sent(ts),
            None => Err(SendError::Unsure("Slack's answer names no message".into())),
        }
    }

    /// What every call that says something has: where, in which thread, under which name and picture.
    pub(crate) fn dressed(&self, payload: &Payload, attempt: &Attempt) -> Value {
        let mut body = json!({ "channel": attempt.chat(), "username": payload.name });
        let sender = &attempt.message.sender;
        if let (Some(base), Some(avatar)) = (&self.config.public_url, &sender.avatar)
            && let Some(url) = picture::address(base, &self.remote, avatar)
        {
            body["icon_url"] = url.into();
        }
        if let Some(thread) = &payload.thread {
            body["thread_ts"] = thread.root.as_str().into();
            if thread.broadcast {
                body["reply_broadcast"] = true.into();
            }
        }
        body
    }

    /// Changes the text of one part. A file's words are a message's text like any other.
    pub(crate) async fn edit(&self, edit: &Edit) -> Result<Sent, SendError> {
        let payload = Payload::read(&edit.payload)?;
        if payload.file.is_some() && payload.text.is_empty() {
            // Slack takes no message without words; the file stays as it is.
            return Ok(Sent { id: edit.target.id.clone(), note: edit.target.note.clone() });
        }
        let body = json!({
            "channel": edit.target.chat, "ts": edit.target.id, "text": payload.text, "blocks": payload.blocks,
        });
        match self.api.post("chat.update", &body).await {
            Ok(_) => payload.sent(edit.target.id.as_str()),
            Err(error) => Err(sort(error, Doing::Editing)),
        }
    }

    /// Deletes one part. «Already gone» is success.
    pub(crate) async fn delete(&self, part: &Known) -> Result<(), SendError> {
        self.erased.push((part.chat.to_string(), part.id.to_string()));
        let body = json!({ "channel": part.chat, "ts": part.id });
        match self.api.post("chat.delete", &body).await {
            Err(error) if error.is_any(&["message_not_found"]) => Ok(()),
            other => other.map(drop).map_err(|error| sort(error, Doing::Deleting)),
        }
    }

    /// Pins a message or takes the pin away. «Already so» is success.
    pub(crate) async fn pin(&self, target: &Known, on: bool) -> Result<(), SendError> {
        let body = json!({ "channel": target.chat, "timestamp": target.id });
        let (method, already) = if on { ("pins.add", "already_pinned") } else { ("pins.remove", "no_pin") };
        match self.api.post(method, &body).await {
            Err(error) if error.is_any(&[already, "not_pinned"]) => Ok(()),
            other => other.map(drop).map_err(|error| sort(error, Doing::Pinning)),
        }
    }

    /// Says something for the bridge itself.
    pub(crate) async fn announce(&self, chat: &ChatId, text: &str) -> Result<(), SendError> {
        let body = json!({ "channel": chat, "text": crate::convert::escape(text) });
        self.api.post("chat.postMessage", &body).await.map(drop).map_err(|error| sort(error, Doing::Sending))
    }
}

impl Payload {
    /// It arrived as this message.
    pub(crate) fn sent(&self, ts: &str) -> Result<Sent, SendError> {
        let sent = Sent::new(ts);
        let Some(poll) = &self.poll else { return Ok(sent) };
        let note = serde_json::to_value(Note { poll: poll.clone() }).map_err(|error| SendError::Bug(error.into()))?;
        Ok(sent.with_note(note))
    }
}
