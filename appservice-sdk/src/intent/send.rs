//! Sending events and redactions.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Intent, MatrixError,
    client::{Call, encode},
};
use crate::network::{SendKey, Timestamp};

/// Marks what a bridge says about itself.
pub const REMARK: &str = "org.causeway.remark";

/// An event to be sent.
#[derive(Clone, Debug)]
pub struct Send {
    /// `!room:server`.
    pub room: String,
    /// `m.room.message`, …
    pub kind: String,
    /// The content.
    pub content: Value,
    /// The transaction id: a replay under the same id is no second event.
    pub key: SendKey,
    /// When it happened, if not now.
    pub at: Option<Timestamp>,
}

/// How a message relates to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// The event it answers.
    pub reply_to: Option<String>,
    /// The root of its thread, and the thread's newest event.
    pub thread: Option<(String, String)>,
}

impl Relation {
    /// Writes `m.relates_to` into a content: <https://spec.matrix.org/v1.19/client-server-api/#threading>.
    pub fn write(&self, content: &mut Value) {
        let relates_to = match (&self.thread, &self.reply_to) {
            (Some((root, latest)), reply) => json!({
                "rel_type": "m.thread",
                "event_id": root,
                "is_falling_back": reply.is_none(),
                "m.in_reply_to": { "event_id": reply.as_ref().unwrap_or(latest) },
            }),
            (None, Some(reply)) => json!({ "m.in_reply_to": { "event_id": reply } }),
            (None, None) => return,
        };
        if let Some(content) = content.as_object_mut() {
            content.insert("m.relates_to".to_owned(), relates_to);
        }
    }
}

impl Intent<'_> {
    /// `PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}`; answers the event id.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn send(&self, event: &Send) -> Result<String, MatrixError> {
        let path = format!(
            "/_matrix/client/v3/rooms/{}/send/{}/{}",
            encode(&event.room),
            encode(&event.kind),
            encode(event.key.as_str())
        );
        let mut call = Call::new(Method::PUT, path).body(event.content.clone());
        call.query.extend(event.at.map(|at| ("ts", at.0.to_string())));
        event_id(&self.homeserver.call(self.user, call).await?)
    }

    /// `PUT /_matrix/client/v3/rooms/{roomId}/redact/{eventId}/{txnId}`; answers the redaction's event id.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn redact(
        &self,
        room: &str,
        event: &str,
        key: &SendKey,
        reason: Option<&str>,
    ) -> Result<String, MatrixError> {
        let path =
            format!("/_matrix/client/v3/rooms/{}/redact/{}/{}", encode(room), encode(event), encode(key.as_str()));
        let body = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
        event_id(&self.homeserver.call(self.user, Call::new(Method::PUT, path).body(body)).await?)
    }

    /// A plain notice of a bridge about itself, perhaps as an answer to an event. It is marked, so that no other bridge in
    /// the room carries it over.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn notice(
        &self,
        room: &str,
        text: &str,
        reply_to: Option<&str>,
        key: SendKey,
    ) -> Result<String, MatrixError> {
        let mut content = json!({ "msgtype": "m.notice", "body": text, "m.mentions": {}, REMARK: true });
        Relation { reply_to: reply_to.map(str::to_owned), thread: None }.write(&mut content);
        let kind = "m.room.message".to_owned();
        self.send(&Send { room: room.to_owned(), kind, content, key, at: None }).await
    }

    /// `POST /_matrix/client/v3/rooms/{roomId}/receipt/m.read/{eventId}`. Lossy: tried once.
    ///
    /// # Errors
    /// It was not taken.
    pub async fn read(&self, room: &str, event_id: &str) -> Result<(), MatrixError> {
        let path = format!("/_matrix/client/v3/rooms/{}/receipt/m.read/{}", encode(room), encode(event_id));
        self.homeserver.call_once(self.user, Call::new(Method::POST, path).body(json!({}))).await.map(drop)
    }

    /// `PUT /_matrix/client/v3/rooms/{roomId}/typing/{userId}`. Lossy: tried once.
    ///
    /// # Errors
    /// It was not shown.
    pub async fn typing(&self, room: &str, on: bool) -> Result<(), MatrixError> {
        let path = format!("/_matrix/client/v3/rooms/{}/typing/{}", encode(room), encode(self.user_id()));
        let body = if on { json!({ "typing": true, "timeout": 10_000 }) } else { json!({ "typing": false }) };
        self.homeserver.call_once(self.user, Call::new(Method::PUT, path).body(body)).await.map(drop)
    }
}

fn event_id(answer: &Value) -> Result<String, MatrixError> {
    let id = answer.get("event_id").and_then(Value::as_str);
    id.map(str::to_owned).ok_or_else(|| MatrixError::local("the homeserver answered without an event id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_are_written_as_the_specification_has_them() {
        let reply = Some("$r".to_owned());
        let thread = Some(("$root".to_owned(), "$last".to_owned()));
        let cases = [
            (Relation::default(), json!(null)),
            (Relation { reply_to: reply.clone(), thread: None }, json!({ "m.in_reply_to": { "event_id": "$r" } })),
            (
                Relation { reply_to: None, thread: thread.clone() },
                json!({ "rel_type": "m.thread", "event_id": "$root", "is_falling_back": true,
                        "m.in_reply_to": { "event_id": "$last" } }),
            ),
            (
                Relation { reply_to: reply, thread },
                json!({ "rel_type": "m.thread", "event_id": "$root", "is_falling_back": false,
                        "m.in_reply_to": { "event_id": "$r" } }),
            ),
        ];
        for (relation, expected) in cases {
            let mut content = json!({});
            relation.write(&mut content);
            assert_eq!(content["m.relates_to"], expected, "{relation:?}");
        }
    }
}
