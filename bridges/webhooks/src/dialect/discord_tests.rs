//! Cases for Discord's form.

use super::*;
use crate::post::From;

fn of(payload: &Value) -> Result<Post, Refusal> {
    read(payload.as_object().unwrap(), &Body::default())
}

#[test]
fn messages_are_read() {
    for (payload, plain) in [
        (json!({ "content": "**b** hi", "timeout": null, "rate_limit_retry": true }), "b hi"),
        (
            json!({ "embeds": [{ "title": "T", "url": "https://x.org", "description": "D", "color": 16_711_680 }] }),
            "> 🟥 T (https://x.org)\n> \n> D",
        ),
        (
            json!({ "embeds": [{ "fields": [{ "name": "a", "value": "1", "inline": true }, { "name": "b", "value": "2", "inline": true }] }] }),
            "> a: 1\tb: 2",
        ),
        (
            json!({ "embeds": [{ "footer": { "text": "F" }, "timestamp": "2020-01-02T03:04:05.678Z" }] }),
            "> F | 2020-01-02 03:04 UTC",
        ),
    ] {
        let post = of(&payload).unwrap();
        assert_eq!(crate::convert::parts(&post)[0].doc().unwrap().plain(), plain, "{payload}");
    }
}

#[test]
fn what_is_too_much_or_nothing_is_refused() {
    assert_eq!(of(&json!({ "content": "x".repeat(2001) })), Err(Refusal::TooLong));
    assert_eq!(of(&json!({ "content": "" })), Err(Refusal::Empty));
    assert_eq!(
        of(&json!({ "content": "x", "embeds": vec![json!({ "title": "t" }); 11] })),
        Err(Refusal::Field("embeds"))
    );
}

#[test]
fn only_allowed_mentions_are_wanted() {
    let wanted = |payload: Value| of(&payload).unwrap().mentions;
    let said = "@everyone @alice:example.org";
    assert!(!wanted(json!({ "content": said })).room);
    assert_eq!(wanted(json!({ "content": said })).people.len(), 1);
    assert!(wanted(json!({ "content": said, "allowed_mentions": { "parse": ["everyone"] } })).room);
    assert!(wanted(json!({ "content": said, "allowed_mentions": { "parse": [] } })).people.is_empty());
}

#[test]
fn a_picture_that_came_along_moves_into_its_embed() {
    let file = File { name: Some("a.png".into()), ..File::new(From::Bytes(Bytes::from_static(b"x"))) };
    let body = Body { files: vec![("_a.png".into(), file)], ..Body::default() };
    let payload = json!({ "embeds": [{ "image": { "url": "attachment://a.png" } }] });
    let post = read(payload.as_object().unwrap(), &body).unwrap();
    assert!(post.files.is_empty());
    assert_eq!(post.cards[0].images[0].name.as_deref(), Some("a.png"));
}

#[test]
fn silence_is_a_flag() {
    assert!(of(&json!({ "content": "x", "flags": 4096 })).unwrap().silent);
    assert_eq!(of(&json!({ "embeds": [{ "title": "t" }], "flags": 4 })), Err(Refusal::Empty));
}

#[test]
fn a_429_can_be_understood_by_clients() {
    let answer = with_limits(refuse(Refusal::TooMany(3)));
    let header = |name: &str| answer.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(header("content-type"), Some("application/json"));
    assert_eq!((header("via"), header("retry-after")), (Some("1.1 causeway"), Some("3")));
    assert_eq!(header("x-ratelimit-remaining"), Some("0"));
}

#[test]
fn times_are_written_as_discord_writes_them() {
    for (ms, text) in [
        (0, "1970-01-01T00:00:00.000000+00:00"),
        (951_782_400_123, "2000-02-29T00:00:00.123000+00:00"),
        (1_795_254_896_000, "2026-11-21T09:54:56.000000+00:00"),
    ] {
        assert_eq!(message::rfc3339(Timestamp(ms)), text);
    }
}
