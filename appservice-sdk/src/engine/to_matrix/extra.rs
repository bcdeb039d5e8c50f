//! Fields of the bridge's own in the events it causes.

use serde_json::{Map, Value, json};

use super::Step;

/// Puts the fields into every event, and into the new content of edits. Mentions are joined with those of the text; what
/// the event says already stays.
pub(super) fn add(extra: &Map<String, Value>, steps: &mut [Step]) {
    for step in steps {
        if let Step::Send(sending) = step {
            put(extra, &mut sending.event.content);
            if let Some(new) = sending.event.content.get_mut("m.new_content") {
                put(extra, new);
            }
        }
    }
}

fn put(extra: &Map<String, Value>, content: &mut Value) {
    let Some(content) = content.as_object_mut() else { return };
    for (key, value) in extra {
        match key.as_str() {
            "m.mentions" => join(content.entry("m.mentions").or_insert_with(|| json!({})), value),
            _ => drop(content.entry(key.as_str()).or_insert_with(|| value.clone())),
        }
    }
}

fn join(mentions: &mut Value, more: &Value) {
    if more.get("room").and_then(Value::as_bool) == Some(true) {
        mentions["room"] = json!(true);
    }
    let mut users: Vec<Value> = mentions.get("user_ids").and_then(Value::as_array).cloned().unwrap_or_default();
    for user in more.get("user_ids").and_then(Value::as_array).into_iter().flatten() {
        if user.is_string() && !users.contains(user) {
            users.push(user.clone());
        }
    }
    if !users.is_empty() {
        mentions["user_ids"] = json!(users);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_added_and_mentions_joined() {
        let extra = json!({ "org.x": 1, "body": "no", "m.mentions": { "room": true, "user_ids": ["@a:s", "@b:s"] } });
        let cases = [
            (
                json!({ "body": "hi", "m.mentions": { "user_ids": ["@a:s"] } }),
                json!({ "body": "hi", "org.x": 1, "m.mentions": { "room": true, "user_ids": ["@a:s", "@b:s"] } }),
            ),
            (
                json!({ "body": "hi" }),
                json!({ "body": "hi", "org.x": 1, "m.mentions": { "room": true, "user_ids": ["@a:s", "@b:s"] } }),
            ),
        ];
        for (mut content, expected) in cases {
            put(extra.as_object().unwrap(), &mut content);
            assert_eq!(content, expected);
        }
    }
}
