//! What a push gateway is told. Pure. Specified in the Push Gateway API, «POST /_matrix/push/v1/notify».

use serde_json::{Map, Value, json};

use crate::rooms::Event;

/// A pusher as it was set, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pusher {
    /// Where the gateway is.
    pub url: String,
    /// The app wants to fetch the event itself and is told no more than its id.
    pub id_only: bool,
    /// What the gateway wants to be told of the pusher, beside its keys.
    pub data: Map<String, Value>,
}

/// What surrounds an event.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// What the room is called.
    pub room_name: Option<String>,
    /// Its main address.
    pub room_alias: Option<String>,
    /// What the sender is called.
    pub sender_name: Option<String>,
    /// How much the user has not read, in all rooms.
    pub unread: u64,
    /// Whether the event is about the user's own membership.
    pub about_user: bool,
}

/// Reads a pusher; none if it is not one for a gateway.
#[must_use]
pub fn pusher(json: &str) -> Option<Pusher> {
    let pusher: Map<String, Value> = serde_json::from_str(json).ok()?;
    let mut data = pusher.get("data")?.as_object()?.clone();
    let url = data.remove("url")?.as_str()?.to_owned();
    let id_only = data.get("format").and_then(Value::as_str) == Some("event_id_only");
    Some(Pusher { url, id_only, data })
}

/// The body of the request.
#[must_use]
pub fn notification(
    (app_id, pushkey): (&str, &str),
    pusher: &Pusher,
    event: &Event,
    tweaks: &Map<String, Value>,
    around: &Around,
) -> Value {
    let mut device = Map::from_iter([
        ("app_id".to_owned(), json!(app_id)),
        ("pushkey".to_owned(), json!(pushkey)),
        ("data".to_owned(), json!(pusher.data)),
    ]);
    let counts = json!({"unread": around.unread});
    if pusher.id_only {
        let ids = json!({"event_id": event.event_id, "room_id": event.room_id, "counts": counts, "devices": [device]});
        return json!({"notification": ids});
    }
    device.insert("tweaks".to_owned(), json!(tweaks));
    let mut told = json!({
        "event_id": event.event_id,
        "room_id": event.room_id,
        "type": event.kind.to_string(),
        "sender": event.sender,
        "content": *event.content,
        "prio": if tweaks.is_empty() { "low" } else { "high" },
        "counts": counts,
        "devices": [device],
    });
    for (key, value) in [
        ("room_name", &around.room_name),
        ("room_alias", &around.room_alias),
        ("sender_display_name", &around.sender_name),
    ] {
        if let Some(value) = value {
            told[key] = json!(value);
        }
    }
    if around.about_user {
        told["user_is_target"] = json!(true);
    }
    json!({"notification": told})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pushers_with_a_gateway_are_read() {
        let set = r#"{"kind": "http", "data": {"url": "https://p.example/_matrix/push/v1/notify", "brand": "x"}}"#;
        let read = pusher(set).unwrap();
        assert_eq!((read.url.as_str(), read.id_only), ("https://p.example/_matrix/push/v1/notify", false));
        assert_eq!(json!(read.data), json!({"brand": "x"}));
        assert!(pusher(r#"{"data": {"url": "u", "format": "event_id_only"}}"#).unwrap().id_only);
        for broken in ["", "[]", "{}", r#"{"data": {}}"#, r#"{"data": {"url": 3}}"#] {
            assert_eq!(pusher(broken), None, "{broken}");
        }
    }
}
