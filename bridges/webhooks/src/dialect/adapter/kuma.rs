//! Uptime Kuma's own webhook: `{heartbeat, monitor, msg}`.

use serde_json::{Map, Value};

use super::super::{Dialect, Refusal, object, text};
use crate::{
    convert::markdown,
    post::{Post, Priority, State, Titled},
};

/// Reads what a monitor saw.
///
/// # Errors
/// [`Refusal::Empty`]
pub fn read(payload: &Map<String, Value>) -> Result<Post, Refusal> {
    let beat = object(payload, "heartbeat");
    let monitor = object(payload, "monitor");
    let said = text(payload, "msg").or_else(|| text(beat?, "msg")).ok_or(Refusal::Empty)?;
    let (mark, state, priority) = match beat.and_then(|beat| beat.get("status")).and_then(Value::as_i64) {
        Some(0) => ("🔴", State::Firing, Priority::High),
        Some(1) => ("✅", State::Resolved, Priority::Normal),
        Some(3) => ("🔧", State::Acknowledged, Priority::Low),
        _ => ("🟡", State::Firing, Priority::Normal),
    };
    let name = monitor.and_then(|monitor| text(monitor, "name"));
    let id = monitor.and_then(|monitor| text(monitor, "id")).or_else(|| text(beat?, "monitorID"));
    let url = monitor.and_then(|monitor| text(monitor, "url")).filter(|url| url.len() > "https://".len());
    Ok(Post {
        title: name.map(|name| Titled { text: format!("{mark} {name}"), url }),
        say: markdown::read(&said),
        priority: beat.map(|_| priority),
        state,
        key: id.map(|id| format!("uptime-kuma:{id}")),
        ..Post::new(Dialect::UptimeKuma)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn down_and_up_are_one_incident() {
        let of = |status: i64| {
            let payload = json!({ "heartbeat": { "status": status, "msg": "timeout" }, "monitor": { "id": 3, "name": "Web", "url": "https://x.org" }, "msg": "[Web] timeout" });
            read(payload.as_object().unwrap()).unwrap()
        };
        assert_eq!((of(0).state, of(0).urgency()), (State::Firing, Priority::High));
        assert_eq!((of(1).state, of(1).key), (State::Resolved, of(0).key));
        let test = json!({ "heartbeat": null, "monitor": null, "msg": "Testing" });
        assert_eq!(read(test.as_object().unwrap()).unwrap().priority, None);
        assert_eq!(read(&Map::new()), Err(Refusal::Empty));
    }
}
