//! Which pins change. Pure.

use serde_json::{Value, json};

/// Events to be pinned and events no longer to be, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PinChange {
    pub(crate) add: Vec<String>,
    pub(crate) remove: Vec<String>,
}

/// What has to change so that of the events in `known` exactly `wanted` are pinned.
pub(crate) fn between(known: &[String], wanted: &[String]) -> PinChange {
    PinChange {
        add: wanted.iter().filter(|event| !known.contains(event)).cloned().collect(),
        remove: known.iter().filter(|event| !wanted.contains(event)).cloned().collect(),
    }
}

/// The pinned events of a content of `m.room.pinned_events`.
pub(crate) fn read(content: &Value) -> Vec<String> {
    let pinned = content.get("pinned").and_then(Value::as_array).into_iter().flatten();
    pinned.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The content of `m.room.pinned_events` after a change, if that changes it: what else is pinned stays.
pub(crate) fn after(content: Option<&Value>, change: &PinChange) -> Option<Value> {
    let before = content.map(read).unwrap_or_default();
    let mut pinned: Vec<&String> = before.iter().filter(|event| !change.remove.contains(event)).collect();
    for event in &change.add {
        if !pinned.contains(&event) {
            pinned.push(event);
        }
    }
    let changed = pinned.len() != before.len() || pinned.iter().zip(&before).any(|(new, old)| *new != old);
    changed.then(|| json!({ "pinned": pinned }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(events: &[&str]) -> Vec<String> {
        events.iter().map(|&event| event.to_owned()).collect()
    }

    #[test]
    fn only_what_differs_changes_and_pins_of_others_stay() {
        let cases = [
            (vec!["$a"], vec!["$a", "$b"], vec!["$b"], vec![]),
            (vec!["$a", "$b"], vec!["$b"], vec![], vec!["$a"]),
            (vec!["$a"], vec!["$a"], vec![], vec![]),
        ];
        for (known, wanted, add, remove) in cases {
            let change = between(&list(&known), &list(&wanted));
            assert_eq!(change, PinChange { add: list(&add), remove: list(&remove) });
        }
        let now = json!({ "pinned": ["$theirs", "$a"] });
        let change = PinChange { add: list(&["$b"]), remove: list(&["$a"]) };
        assert_eq!(after(Some(&now), &change), Some(json!({ "pinned": ["$theirs", "$b"] })));
        assert_eq!(after(Some(&json!({ "pinned": ["$theirs", "$b"] })), &change), None);
        assert_eq!(after(None, &PinChange::default()), None);
    }
}
