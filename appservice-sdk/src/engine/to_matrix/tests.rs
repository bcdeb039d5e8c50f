use super::*;
use serde_json::Value;

use crate::{
    content::Doc,
    network::{Emoji, MediaKind, MediaRef, MediaSource, Part, RemoteUserId, Timestamp, UserInfo},
};

fn bob() -> Author {
    Author::Them(RemoteUserId::from("b"), UserInfo::named("Bob"))
}

fn incoming(what: What) -> Incoming {
    Incoming { at: Timestamp(1000), ..Incoming::new("c", bob(), Timestamp(1000), what) }
}

fn text(text: &str) -> Part {
    Part::Text(Doc::text(text))
}

fn said(id: &str, parts: Vec<Part>, reply_to: Option<&str>, thread: Option<&str>) -> Incoming {
    let reply_to = reply_to.map(MessageId::from);
    incoming(What::Message { id: id.into(), parts, reply_to, thread: thread.map(MessageId::from), profile: None })
}

fn row(id: &str, part: i64, says: &Part) -> MessageRow {
    MessageRow {
        chat: "c".into(),
        id: id.into(),
        part,
        event_id: format!("${id}.{part}"),
        author_id: "b".into(),
        hash: hash_of_part(says),
        ..MessageRow::default()
    }
}

#[derive(Default)]
struct Seen {
    rows: Vec<MessageRow>,
    reactions: Vec<ReactionRow>,
    media: HashMap<String, Uploaded>,
}

fn decide(incoming: &Incoming, seen: &Seen) -> Plan {
    let view = View {
        bridge: "net",
        room: "!r:s",
        rows: &seen.rows,
        reactions: &seen.reactions,
        media: &seen.media,
        pins: &[],
        latest_in_thread: None,
        directory: &(),
    };
    to_matrix(incoming, &view)
}

fn steps(plan: Plan) -> Vec<Step> {
    match plan {
        Plan::Do { steps, .. } => steps,
        other => panic!("{other:?}"),
    }
}

fn sends(plan: Plan) -> Vec<(Actor, Send)> {
    let only = |step| match step {
        Step::Send(sending) => (sending.by, sending.event),
        Step::Redact { .. } => panic!("{step:?}"),
    };
    steps(plan).into_iter().map(only).collect()
}

#[test]
fn each_part_is_an_event_of_the_ghost_under_a_key_of_its_own() {
    let message = said("1", vec![text("one"), text("two")], None, None);
    let sent = sends(decide(&message, &Seen::default()));
    assert_eq!(
        sent.iter().map(|(_, event)| event.content["body"].as_str().unwrap()).collect::<Vec<_>>(),
        ["one", "two"]
    );
    assert!(sent.iter().all(|(by, event)| *by == Actor::Ghost("b".into()) && event.at == Some(Timestamp(1000))));
    assert_ne!(sent[0].1.key, sent[1].1.key);
    let again = sends(decide(&message, &Seen::default()));
    assert_eq!(sent[0].1.key, again[0].1.key, "a replay has the same key");
}

#[test]
fn a_message_that_is_known_is_not_sent_again() {
    let seen = Seen { rows: vec![row("1", 0, &text("one"))], ..Seen::default() };
    assert!(matches!(decide(&said("1", vec![text("one")], None, None), &seen), Plan::Skip(_)));
}

#[test]
fn an_echo_of_the_bridge_is_nothing() {
    let echo = Incoming { from: Author::Me, ..said("1", vec![text("one")], None, None) };
    assert!(matches!(decide(&echo, &Seen::default()), Plan::Skip(_)));
}

#[test]
fn replies_and_threads_point_at_events() {
    let seen = Seen { rows: vec![row("0", 0, &text("root")), row("r", 0, &text("r"))], ..Seen::default() };
    let relation = |reply, thread| {
        let sent = sends(decide(&said("1", vec![text("x")], reply, thread), &seen));
        sent[0].1.content["m.relates_to"].clone()
    };
    assert_eq!(relation(Some("r"), None), json!({ "m.in_reply_to": { "event_id": "$r.0" } }));
    assert_eq!(relation(None, Some("0"))["event_id"], "$0.0");
    assert_eq!(relation(Some("r"), Some("0"))["m.in_reply_to"]["event_id"], "$r.0");
    assert_eq!(relation(Some("unknown"), None), Value::Null, "an unknown target falls through");
}

#[test]
fn an_edit_touches_only_the_parts_that_changed() {
    let rows = vec![row("1", 0, &text("same")), row("1", 1, &text("old")), row("1", 2, &text("last"))];
    let seen = Seen { rows, ..Seen::default() };
    let edit = |parts| incoming(What::Edit { id: "1".into(), parts });
    assert!(steps(decide(&edit(vec![text("same"), text("old"), text("last")]), &seen)).is_empty());
    let changed = sends(decide(&edit(vec![text("same"), text("new"), text("last")]), &seen));
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].1.content["m.relates_to"], json!({ "rel_type": "m.replace", "event_id": "$1.1" }));
    assert_eq!(changed[0].1.content["m.new_content"]["body"], "new");
    let added = sends(decide(&edit(vec![text("same"), text("old"), text("last"), text("more")]), &seen));
    assert_eq!((added.len(), added[0].1.content["body"].as_str()), (1, Some("more")));
    let fewer = steps(decide(&edit(vec![text("same")]), &seen));
    assert_eq!(fewer.len(), 2);
    assert!(fewer.iter().all(|step| matches!(step, Step::Redact { forget: Forget::Part { .. }, .. })));
    assert!(matches!(decide(&edit(vec![text("x")]), &Seen::default()), Plan::Wait(_)));
    let stale = Seen { rows: vec![MessageRow { version: 2000, ..row("1", 0, &text("newest")) }], ..Seen::default() };
    assert!(matches!(decide(&edit(vec![text("x")]), &stale), Plan::Skip(_)));
}

