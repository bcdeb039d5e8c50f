//! A Matrix event as it came in a transaction, and what it refers to.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::poll;

/// The fields the bridge reads. What is missing or of the wrong type reads as absent: events come from anybody.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct MatrixEvent {
    pub(crate) event_id: String,
    pub(crate) room_id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) sender: String,
    #[serde(default)]
    pub(crate) origin_server_ts: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) redacts: Option<String>,
    /// The membership that this one replaces, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<String>,
    /// Whether somebody asked to try it again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) retried: bool,
    #[serde(default)]
    pub(crate) content: Value,
}

/// The events that an event speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Targets<'a> {
    /// The message it edits.
    pub(crate) edits: Option<&'a str>,
    /// The event it redacts.
    pub(crate) redacts: Option<&'a str>,
    /// The message it reacts to, and how.
    pub(crate) reacts: Option<(&'a str, &'a str)>,
    /// The message it answers.
    pub(crate) reply_to: Option<&'a str>,
    /// The root of its thread.
    pub(crate) thread: Option<&'a str>,
    /// The poll it votes in, or ends.
    pub(crate) poll: Option<&'a str>,
}

impl MatrixEvent {
    /// Reads an event; `None` if it lacks what every event has.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let before = value.pointer("/unsigned/prev_content/membership");
        let before = before.or_else(|| value.pointer("/prev_content/membership"));
        Some(Self {
            event_id: text("event_id")?,
            room_id: text("room_id")?,
            kind: text("type")?,
            sender: text("sender")?,
            origin_server_ts: value.get("origin_server_ts").and_then(Value::as_i64).unwrap_or(0),
            state_key: text("state_key"),
            redacts: text("redacts"),
            retried: false,
            before: before.and_then(Value::as_str).map(str::to_owned),
            content: value.get("content").cloned().unwrap_or_default(),
        })
    }

    /// What it says, if it is a message: for an edit, the new content.
    pub(crate) fn said(&self) -> &Value {
        match (self.edit_target(), self.content.get("m.new_content")) {
            (Some(_), Some(new)) => new,
            _ => &self.content,
        }
    }

    /// Its text as people typed it, for commands.
    pub(crate) fn body(&self) -> &str {
        self.content.get("body").and_then(Value::as_str).unwrap_or_default()
    }

    fn relation(&self) -> Option<&Value> {
        self.content.get("m.relates_to")
    }

    fn edit_target(&self) -> Option<&str> {
        let relation = self.relation()?;
        (relation.get("rel_type")?.as_str()? == "m.replace").then(|| relation.get("event_id")?.as_str())?
    }

    /// The events it speaks of.
    pub(crate) fn targets(&self) -> Targets<'_> {
        let mut targets = Targets::default();
        if self.kind == "m.room.redaction" {
            targets.redacts = self.redacts.as_deref().or_else(|| self.content.get("redacts").and_then(Value::as_str));
            return targets;
        }
        let Some(relation) = self.relation() else { return targets };
        let text = |key: &str| relation.get(key).and_then(Value::as_str);
        if self.kind == "m.reaction" {
            targets.reacts = text("event_id").zip(text("key"));
            return targets;
        }
        if matches!(poll::kind(&self.kind), Some(poll::Kind::Response | poll::Kind::End)) {
            targets.poll = text("event_id");
            return targets;
        }
        targets.edits = self.edit_target();
        let falls_back = relation.get("is_falling_back").and_then(Value::as_bool).unwrap_or(false);
        if text("rel_type") == Some("m.thread") {
            targets.thread = text("event_id");
        }
        if !(targets.thread.is_some() && falls_back) {
            targets.reply_to = relation.pointer("/m.in_reply_to/event_id").and_then(Value::as_str);
        }
        targets
    }
}

impl<'a> Targets<'a> {
    /// All of them.
    pub(crate) fn all(&self) -> Vec<&'a str> {
        let reacts = self.reacts.map(|(event, _)| event);
        [self.edits, self.redacts, reacts, self.reply_to, self.thread, self.poll].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(kind: &str, content: Value) -> MatrixEvent {
        MatrixEvent { kind: kind.into(), content, ..MatrixEvent::default() }
    }

    #[test]
    fn targets_are_read_from_relations() {
        let thread = |falls_back: bool| {
            json!({ "m.relates_to": { "rel_type": "m.thread", "event_id": "$root", "is_falling_back": falls_back,
                    "m.in_reply_to": { "event_id": "$r" } } })
        };
        let cases = [
            (
                event("m.room.message", json!({ "m.relates_to": { "rel_type": "m.replace", "event_id": "$e" } })),
                Targets { edits: Some("$e"), ..Targets::default() },
            ),
            (
                event("m.room.message", json!({ "m.relates_to": { "m.in_reply_to": { "event_id": "$r" } } })),
                Targets { reply_to: Some("$r"), ..Targets::default() },
            ),
            (event("m.room.message", thread(true)), Targets { thread: Some("$root"), ..Targets::default() }),
            (
                event("m.room.message", thread(false)),
                Targets { thread: Some("$root"), reply_to: Some("$r"), ..Targets::default() },
            ),
            (
                event(
                    "m.reaction",
                    json!({ "m.relates_to": { "rel_type": "m.annotation", "event_id": "$e", "key": "👍" } }),
                ),
                Targets { reacts: Some(("$e", "👍")), ..Targets::default() },
            ),
            (
                event("m.room.redaction", json!({ "redacts": "$e" })),
                Targets { redacts: Some("$e"), ..Targets::default() },
            ),
            (event("m.room.message", json!({ "m.relates_to": "nonsense" })), Targets::default()),
        ];
        for (event, targets) in cases {
            assert_eq!(event.targets(), targets, "{}", event.content);
        }
    }

    #[test]
    fn an_event_without_a_sender_is_no_event() {
        assert_eq!(MatrixEvent::read(&json!({ "event_id": "$e", "room_id": "!r", "type": "m.room.message" })), None);
    }
}
