//! An event as application services receive it: the client's form.
//! Specified in the client-server API, «Room event format», and the application-service API, «Pushing events».

use serde::Serialize;
use serde_json::value::RawValue;

use crate::rooms::Event;

#[derive(Serialize)]
struct Sent<'a> {
    #[serde(rename = "type")]
    kind: String,
    event_id: &'a str,
    room_id: &'a str,
    sender: &'a str,
    origin_server_ts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redacts: Option<String>,
    content: &'a RawValue,
    unsigned: Unsigned<'a>,
}

#[derive(Serialize)]
struct Unsigned<'a> {
    age: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces_state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_sender: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_content: Option<&'a RawValue>,
}

/// The JSON of `event`, with the state event it `replaced`, at the time `now`.
pub(super) fn json(event: &Event, replaced: Option<&Event>, now: u64) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Sent {
        kind: event.kind.to_string(),
        event_id: event.event_id.as_str(),
        room_id: event.room_id.as_str(),
        sender: event.sender.as_str(),
        origin_server_ts: event.ts,
        state_key: event.state_key.as_deref(),
        redacts: redacts(event),
        content: &event.content,
        unsigned: Unsigned {
            age: now.saturating_sub(event.ts),
            replaces_state: replaced.map(|event| event.event_id.as_str()),
            prev_sender: replaced.map(|event| event.sender.as_str()),
            prev_content: replaced.map(|event| &*event.content),
        },
    })
}

/// What a redaction redacts, at the top as in older room versions: bridges look there, whatever the version.
fn redacts(event: &Event) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Content {
        redacts: String,
    }
    if event.kind != ruma::events::TimelineEventType::RoomRedaction {
        return None;
    }
    let top = event.redacts.as_ref().map(ToString::to_string);
    top.or_else(|| event.content::<Content>().map(|content| content.redacts))
}