#[test]
fn a_deletion_redacts_all_parts_as_their_author_and_once_only() {
    let rows = vec![row("1", 0, &text("a")), row("1", 1, &text("b"))];
    let delete = Incoming { from: Author::Nobody, ..incoming(What::Delete { id: "1".into() }) };
    let made = steps(decide(&delete, &Seen { rows: rows.clone(), ..Seen::default() }));
    assert!(made.iter().all(|step| matches!(step, Step::Redact { by: Actor::Ghost(ghost), .. } if ghost == "b")));
    let gone = rows.into_iter().map(|row| MessageRow { deleted: 1, ..row }).collect();
    assert!(steps(decide(&delete, &Seen { rows: gone, ..Seen::default() })).is_empty());
    let from_matrix = MessageRow { from_matrix: 1, author_id: "@alice:s".into(), ..row("1", 0, &text("a")) };
    let made = steps(decide(&delete, &Seen { rows: vec![from_matrix], ..Seen::default() }));
    assert!(matches!(made.as_slice(), [Step::Redact { by: Actor::Bot, .. }]));
}

#[test]
fn reactions_are_put_once_and_taken_back() {
    let react = |on| incoming(What::React { id: "1".into(), emoji: Emoji::unicode("👍"), on });
    let rows = vec![row("1", 0, &text("a"))];
    let sent = sends(decide(&react(true), &Seen { rows: rows.clone(), ..Seen::default() }));
    let annotation = json!({ "rel_type": "m.annotation", "event_id": "$1.0", "key": "👍" });
    assert_eq!(sent[0].1.content["m.relates_to"], annotation);
    let there = ReactionRow {
        chat: "c".into(),
        id: "1".into(),
        emoji: "👍".into(),
        sender: "b".into(),
        from_matrix: 0,
        event_id: "$re".into(),
        room_id: "!r:s".into(),
        shown: "👍".into(),
    };
    let seen = Seen { rows, reactions: vec![there], ..Seen::default() };
    assert!(matches!(decide(&react(true), &seen), Plan::Skip(_)));
    assert!(matches!(&steps(decide(&react(false), &seen))[..], [Step::Redact { event_id, .. }] if event_id == "$re"));
    let cleared = incoming(What::React { id: "1".into(), emoji: Emoji::unicode(""), on: false });
    assert_eq!(steps(decide(&Incoming { from: Author::Nobody, ..cleared }, &seen)).len(), 1);
}

#[test]
fn files_carry_name_caption_and_facts() {
    let mut file = MediaRef::remote("https://cdn/1").with_id("1");
    file.name = Some("a.png".into());
    (file.width, file.height) = (Some(2), Some(3));
    let uploaded = Uploaded {
        source: "1".into(),
        sha256: String::new(),
        mxc: "mxc://s/u".into(),
        mime: Some("image/png".into()),
        size: 9,
    };
    let part = |caption| Part::Media { kind: MediaKind::Image, file: file.clone(), caption };
    let seen = Seen { media: HashMap::from([("1".to_owned(), uploaded)]), ..Seen::default() };
    let content =
        |part: Part, seen: &Seen| sends(decide(&said("1", vec![part], None, None), seen))[0].1.content.clone();
    let plain = content(part(None), &seen);
    assert_eq!(
        (&plain["body"], &plain["filename"], &plain["url"]),
        (&json!("a.png"), &json!("a.png"), &json!("mxc://s/u"))
    );
    assert_eq!(plain["info"], json!({ "size": 9, "mimetype": "image/png", "w": 2, "h": 3 }));
    assert_eq!(content(part(Some(Doc::text("look"))), &seen)["body"], "look");
    assert_eq!(content(part(None), &Seen::default())["msgtype"], "m.notice", "a file that is lost leaves a note");
    file.source = MediaSource::Web("https://x/1".into());
}

#[test]
fn a_file_whose_address_was_signed_anew_did_not_change() {
    let part =
        |url: &str| Part::Media { kind: MediaKind::File, file: MediaRef::remote(url).with_id("1"), caption: None };
    let seen = Seen { rows: vec![row("1", 0, &part("https://cdn/1?sig=a"))], ..Seen::default() };
    let edit = incoming(What::Edit { id: "1".into(), parts: vec![part("https://cdn/1?sig=b")] });
    assert!(steps(decide(&edit, &seen)).is_empty());
}

#[test]
fn a_look_for_one_message_is_worn_with_a_fallback() {
    let mut message = said("1", vec![text("built")], None, None);
    if let What::Message { profile, .. } = &mut message.what {
        *profile = Some(UserInfo::named("CI <1>"));
    }
    let content = sends(decide(&message, &Seen::default()))[0].1.content.clone();
    assert_eq!(content["com.beeper.per_message_profile"]["displayname"], "CI <1>");
    assert_eq!(content["body"], "CI <1>: built");
    assert_eq!(content["formatted_body"], "<strong data-mx-profile-fallback>CI &lt;1&gt;: </strong>built");
}
