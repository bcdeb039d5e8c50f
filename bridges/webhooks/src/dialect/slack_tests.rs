//! Cases for Slack's form.

use serde_json::json;

use super::*;

fn shown(payload: &Value) -> String {
    let post = read(payload.as_object().unwrap()).unwrap();
    crate::convert::parts(&post).first().and_then(|part| part.doc().map(Doc::plain)).unwrap_or_default()
}

#[test]
fn messages_are_read() {
    for (payload, plain) in [
        (json!({ "text": "*b* <https://x.org|x>" }), "b x (https://x.org)"),
        (json!({ "text": "*b*", "mrkdwn": false }), "*b*"),
        (
            json!({ "text": "hidden", "blocks": [{ "type": "section", "text": { "type": "mrkdwn", "text": "*s*" } }] }),
            "s",
        ),
        (
            json!({ "blocks": [{ "type": "header", "text": { "type": "plain_text", "text": "H :rocket:" } }, { "type": "divider" }] }),
            "H 🚀\n---",
        ),
        (
            json!({ "blocks": [{ "type": "section", "fields": [{ "type": "mrkdwn", "text": "*a*\n1" }, { "type": "plain_text", "text": "b" }] }] }),
            "a\n1\tb",
        ),
        (json!({ "blocks": [{ "type": "context", "elements": [{ "type": "mrkdwn", "text": "small" }] }] }), "small"),
        (
            json!({ "blocks": [{ "type": "actions", "elements": [{ "type": "button", "text": { "type": "plain_text", "text": "Go" }, "url": "https://x.org" }] }] }),
            "Go (https://x.org)",
        ),
        (
            json!({ "attachments": [{ "color": "good", "blocks": [{ "type": "section", "text": { "type": "mrkdwn", "text": "up" } }, { "type": "actions", "elements": [{ "type": "button", "text": "Visit", "url": { "href": "https://x.org" } }] }] }] }),
            "> 🟩 up\n> \n> Visit (https://x.org)",
        ),
        (
            json!({ "blocks": [{ "type": "rich_text", "elements": [
            { "type": "rich_text_section", "elements": [{ "type": "text", "text": "a " }, { "type": "text", "text": "b", "style": { "bold": true } }, { "type": "emoji", "name": "tada" }] },
            { "type": "rich_text_list", "style": "bullet", "elements": [{ "type": "rich_text_section", "elements": [{ "type": "text", "text": "item" }] }] },
            { "type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [{ "type": "rich_text_section", "elements": [{ "type": "text", "text": "inner" }] }] },
        ] }] }),
            "a b🎉\n- item\n  - inner",
        ),
        (
            json!({ "blocks": "[{\"type\":\"section\",\"text\":{\"type\":\"plain_text\",\"text\":\"as text\"}}]" }),
            "as text",
        ),
        (json!({ "attachments": [{ "footer": "F", "ts": 1_503_435_956.5 }] }), "> F | 2017-08-22 21:05 UTC"),
    ] {
        assert_eq!(shown(&payload), plain, "{payload}");
    }
}

#[test]
fn pictures_in_blocks_are_files() {
    let payload = json!({ "blocks": [{ "type": "image", "image_url": "https://x/y.png", "alt_text": "a graph" }] });
    let post = read(payload.as_object().unwrap()).unwrap();
    assert_eq!(post.files[0].alt.as_deref(), Some("a graph"));
}

#[test]
fn errors_are_bare_words() {
    for (why, status, word) in [
        (Refusal::Unreadable, 400, "invalid_payload"),
        (Refusal::Empty, 400, "no_text"),
        (Refusal::UnknownHook, 404, "no_service"),
        (Refusal::RoomGone, 404, "channel_not_found"),
        (Refusal::NotAllowed, 403, "action_prohibited"),
        (Refusal::TooLong, 400, "too_many_attachments"),
    ] {
        let answer = refuse(why);
        assert_eq!((answer.status, &*answer.body), (status, word.as_bytes()), "{why:?}");
        assert!(answer.headers[0].1.starts_with("text/plain"));
    }
}

#[test]
fn a_thread_is_known_by_its_ts() {
    let id = ids::new(Timestamp(1_795_254_896_123));
    let payload = json!({ "text": "x", "thread_ts": ids::to_ts(&id) });
    assert_eq!(read(payload.as_object().unwrap()).unwrap().thread, Some(id));
}
