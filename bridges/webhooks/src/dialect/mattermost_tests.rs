//! Cases for Mattermost's form.

use super::*;

fn of(payload: &Value) -> Post {
    read(payload.as_object().unwrap()).unwrap()
}

#[test]
fn messages_are_read() {
    for (payload, plain) in [
        (json!({ "text": "*one* asterisk slants" }), "one asterisk slants"),
        (json!({ "text": "<https://x.org|x>" }), "x (https://x.org)"),
        (json!({ "text": 42 }), "42"),
        (json!({ "text": null, "attachments": [{ "fallback": "only this" }] }), "> only this"),
        (json!({ "attachments": [{ "color": "#ff0000", "text": "**bad**" }] }), "> 🟥 bad"),
        (json!({ "attachments": [{ "fields": [{ "title": "n", "value": 7, "short": false }] }] }), "> n: 7"),
        (json!({ "text": "- [x] done" }), "- ☑ done"),
        (json!({ "text": "|a|b|\n|-|-|\n|1|2|" }), "a\tb\n1\t2"),
        (json!({ "text": "t", "props": { "card": "more" } }), "t\n> ℹ️\n> more"),
    ] {
        let post = of(&payload);
        let plain_text = crate::convert::parts(&post)[0].doc().unwrap().plain();
        assert_eq!(plain_text, plain, "{payload}");
    }
}

#[test]
fn priority_and_silence_are_read() {
    let post = of(&json!({ "text": "x", "priority": { "priority": "urgent", "requested_ack": true } }));
    assert_eq!(post.urgency(), Priority::Urgent);
    assert_eq!(of(&json!({ "text": "x", "priority": { "priority": "important" } })).urgency(), Priority::High);
    assert_eq!(of(&json!({ "text": "x", "silent": true })).urgency(), Priority::Silent);
    assert_eq!(of(&json!({ "text": "x", "priority": null })).priority, None);
}

#[test]
fn nothing_said_is_an_error_of_mattermosts_form() {
    assert_eq!(read(&Map::new()), Err(Refusal::Empty));
    let answer = refuse(Refusal::Empty);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer.status, 400);
    assert_eq!(body["id"], "web.incoming_webhook.text.app_error");
    assert_eq!((&body["message"], &body["status_code"]), (&json!("No text specified."), &json!(400)));
    assert_eq!(body["request_id"].as_str().unwrap().len(), 26);
}
