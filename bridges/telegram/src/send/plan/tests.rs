//! What messages are planned as.

use serde_json::json;

use super::*;

fn message(parts: Vec<Part>) -> Outgoing {
    Outgoing {
        chat: ChatId::new("-1001"),
        parts,
        reply_to: None,
        thread: None,
        sender: OnBehalf { user_id: "@alice:test".into(), name: "Alice".into(), avatar: None },
        at: Timestamp(0),
        event_id: "$e".into(),
        room_id: "!r:test".into(),
        may_ping_everyone: false,
        is_edit: false,
    }
}

fn planned(parts: Vec<Part>) -> Vec<Body> {
    let plan = plan(&message(parts), "{name}: ").unwrap();
    plan.iter().map(|value| Payload::read(value).unwrap().body).collect()
}

fn text(body: &Body) -> &str {
    match body {
        Body::Text(written) | Body::File { caption: written, .. } => &written.text,
        _ => "",
    }
}

fn file(mime: &str) -> MediaRef {
    MediaRef { mime: Some(mime.into()), size: Some(1000), ..MediaRef::new(MediaSource::Matrix("mxc://t/a".into())) }
}

fn media(kind: MediaKind, file: MediaRef, caption: Option<&str>) -> Part {
    Part::Media { kind, file, caption: caption.map(Doc::text) }
}

#[test]
fn every_message_says_who_speaks() {
    let cases = [
        (Part::Text(Doc::text("hi")), vec!["Alice: hi"]),
        (Part::Emote(Doc::text("waves")), vec!["* Alice waves"]),
        (media(MediaKind::Image, file("image/png"), None), vec!["Alice:"]),
        (media(MediaKind::Image, file("image/png"), Some("look")), vec!["Alice: look"]),
        (media(MediaKind::Sticker, file("image/webp"), None), vec!["Alice:", ""]),
        (Part::Location { latitude: 1.0, longitude: 2.0, label: None }, vec!["Alice:", ""]),
    ];
    for (part, wanted) in cases {
        assert_eq!(planned(vec![part.clone()]).iter().map(text).collect::<Vec<_>>(), wanted, "{part:?}");
    }
    let bare = plan(&message(vec![Part::Text(Doc::text("hi"))]), "").unwrap();
    assert_eq!(bare[0]["body"]["text"]["text"], "hi");
}

#[test]
fn a_long_text_is_cut_and_each_piece_says_who_speaks() {
    let bodies = planned(vec![Part::Text(Doc::text(&"wörd 😀 ".repeat(2000)))]);
    assert!(bodies.len() > 3);
    for body in &bodies {
        assert!(text(body).starts_with("Alice: ") && units(text(body)) <= MAX_TEXT);
    }
    let words: usize = bodies.iter().map(|body| text(body).matches("wörd").count()).sum();
    assert_eq!(words, 2000);
}

#[test]
fn words_too_long_for_a_caption_follow_the_file() {
    let bodies = planned(vec![media(MediaKind::Image, file("image/png"), Some(&"x".repeat(1100)))]);
    assert_eq!(bodies.iter().map(|body| units(text(body))).collect::<Vec<_>>(), [6, 1107]);
    assert!(matches!(bodies[0], Body::File { shown: Shown::Photo, .. }));
}

#[test]
fn a_file_is_shown_as_what_telegram_can_show() {
    let large = |mime: &str| MediaRef { size: Some(11 << 20), ..file(mime) };
    let long = MediaRef { width: Some(9000), height: Some(100), ..file("image/png") };
    let cases = [
        (MediaKind::Image, file("image/jpeg"), Shown::Photo),
        (MediaKind::Image, large("image/jpeg"), Shown::Document),
        (MediaKind::Image, long, Shown::Document),
        (MediaKind::Image, file("image/gif"), Shown::Animation),
        (MediaKind::Image, file("image/svg+xml"), Shown::Document),
        (MediaKind::Sticker, file("image/png"), Shown::Photo),
        (MediaKind::Video, file("video/mp4"), Shown::Video),
        (MediaKind::Video, file("video/x-matroska"), Shown::Document),
        (MediaKind::Audio, file("audio/mpeg"), Shown::Audio),
        (MediaKind::Audio, file("audio/flac"), Shown::Document),
        (MediaKind::Voice, file("audio/ogg"), Shown::Voice),
        (MediaKind::File, file("application/pdf"), Shown::Document),
    ];
    for (kind, file, wanted) in cases {
        assert_eq!(Shown::of(kind, &file), wanted, "{kind:?} {:?}", file.mime);
    }
}

#[test]
fn a_poll_is_telegrams_own_if_it_fits() {
    let poll = |answers: usize| Poll {
        question: "Where?".into(),
        answers: (0..answers).map(|at| PollAnswer { id: format!("a{at}"), text: format!("Pier {at}") }).collect(),
        max_choices: 1,
        hidden: false,
    };
    let bodies = planned(vec![Part::Poll(poll(3))]);
    let Body::Poll { question, answers, multiple } = &bodies[0] else { panic!() };
    assert_eq!((question.as_str(), answers.len(), *multiple), ("Alice: Where?", 3, false));
    for answers in [1, 13] {
        assert!(matches!(planned(vec![Part::Poll(poll(answers))])[0], Body::Text(_)));
    }
}

#[test]
fn only_the_first_call_answers_a_message() {
    let mut said = message(vec![Part::Text(Doc::text(&"x ".repeat(5000)))]);
    let known = |id: &str| Known {
        chat: said.chat.clone(),
        id: MessageId::new(id),
        part: 2,
        event_id: String::new(),
        thread: None,
        from_matrix: false,
        author: String::new(),
        author_id: String::new(),
        excerpt: String::new(),
        note: None,
    };
    (said.reply_to, said.thread) = (Some(known("7")), Some(known("5")));
    let plan = plan(&said, "{name}: ").unwrap();
    assert_eq!(plan[0]["reply"], json!({"message": "7", "part": 2}));
    assert!(plan[1..].iter().all(|payload| payload.get("reply").is_none() && payload["thread"] == "5"));
}

#[test]
fn an_empty_message_is_refused() {
    assert!(plan(&message(vec![Part::Text(Doc::default())]), "{name}: ").is_err());
}
