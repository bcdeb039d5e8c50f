//! What people in Matrix say, and the calls it takes.

use super::*;

fn message(parts: Vec<Part>) -> Outgoing {
    Outgoing {
        chat: ChatId::new("20"),
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

fn text(text: &str) -> Vec<Part> {
    vec![Part::Text(Doc::text(text))]
}

fn planned(message: &Outgoing) -> Vec<Payload> {
    plan(message, None).unwrap().iter().map(|value| Payload::read(value).unwrap()).collect()
}

fn known() -> Known {
    Known {
        chat: ChatId::new("20"),
        id: MessageId::new("4"),
        part: 0,
        event_id: "$r".into(),
        thread: None,
        from_matrix: false,
        author: "Ann".into(),
        author_id: "5".into(),
        excerpt: "how it began".into(),
        note: None,
    }
}

#[test]
fn the_same_message_always_gives_the_same_plan() {
    let long = message(text(&"word ".repeat(2000)));
    assert_eq!(plan(&long, None).unwrap(), plan(&long, None).unwrap());
    assert!(planned(&long).iter().all(|payload| payload.content.chars().count() <= MAX_TEXT));
}

#[test]
fn every_part_fits_even_below_the_line_of_an_answer() {
    let author = "*".repeat(300);
    let known = Known { author, excerpt: "_".repeat(120), ..known() };
    let answer = Outgoing { reply_to: Some(known), ..message(text(&"wörd ".repeat(2000))) };
    let parts = planned(&answer);
    let line = parts[0].reply.as_ref().unwrap().line(Some(GuildId::new(u64::MAX - 1)));
    assert!(line.chars().count() + 1 + parts[0].content.chars().count() <= MAX_TEXT);
    assert!(parts[1..].iter().all(|part| part.reply.is_none()));
}

#[test]
fn the_line_of_an_answer_leads_to_where_the_message_stands() {
    let line = |known: &Known| Reply::to(known).unwrap().line(Some(GuildId::new(10)));
    assert_eq!(line(&known()), "-# ↪ [**Ann**: how it began](https://discord.com/channels/10/20/4)");
    let inside = Known { thread: Some(MessageId::new("30")), excerpt: String::new(), ..known() };
    assert_eq!(line(&inside), "-# ↪ [**Ann**](https://discord.com/channels/10/30/4)");
}

#[test]
fn a_file_goes_with_the_first_piece_of_its_words() {
    let file = MediaRef::new(MediaSource::Matrix("mxc://test/a".into()));
    let media = |caption: Option<&str>| {
        planned(&message(vec![Part::Media {
            kind: MediaKind::File,
            file: file.clone(),
            caption: caption.map(Doc::text),
        }]))
    };
    let alone = media(None);
    assert_eq!((alone.len(), alone[0].content.as_str(), alone[0].file.is_some()), (1, "", true));
    let long = media(Some(&"word ".repeat(600)));
    assert!(long.len() > 1 && long[0].file.is_some());
    assert!(long[1..].iter().all(|payload| payload.file.is_none()));
}

#[test]
fn nothing_to_say_is_refused_rather_than_sent() {
    for parts in [vec![], text("")] {
        assert!(matches!(plan(&message(parts), None), Err(SendError::Refused(_))));
    }
}

#[test]
fn only_those_who_are_mentioned_may_be_called() {
    let mention = |id: &str| Inline::mention(appservice_sdk::content::Id::Remote(id.to_owned()), "x");
    let here = Inline::Everyone(appservice_sdk::content::Everyone::Room);
    let called = |inlines: Vec<Inline>, may: bool| {
        let part = Part::Text(Doc::paragraph(inlines));
        planned(&Outgoing { may_ping_everyone: may, ..message(vec![part]) })[0].pings.allowed()
    };
    let cases = [
        (called(vec![Inline::text("@everyone <@7>")], false), json!({"parse": [], "users": []})),
        (called(vec![Inline::text("@everyone")], true), json!({"parse": [], "users": []})),
        (called(vec![mention("7"), mention("7"), mention("8")], false), json!({"parse": [], "users": ["7", "8"]})),
        (called(vec![here.clone()], false), json!({"parse": [], "users": []})),
        (called(vec![here], true), json!({"parse": ["everyone"], "users": []})),
        (called(vec![mention("nonsense")], false), json!({"parse": [], "users": []})),
    ];
    for (allowed, mut wanted) in cases {
        wanted["roles"] = json!([]);
        assert_eq!(allowed, wanted);
    }
    let role =
        || Inline::Role(appservice_sdk::content::Role { id: "9".to_owned(), name: "crew".to_owned(), colour: None });
    assert_eq!(called(vec![role()], false)["roles"], json!([]));
    assert_eq!(called(vec![role(), role()], true)["roles"], json!(["9"]));
}
