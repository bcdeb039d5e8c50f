use serde_json::{Value, json};

use super::*;
use crate::atlas::Custom;
use crate::wire::read;

struct Nobody;

impl Names for Nobody {
    fn user(&self, _: &str) -> Option<String> {
        None
    }
    fn channel(&self, _: &str) -> Option<String> {
        None
    }
    fn group(&self, _: &str) -> Option<String> {
        None
    }
    fn custom(&self, _: &str) -> Custom {
        Custom::Unknown
    }
}

fn heard(told: &Value) -> (Vec<Part>, Option<MessageId>, Option<MessageId>) {
    let said: Message = read(told);
    let incoming = message(&"C1".into(), &said, &Nobody, UserInfo::named("Ada"), None).unwrap();
    let What::Message { parts, reply_to, thread, .. } = incoming.what else { panic!("{incoming:?}") };
    (parts, reply_to, thread)
}

#[test]
fn a_message_knows_its_time_its_author_and_its_thread() {
    let said: Message = read(&json!({ "ts": "1700000000.123000", "user": "U1", "text": "hi" }));
    let told = message(&"C1".into(), &said, &Nobody, UserInfo::named("Ada"), None).unwrap();
    assert_eq!(told.at, Timestamp(1_700_000_000_123));
    assert_eq!(told.from, Author::them("U1", UserInfo::named("Ada")));
    let root = json!({ "ts": "1.000001", "thread_ts": "1.000001", "user": "U1", "text": "root" });
    assert_eq!((heard(&root).1, heard(&root).2), (None, None));
    let reply = json!({ "ts": "2.000001", "thread_ts": "1.000001", "user": "U1", "text": "in" });
    assert_eq!((heard(&reply).1, heard(&reply).2), (None, Some("1.000001".into())));
    let both =
        json!({ "subtype": "thread_broadcast", "ts": "2.000001", "thread_ts": "1.000001", "user": "U1", "text": "x" });
    assert_eq!((heard(&both).1, heard(&both).2), (Some("1.000001".into()), None));
}

#[test]
fn who_speaks_how_is_kept() {
    let part = |extra: Value| {
        let mut told = json!({ "ts": "1.000001", "user": "U1", "text": "waves" });
        told.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        heard(&told).0.remove(0)
    };
    assert!(matches!(part(json!({})), Part::Text(_)));
    assert!(matches!(part(json!({ "subtype": "me_message" })), Part::Emote(_)));
    assert!(matches!(part(json!({ "subtype": "bot_message", "bot_id": "B1" })), Part::Notice(_)));
    assert!(matches!(part(json!({ "bot_id": "B1" })), Part::Notice(_)));
    assert!(matches!(part(json!({ "subtype": "channel_archive" })), Part::Notice(_)));
}

#[test]
fn one_file_takes_the_words_as_its_caption_and_several_follow_them() {
    let file = |id: &str, mime: &str| json!({ "id": id, "name": "a", "mimetype": mime, "url_private": "https://files.slack.com/a", "size": 5 });
    let one = json!({ "ts": "1.000001", "user": "U1", "text": "look", "files": [file("F1", "image/png")] });
    let parts = heard(&one).0;
    let [Part::Media { kind: MediaKind::Image, file: media, caption: Some(caption) }] = parts.as_slice() else {
        panic!("{parts:?}")
    };
    assert_eq!((media.cache_key(), media.size, caption.plain().as_str()), ("file/F1", Some(5), "look"));
    let two = json!({ "ts": "1.000001", "user": "U1", "text": "look", "files": [file("F1", "video/mp4"), file("F2", "text/plain")] });
    let kinds: Vec<String> = heard(&two).0.iter().map(|part| format!("{part:?}").chars().take(16).collect()).collect();
    assert_eq!(kinds.len(), 3);
    assert!(kinds[0].starts_with("Text") && kinds[1].contains("Media"));
}

#[test]
fn files_that_cannot_be_had_are_named() {
    let cases = [
        (json!({ "id": "F1", "mode": "tombstone" }), "deleted"),
        (json!({ "id": "F1", "mode": "hidden_by_limit" }), "plan"),
        (
            json!({ "id": "F1", "name": "doc", "is_external": true, "permalink": "https://d.example/" }),
            "https://d.example/",
        ),
        (json!({ "id": "F1", "name": "gone.txt" }), "gone.txt"),
    ];
    for (file, says) in cases {
        let told = json!({ "ts": "1.000001", "user": "U1", "text": "", "files": [file] });
        let parts = heard(&told).0;
        assert!(parts[0].doc().unwrap().plain().contains(says), "{parts:?}");
    }
}

#[test]
fn a_recorded_voice_is_a_voice_with_its_waves() {
    let told = json!({ "ts": "1.000001", "user": "U1", "files": [{ "id": "F1", "subtype": "slack_audio", "mimetype": "audio/mp4",
        "url_private": "https://files.slack.com/a", "duration_ms": 1500, "audio_wave_samples": [0, 50, 100, 400] }] });
    let parts = heard(&told).0;
    let Part::Media { kind: MediaKind::Voice, file, .. } = &parts[0] else { panic!("{parts:?}") };
    assert_eq!((file.duration, file.waveform.as_slice()), (Some(1500), [0, 512, 1024, 1024].as_slice()));
}

#[test]
fn what_slack_finds_behind_a_link_is_a_part_of_its_own() {
    let told = json!({ "ts": "1.000001", "user": "U1", "text": "see <https://x.example>",
        "attachments": [{ "from_url": "https://x.example", "title": "X", "text": "about x" }] });
    let parts = heard(&told).0;
    assert!(matches!(parts.as_slice(), [Part::Text(_), Part::Notice(_)]), "{parts:?}");
    let before: Message = read(&json!({ "ts": "1.000001", "user": "U1", "text": "see <https://x.example>" }));
    let now: Message = read(&told);
    assert!(edit(&"C1".into(), &now, Some(&before), &Nobody, None, Timestamp(1)).is_some());
    assert!(edit(&"C1".into(), &now, Some(&now), &Nobody, None, Timestamp(1)).is_none());
}

#[test]
fn an_edit_has_the_time_of_the_edit() {
    let now: Message =
        read(&json!({ "ts": "1.000001", "user": "U1", "text": "b", "edited": { "user": "U1", "ts": "5.000000" } }));
    let told = edit(&"C1".into(), &now, None, &Nobody, Some(UserInfo::named("Ada")), Timestamp(1)).unwrap();
    assert_eq!(told.at, Timestamp(5000));
    assert!(matches!(told.what, What::Edit { .. }) && matches!(told.from, Author::Them(..)));
}

#[test]
fn lines_about_the_channel_are_silent() {
    for subtype in ["channel_join", "group_leave", "channel_topic", "pinned_item"] {
        assert!(is_silent(&read(&json!({ "ts": "1.000001", "subtype": subtype }))), "{subtype}");
    }
    assert!(is_silent(&read(&json!({ "ts": "1.000001", "hidden": true }))) && is_silent(&read(&json!({}))));
    assert!(!is_silent(&read(&json!({ "ts": "1.000001", "subtype": "file_share" }))));
}
