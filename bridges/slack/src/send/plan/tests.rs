use serde_json::json;

use super::*;

fn known(ts: &str, thread: Option<&str>) -> Known {
    Known {
        chat: "C1".into(),
        id: ts.into(),
        part: 0,
        event_id: "$e".into(),
        thread: thread.map(MessageId::new),
        from_matrix: false,
        author: "Ada".into(),
        author_id: "U1".into(),
        excerpt: "What about\nlunch?".into(),
        note: None,
    }
}

fn message(parts: Vec<Part>) -> Outgoing {
    Outgoing {
        chat: "C1".into(),
        parts,
        reply_to: None,
        thread: None,
        sender: OnBehalf { user_id: "@alice:test".into(), name: "Alice".into(), avatar: None },
        at: Timestamp(0),
        event_id: "$event".into(),
        room_id: "!room:test".into(),
        may_ping_everyone: false,
        is_edit: false,
    }
}

fn planned(message: &Outgoing, replies: Replies) -> Vec<Payload> {
    let place = Place { replies, workspace: "https://a.slack.com/" };
    plan(message, &place).unwrap().iter().map(|value| Payload::read(value).unwrap()).collect()
}

fn text(text: &str) -> Vec<Part> {
    vec![Part::Text(Doc::text(text))]
}

#[test]
fn an_answer_becomes_what_the_operator_chose() {
    let root = "1700000000.000100";
    let answer = Outgoing { reply_to: Some(known("1700000001.000200", Some(root))), ..message(text("yes")) };
    let first = |replies| planned(&answer, replies).remove(0);
    let broadcast = Thread { root: root.into(), broadcast: true };
    assert_eq!(first(Replies::Broadcast).thread, Some(broadcast));
    assert_eq!(first(Replies::Thread).thread, Some(Thread { root: root.into(), broadcast: false }));
    let quote = first(Replies::Quote);
    assert_eq!(quote.thread, None);
    assert_eq!(quote.blocks[0]["elements"][0]["type"], "rich_text_quote");
    assert!(quote.text.contains("What about lunch?") && quote.text.ends_with("yes"), "{}", quote.text);
}

#[test]
fn what_stands_in_a_thread_stays_there() {
    let inside = Outgoing {
        thread: Some(known("1700000000.000100", None)),
        reply_to: Some(known("1700000001.000200", Some("1700000000.000100"))),
        ..message(text("yes"))
    };
    let payload = planned(&inside, Replies::Broadcast).remove(0);
    assert_eq!(payload.thread, Some(Thread { root: "1700000000.000100".into(), broadcast: false }));
}

#[test]
fn only_the_first_part_of_an_answer_is_shown_to_the_channel() {
    let long = "word ".repeat(3000);
    let answer = Outgoing { reply_to: Some(known("1700000001.000200", None)), ..message(text(&long)) };
    let payloads = planned(&answer, Replies::Broadcast);
    let broadcast: Vec<bool> =
        payloads.iter().filter_map(|payload| payload.thread.as_ref()).map(|thread| thread.broadcast).collect();
    assert!(broadcast.len() > 3 && broadcast[0] && broadcast[1..].iter().all(|broadcast| !broadcast));
}

#[test]
fn a_file_carries_its_words_and_the_rest_follows() {
    let file = MediaRef::web("x");
    let media =
        |words: &str| Part::Media { kind: MediaKind::File, file: file.clone(), caption: Some(Doc::text(words)) };
    let short = planned(&message(vec![media("look")]), Replies::Thread);
    assert_eq!((short.len(), short[0].text.as_str(), short[0].file.is_some()), (1, "look", true));
    let long = planned(&message(vec![media(&"look ".repeat(2000))]), Replies::Thread);
    assert!(long.len() > 1 && long[0].file.is_some() && long[1].file.is_none());
    let silent = planned(&message(vec![Part::Media { kind: MediaKind::File, file, caption: None }]), Replies::Thread);
    assert!(silent[0].blocks.is_empty() && silent[0].text.is_empty());
}

#[test]
fn everything_else_becomes_text() {
    let place = Part::Location { latitude: 1.5, longitude: -2.0, label: Some("Pier".into()) };
    assert!(planned(&message(vec![place]), Replies::Thread)[0].text.contains("mlat=1.5"));
    let waves = planned(&message(vec![Part::Emote(Doc::text("waves"))]), Replies::Thread);
    assert_eq!(waves[0].blocks[0]["elements"][0]["elements"][0]["style"], json!({ "italic": true }));
    let empty = plan(&message(text(" ")), &Place { replies: Replies::Thread, workspace: "" });
    assert!(matches!(empty, Err(SendError::Refused(Refusal::Format(_)))) || empty.is_ok());
    let none = plan(&message(vec![]), &Place { replies: Replies::Thread, workspace: "" });
    assert!(matches!(none, Err(SendError::Refused(Refusal::Format(_)))));
}

#[test]
fn a_name_is_never_empty_and_never_too_long() {
    let cases = [("Alice", "Alice"), (" A \n B ", "A B"), ("\u{200b} ", "@alice:test"), ("", "@alice:test")];
    for (name, wanted) in cases {
        assert_eq!(shown(name, "@alice:test"), wanted);
    }
    assert_eq!(shown(&"ä".repeat(300), "@a:b").chars().count(), 80);
    assert_eq!(shown("", ""), "Matrix");
}
