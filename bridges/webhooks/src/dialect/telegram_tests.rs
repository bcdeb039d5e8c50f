//! Cases for Telegram's methods.

use super::*;
use crate::post::From;

fn of(method: &str, given: &Value) -> Result<Vec<Post>, Refusal> {
    read(method, given.as_object().unwrap(), &Body::default())
}

#[test]
fn messages_are_read() {
    for (given, html) in [
        (json!({ "chat_id": 1, "text": "a < b" }), "a &lt; b"),
        (json!({ "text": "<b>b</b>", "parse_mode": "HTML" }), "<strong>b</strong>"),
        (json!({ "text": "b", "entities": [{ "type": "bold", "offset": 0, "length": 1 }] }), "<strong>b</strong>"),
    ] {
        assert_eq!(of("sendmessage", &given).unwrap()[0].say.to_html(), html, "{given}");
    }
    assert!(of("sendmessage", &json!({ "text": "x", "disable_notification": "true" })).unwrap()[0].silent);
    let markup =
        json!({ "text": "x", "reply_markup": { "inline_keyboard": [[{ "text": "Go", "url": "https://x.org" }]] } });
    assert_eq!(of("sendmessage", &markup).unwrap()[0].links, [Titled::link("Go", "https://x.org")]);
}

#[test]
fn what_is_wrong_is_refused() {
    assert_eq!(of("sendmessage", &json!({ "text": " " })), Err(Refusal::Empty));
    assert_eq!(of("sendmessage", &json!({ "text": "x".repeat(9000) })), Err(Refusal::TooLong));
    assert_eq!(of("sendphoto", &json!({ "photo": "no address" })), Err(Refusal::Field("file")));
    assert_eq!(of("sendinvoice", &json!({})), Err(Refusal::Unsupported));
    let answer = refuse(Refusal::TooMany(7));
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((&body["error_code"], &body["parameters"]["retry_after"]), (&json!(429), &json!(7)));
}

#[test]
fn files_come_by_address_and_by_part() {
    let post = &of("sendphoto", &json!({ "photo": "https://x/y.png", "caption": "look" })).unwrap()[0];
    assert_eq!(post.files[0].caption.plain(), "look");
    let part = File::new(From::Bytes(Bytes::from_static(b"x")));
    let body = Body { files: vec![("one".into(), part)], ..Body::default() };
    let given = json!({ "media": [{ "type": "photo", "media": "attach://one" }, { "type": "photo", "media": "https://x/z.png" }] });
    assert_eq!(read("sendmediagroup", given.as_object().unwrap(), &body).unwrap().len(), 2);
}
