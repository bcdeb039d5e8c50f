//! Power used in Matrix: over people of the network, and over the look of the chat.

use serde_json::Value;

use super::{Plan, View};
use crate::{
    engine::event::MatrixEvent,
    network::{Act, ChatDelta, MediaRef, MediaSource, Moderate, Refusal},
};

/// A ghost was put out or called in by somebody. That they may put people out is the homeserver's word; calling people in
/// is allowed to everybody in most rooms, and therefore takes more here.
pub(super) fn moderate(event: &MatrixEvent, view: &View<'_>) -> Plan {
    let Some(user) = view.ghost.clone() else { return Plan::Skip("nobody of the network") };
    let membership = event.content.get("membership").and_then(Value::as_str).unwrap_or_default();
    let act = match (membership, event.before.as_deref()) {
        ("invite", _) if view.moderates => Act::Invite,
        ("ban", _) => Act::Ban,
        ("leave", Some("ban")) => Act::Unban,
        ("leave", Some("join") | None) => Act::Kick,
        _ => return Plan::Skip("a membership that changes nothing over there"),
    };
    if !view.features.moderate {
        return match act {
            Act::Kick | Act::Ban => Plan::Refuse(Refusal::Unsupported("putting people out")),
            Act::Invite | Act::Unban => Plan::Skip("the network cannot call people in"),
        };
    }
    let reason = event.content.get("reason").and_then(Value::as_str).map(str::to_owned);
    Plan::Moderate(Moderate { chat: view.chat.clone(), user, act, reason, by: event.sender.clone() })
}

/// Somebody chose a name, a topic or a picture for the room.
pub(super) fn change(event: &MatrixEvent, view: &View<'_>) -> Plan {
    if !view.features.look {
        return Plan::Skip("the look of chats cannot be changed there");
    }
    let text = |key: &str| event.content.get(key).and_then(Value::as_str).map(str::to_owned);
    let picture = |mxc: String| MediaRef::new(MediaSource::Matrix(mxc));
    let look = match event.kind.as_str() {
        "m.room.name" => ChatDelta { name: text("name").filter(|name| !name.is_empty()), ..ChatDelta::default() },
        "m.room.topic" => ChatDelta { topic: Some(text("topic").unwrap_or_default()), ..ChatDelta::default() },
        _ => ChatDelta { avatar: text("url").filter(|url| !url.is_empty()).map(picture), ..ChatDelta::default() },
    };
    match look == ChatDelta::default() {
        true => Plan::Skip("a look that is taken away"),
        false => Plan::Change(look),
    }
}
