//! Only the fields of events that a client asks for. Specified in the client-server API, «Filtering», `event_fields`.

use serde_json::{Map, Value};

/// Leaves of every event in the rooms of an answer only `fields`: names joined by dots, `\.` for a dot in a name.
pub fn select_fields(answer: &mut Value, fields: &[String]) {
    let fields: Vec<Vec<String>> = fields.iter().map(|field| path(field)).collect();
    for section in ["join", "leave"] {
        let Some(rooms) = answer["rooms"][section].as_object_mut() else { continue };
        for room in rooms.values_mut() {
            for part in ["timeline", "state", "state_after"] {
                let events = room.get_mut(part).and_then(|part| part.get_mut("events")).and_then(Value::as_array_mut);
                for event in events.into_iter().flatten() {
                    *event = selected(event, &fields);
                }
            }
        }
    }
}

/// The names in a field. Pure.
fn path(field: &str) -> Vec<String> {
    let (mut names, mut name, mut chars) = (Vec::new(), String::new(), field.chars());
    while let Some(char) = chars.next() {
        match char {
            '\\' => name.extend(chars.next()),
            '.' => names.push(std::mem::take(&mut name)),
            other => name.push(other),
        }
    }
    names.push(name);
    names
}

fn selected(event: &Value, fields: &[Vec<String>]) -> Value {
    let mut kept = Value::Object(Map::new());
    for path in fields {
        let found = path.iter().try_fold(event, |value, name| value.get(name));
        let (Some(found), Some((last, way))) = (found, path.split_last()) else { continue };
        let mut at = &mut kept;
        for name in way {
            at = &mut at[name.as_str()];
        }
        at[last.as_str()] = found.clone();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_fields_asked_for_are_left() {
        let event = serde_json::json!({"type": "t", "content": {"body": "b", "a.b": 1, "x": {"y": 2, "z": 3}}});
        for (fields, expected) in [
            (&["type"][..], serde_json::json!({"type": "t"})),
            (&["content.body", "content.x.y"][..], serde_json::json!({"content": {"body": "b", "x": {"y": 2}}})),
            (&["content.a\\.b", "absent", "type.deeper"][..], serde_json::json!({"content": {"a.b": 1}})),
        ] {
            let mut answer = serde_json::json!({"rooms": {"join": {"!r": {"timeline": {"events": [event]}}}}});
            let fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
            select_fields(&mut answer, &fields);
            assert_eq!(answer["rooms"]["join"]["!r"]["timeline"]["events"][0], expected, "{fields:?}");
        }
    }
}
