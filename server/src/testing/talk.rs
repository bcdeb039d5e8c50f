//! What people do in tests, in a word each.

use serde_json::{Value, json};

use super::wire::Wire;

/// As it stands in a path.
pub(crate) fn enc(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A new room; answers its id.
pub(crate) async fn room(wire: &Wire, token: &str, ask: Value) -> String {
    let made = wire.post("v3/createRoom", token, ask).await.ok();
    made["room_id"].as_str().unwrap().to_owned()
}

/// Sends a message with this transaction id; answers the event's id.
pub(crate) async fn send(wire: &Wire, token: &str, room: &str, txn: &str, content: Value) -> String {
    let path = format!("v3/rooms/{}/send/m.room.message/{txn}", enc(room));
    wire.put(&path, token, content).await.ok()["event_id"].as_str().unwrap().to_owned()
}

/// Sends a text.
pub(crate) async fn say(wire: &Wire, token: &str, room: &str, text: &str) -> String {
    send(wire, token, room, &format!("say-{text}"), json!({"msgtype": "m.text", "body": text})).await
}

/// Joins a room.
pub(crate) async fn join(wire: &Wire, token: &str, room: &str) {
    wire.post(&format!("v3/join/{}", enc(room)), token, json!({})).await.ok();
}

/// Does something to a room that is one POST: `leave`, `kick` …
pub(crate) async fn act(wire: &Wire, token: &str, room: &str, what: &str, body: Value) {
    wire.post(&format!("v3/rooms/{}/{what}", enc(room)), token, body).await.ok();
}
