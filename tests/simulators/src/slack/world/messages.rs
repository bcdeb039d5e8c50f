//! Messages: written, changed, deleted. <https://docs.slack.dev/reference/events/message>

use serde_json::{Map, Value, json};

use super::World;
use crate::slack::{
    error::{Refusal, no},
    model::Message,
    shape::{self, View},
};

/// A message that was not written yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) channel: String,
    pub(crate) user: Option<String>,
    pub(crate) bot: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) icon: Option<String>,
    pub(crate) subtype: Option<String>,
    pub(crate) text: String,
    pub(crate) blocks: Vec<Value>,
    pub(crate) attachments: Vec<Value>,
    pub(crate) files: Vec<String>,
    pub(crate) thread: Option<String>,
    pub(crate) broadcast: bool,
    pub(crate) metadata: Option<Value>,
    pub(crate) extra: Map<String, Value>,
}

/// What a change of a message replaces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    pub(crate) text: Option<String>,
    pub(crate) blocks: Option<Vec<Value>>,
    pub(crate) attachments: Option<Vec<Value>>,
    pub(crate) metadata: Option<Value>,
}

impl World {
    /// Writes a message and tells of it.
    pub(crate) fn post(&mut self, draft: Draft) -> Result<String, Refusal> {
        if self.channel(&draft.channel)?.archived {
            return Err(no("is_archived"));
        }
        let thread = draft.thread.as_deref().map(|ts| self.root_of(&draft.channel, ts)).transpose()?;
        let ts = self.next_ts();
        let broadcast = draft.broadcast && thread.is_some();
        let subtype = draft.subtype.or_else(|| broadcast.then(|| "thread_broadcast".to_owned()));
        let message = Message {
            channel: draft.channel.clone(),
            ts: ts.clone(),
            subtype,
            user: draft.user,
            bot: draft.bot,
            username: draft.username,
            icon: draft.icon,
            text: draft.text,
            blocks: shape::with_block_ids(draft.blocks, &ts),
            attachments: draft.attachments,
            files: draft.files,
            thread,
            broadcast,
            metadata: draft.metadata,
            extra: draft.extra,
            ..Message::default()
        };
        for file in &message.files {
            if let Some(file) = self.files.get_mut(file) {
                file.shares.push((draft.channel.clone(), ts.clone()));
            }
        }
        let all = self.messages.entry(draft.channel.clone()).or_default();
        if let Some(parent) = message.thread.as_ref().and_then(|root| all.get_mut(root)) {
            parent.replies.push(ts.clone());
        }
        all.insert(ts.clone(), message);
        while self.kept_messages > 0 && all.len() > self.kept_messages {
            all.pop_first();
        }
        self.tell_message(&draft.channel, &ts)?;
        Ok(ts)
    }

    /// Changes a message as its author; tells of it only if something changed.
    pub(crate) fn edit(&mut self, place: (&str, &str), by: &str, change: Change) -> Result<(), Refusal> {
        let before = self.message(place.0, place.1)?.clone();
        let old = shape::message(self, &before, View::Event);
        let at = self.next_ts();
        let message = self.message_mut(place.0, place.1)?;
        if let Some(text) = change.text {
            message.text = text;
        }
        if let Some(blocks) = change.blocks {
            message.blocks = shape::with_block_ids(blocks, place.1);
        }
        if let Some(attachments) = change.attachments {
            message.attachments = attachments;
        }
        if change.metadata.is_some() {
            message.metadata = change.metadata;
        }
        message.edited = Some((by.to_owned(), at));
        self.tell_changed(place, old)
    }

    /// Adds the preview of a link, as Slack does by itself: a change that is no edit.
    pub(crate) fn unfurl(&mut self, place: (&str, &str), preview: Value) -> Result<(), Refusal> {
        let old = shape::message(self, self.message(place.0, place.1)?, View::Event);
        self.message_mut(place.0, place.1)?.attachments.push(preview);
        self.tell_changed(place, old)
    }

    /// Deletes a message. A parent with replies leaves a tombstone.
    pub(crate) fn delete(&mut self, channel: &str, ts: &str) -> Result<(), Refusal> {
        let message = self.message(channel, ts)?.clone();
        let old = shape::message(self, &message, View::Event);
        self.channel_mut(channel)?.pins.retain(|(pinned, ..)| pinned != ts);
        if !message.replies.is_empty() {
            let tombstone = Message {
                replies: message.replies,
                channel: channel.to_owned(),
                ts: ts.to_owned(),
                subtype: Some("tombstone".to_owned()),
                user: Some("USLACKBOT".to_owned()),
                text: "This message was deleted.".to_owned(),
                ..Message::default()
            };
            *self.message_mut(channel, ts)? = tombstone;
            return self.tell_changed((channel, ts), old);
        }
        if let Some(all) = self.messages.get_mut(channel) {
            all.remove(ts);
            if let Some(parent) = message.thread.as_ref().and_then(|root| all.get_mut(root)) {
                parent.replies.retain(|reply| reply != ts);
            }
        }
        let event_ts = self.next_ts();
        let body = json!({
            "type": "message",
            "subtype": "message_deleted",
            "hidden": true,
            "deleted_ts": ts,
            "previous_message": old,
            "channel": channel,
            "ts": event_ts,
            "event_ts": event_ts,
        });
        self.tell_about_messages(channel, body)
    }

    fn tell_message(&mut self, channel: &str, ts: &str) -> Result<(), Refusal> {
        let message = self.message(channel, ts)?;
        let mut body = shape::message(self, message, View::Event);
        body["event_ts"] = json!(ts);
        if let Some(root) = message.thread.as_deref().and_then(|root| self.message(channel, root).ok()) {
            if message.broadcast {
                body["root"] = shape::message(self, root, View::Event);
            } else if let Some(user) = &root.user {
                body["parent_user_id"] = json!(user);
            }
        }
        let mention = format!("<@{}>", self.app.user);
        let mentioned = message.text.contains(&mention) && message.bot.is_none() && message.subtype.is_none();
        let mut app_mention = body.clone();
        self.tell_about_messages(channel, body)?;
        if mentioned {
            app_mention["type"] = json!("app_mention");
            app_mention["channel"] = json!(channel);
            self.tell_in(channel, "app_mention", app_mention);
        }
        Ok(())
    }

    pub(crate) fn tell_changed(&mut self, place: (&str, &str), old: Value) -> Result<(), Refusal> {
        let new = shape::message(self, self.message(place.0, place.1)?, View::Event);
        let event_ts = self.next_ts();
        let body = json!({
            "type": "message",
            "subtype": "message_changed",
            "message": new,
            "previous_message": old,
            "channel": place.0,
            "hidden": true,
            "ts": event_ts,
            "event_ts": event_ts,
        });
        self.tell_about_messages(place.0, body)
    }

    fn tell_about_messages(&mut self, channel: &str, mut body: Value) -> Result<(), Refusal> {
        let kind = self.channel(channel)?.kind;
        body["channel"] = json!(channel);
        body["channel_type"] = json!(kind.name());
        self.tell_in(channel, &format!("message.{}", kind.scope()), body);
        Ok(())
    }
}
