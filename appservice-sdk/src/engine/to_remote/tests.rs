use serde_json::{Value, json};

use super::*;
use crate::{
    content::Doc,
    network::{MediaKind, MediaRef, MediaSource},
};

fn event(kind: &str, content: Value) -> MatrixEvent {
    MatrixEvent {
        event_id: "$new".into(),
        room_id: "!r:s".into(),
        kind: kind.into(),
        sender: "@alice:s".into(),
        origin_server_ts: 1000,
        content,
        ..MatrixEvent::default()
    }
}

fn row(event_id: &str, id: &str, part: i64) -> MessageRow {
    MessageRow {
        chat: "c".into(),
        id: id.into(),
        part,
        event_id: event_id.into(),
        room_id: "!r:s".into(),
        from_matrix: 1,
        author_id: "@alice:s".into(),
        ..MessageRow::default()
    }
}

fn reaction(event_id: &str, sender: &str) -> ReactionRow {
    ReactionRow {
        chat: "c".into(),
        id: "1".into(),
        emoji: "👍".into(),
        sender: sender.into(),
        from_matrix: 1,
        event_id: event_id.into(),
        room_id: "!r:s".into(),
        shown: "👍".into(),
    }
}

struct Seen {
    rows: Vec<MessageRow>,
    reaction: Option<ReactionRow>,
    reactions: Vec<ReactionRow>,
    pins: Vec<String>,
    ghost: Option<RemoteUserId>,
    moderates: bool,
    features: Features,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            rows: vec![],
            reaction: None,
            reactions: vec![],
            pins: vec![],
            ghost: None,
            moderates: false,
            features: Features::all(),
        }
    }
}

fn decide(event: &MatrixEvent, seen: &Seen) -> Plan {
    to_remote(
        event,
        &View {
            chat: "c".into(),
            features: seen.features,
            sender: OnBehalf::default(),
            may_ping_everyone: false,
            rows: &seen.rows,
            reaction: seen.reaction.as_ref(),
            reactions: &seen.reactions,
            emoji: None,
            pins: &seen.pins,
            poll: None,
            ghost: seen.ghost.clone(),
            moderates: seen.moderates,
            directory: &(),
        },
    )
}

fn sent(plan: Plan) -> Outgoing {
    match plan {
        Plan::Send(message) => *message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn messages_become_parts() {
    let info = json!({ "mimetype": "image/png", "size": 5, "w": 2, "h": 3 });
    let mut picture = MediaRef::new(MediaSource::Matrix("mxc://s/1".into()));
    picture.name = Some("a.png".into());
    picture.mime = Some("image/png".into());
    (picture.size, picture.width, picture.height) = (Some(5), Some(2), Some(3));
    let image = |caption| Part::Media { kind: MediaKind::Image, file: picture.clone(), caption };
    let mut spoken = MediaRef::new(MediaSource::Matrix("mxc://s/1".into()));
    (spoken.name, spoken.duration, spoken.waveform) = (Some("v.ogg".into()), Some(1500), vec![0, 1024, 8]);
    let voice = Part::Media { kind: MediaKind::Voice, file: spoken, caption: None };
    let cases = [
        (json!({ "msgtype": "m.text", "body": "hi" }), Part::Text(Doc::text("hi"))),
        (json!({ "msgtype": "m.emote", "body": "waves" }), Part::Emote(Doc::text("waves"))),
        (json!({ "msgtype": "m.notice", "body": "ok" }), Part::Notice(Doc::text("ok"))),
        (json!({ "msgtype": "org.example.new", "body": "fallback" }), Part::Text(Doc::text("fallback"))),
        (json!({ "msgtype": "m.image", "body": "a.png", "url": "mxc://s/1", "info": info }), image(None)),
        (
            json!({ "msgtype": "m.image", "body": "look", "filename": "a.png", "url": "mxc://s/1", "info": info }),
            image(Some(Doc::text("look"))),
        ),
        (
            json!({ "msgtype": "m.audio", "body": "v.ogg", "url": "mxc://s/1", "org.matrix.msc3245.voice": {},
                "org.matrix.msc1767.audio": { "duration": 1500, "waveform": [0, 5000, 7.6] } }),
            voice,
        ),
        (
            json!({ "msgtype": "m.location", "body": "here", "geo_uri": "geo:1.5,-2;u=3" }),
            Part::Location { latitude: 1.5, longitude: -2.0, label: Some("here".into()) },
        ),
    ];
    for (content, part) in cases {
        assert_eq!(sent(decide(&event("m.room.message", content), &Seen::default())).parts, [part]);
    }
}

#[test]
fn what_says_nothing_is_skipped_and_what_cannot_be_said_refused() {
    let no_files = Seen { features: Features::text_only(), ..Seen::default() };
    let small = Seen { features: Features { max_file: Some(4), ..Features::all() }, ..Seen::default() };
    let file = json!({ "msgtype": "m.file", "body": "x", "url": "mxc://s/1", "info": { "size": 5 } });
    let cases = [
        (event("m.room.message", json!({})), Seen::default(), Plan::Skip("an empty message")),
        (event("m.room.message", json!(["nonsense"])), Seen::default(), Plan::Skip("an empty message")),
        (event("m.room.message", file.clone()), no_files, Plan::Refuse(Refusal::Unsupported("sending files"))),
        (event("m.room.message", file), small, Plan::Refuse(Refusal::TooLarge { max: 4 })),
        (event("m.reaction", json!({})), Seen::default(), Plan::Skip("a reaction to nothing")),
        (event("m.room.create", json!({})), Seen::default(), Plan::Skip("no message")),
    ];
    for (event, seen, plan) in cases {
        assert_eq!(decide(&event, &seen), plan);
    }
}

#[test]
fn replies_and_threads_refer_to_what_is_known_over_there() {
    let content = json!({ "msgtype": "m.text", "body": "hi", "m.relates_to": { "rel_type": "m.thread", "event_id": "$root",
        "m.in_reply_to": { "event_id": "$r" } } });
    let known = Seen { rows: vec![row("$root", "1", 0), row("$r", "2", 0)], ..Seen::default() };
    let message = sent(decide(&event("m.room.message", content.clone()), &known));
    assert_eq!(message.thread.map(|known| known.id), Some("1".into()));
    assert_eq!(message.reply_to.map(|known| known.id), Some("2".into()));
    let message = sent(decide(&event("m.room.message", content), &Seen::default()));
    assert_eq!((message.thread, message.reply_to), (None, None));
}

#[test]
fn what_answers_or_edits_a_message_in_a_thread_stays_in_it() {
    let inside = MessageRow { thread: Some("1".into()), ..row("$in", "2", 0) };
    let seen = Seen { rows: vec![inside, row("$root", "1", 0)], ..Seen::default() };
    let reply =
        json!({ "msgtype": "m.text", "body": "hi", "m.relates_to": { "m.in_reply_to": { "event_id": "$in" } } });
    let message = sent(decide(&event("m.room.message", reply), &seen));
    assert_eq!(message.thread.map(|root| root.id), Some("1".into()));
    let edit = json!({ "msgtype": "m.text", "body": "* x", "m.new_content": { "msgtype": "m.text", "body": "x" },
        "m.relates_to": { "rel_type": "m.replace", "event_id": "$in" } });
    let Plan::Edit { message, parts } = decide(&event("m.room.message", edit), &seen) else { panic!() };
    assert_eq!((message.thread.map(|root| root.id), parts.len()), (Some("1".into()), 1));
}

#[test]
fn edits_change_what_was_sent_by_the_same_person() {
    let edit = event(
        "m.room.message",
        json!({ "msgtype": "m.text", "body": "* new", "m.new_content": { "msgtype": "m.text", "body": "new" },
                "m.relates_to": { "rel_type": "m.replace", "event_id": "$old" } }),
    );
    assert_eq!(decide(&edit, &Seen::default()), Plan::Wait("$old".into()));
    let theirs = MessageRow { author_id: "@bob:s".into(), ..row("$old", "1", 0) };
    let newer = MessageRow { version: 2000, ..row("$old", "1", 0) };
    let gone = MessageRow { deleted: 1, ..row("$old", "1", 0) };
    for (row, why) in [
        (theirs, "an edit of somebody else's message"),
        (newer, "an edit older than the newest"),
        (gone, "an edit of a deleted message"),
    ] {
        assert_eq!(decide(&edit, &Seen { rows: vec![row], ..Seen::default() }), Plan::Skip(why));
    }
    let rows = vec![row("$old", "1", 0), row("$old", "2", 1)];
    let Plan::Edit { message, parts } = decide(&edit, &Seen { rows: rows.clone(), ..Seen::default() }) else {
        panic!()
    };
    assert_eq!(message.parts, [Part::Text(Doc::text("new"))]);
    assert_eq!((message.event_id.as_str(), parts), ("$old", rows.clone()));
    let unable = Features { edit: false, ..Features::all() };
    let instead = sent(decide(&edit, &Seen { rows, features: unable, ..Seen::default() }));
    assert!(instead.is_edit && instead.event_id == "$new");
}

#[test]
fn the_network_sees_the_first_reaction_and_the_last_withdrawal() {
    let react =
        event("m.reaction", json!({ "m.relates_to": { "event_id": "$m", "key": "👍", "rel_type": "m.annotation" } }));
    let told = |plan: &Plan| match plan {
        Plan::React { tell, .. } | Plan::Unreact { tell, .. } => tell.is_some(),
        other => panic!("{other:?}"),
    };
    let rows = vec![row("$m", "1", 0)];
    let with = |reactions: Vec<ReactionRow>| Seen { rows: rows.clone(), reactions, ..Seen::default() };
    assert_eq!(decide(&react, &Seen::default()), Plan::Wait("$m".into()));
    assert!(told(&decide(&react, &with(vec![]))));
    assert!(!told(&decide(&react, &with(vec![reaction("$b", "@bob:s")]))));
    let again = decide(&react, &with(vec![reaction("$a", "@alice:s")]));
    assert_eq!(again, Plan::Skip("a reaction that is there already"));

    let redact = event("m.room.redaction", json!({ "redacts": "$a" }));
    let (mine, theirs) = (reaction("$a", "@alice:s"), reaction("$b", "@bob:s"));
    let of = |reactions| Seen { reaction: Some(mine.clone()), ..with(reactions) };
    assert!(told(&decide(&redact, &of(vec![mine.clone()]))));
    assert!(!told(&decide(&redact, &of(vec![mine.clone(), theirs]))));
}

#[test]
fn a_redaction_deletes_all_parts() {
    let redact = event("m.room.redaction", json!({ "redacts": "$m" }));
    let rows = vec![row("$m", "1", 0), row("$m", "2", 1)];
    assert_eq!(decide(&redact, &Seen::default()), Plan::Wait("$m".into()));
    assert_eq!(decide(&redact, &Seen { rows: rows.clone(), ..Seen::default() }), Plan::Delete(rows));
}

#[test]
fn pins_are_told_once_and_only_of_what_both_sides_know() {
    let pinned = event("m.room.pinned_events", json!({ "pinned": ["$m", "$unknown"] }));
    let rows = vec![row("$m", "1", 0), row("$old", "2", 0)];
    let seen = |pins: &[&str]| Seen {
        rows: rows.clone(),
        pins: pins.iter().map(|&pin| pin.to_owned()).collect(),
        ..Seen::default()
    };
    let Plan::Pins { calls, .. } = decide(&pinned, &seen(&["$old"])) else { panic!() };
    let calls: Vec<(String, bool)> = calls.into_iter().map(|(known, on)| (known.id.to_string(), on)).collect();
    assert_eq!(calls, [("2".to_owned(), false), ("1".to_owned(), true)]);
    assert_eq!(decide(&pinned, &seen(&["$m"])), Plan::Skip("pins that both sides know"));
    let unable = Seen { features: Features { pin: false, ..Features::all() }, ..seen(&[]) };
    assert_eq!(decide(&pinned, &unable), Plan::Skip("the network has no pins"));
}

#[test]
fn messages_of_before_the_chat_moved_are_no_targets() {
    let former = vec![MessageRow { chat: "former".into(), ..row("$m", "1", 0) }];
    let seen = Seen { rows: former, ..Seen::default() };
    let reply = json!({ "msgtype": "m.text", "body": "hi", "m.relates_to": { "m.in_reply_to": { "event_id": "$m" } } });
    assert_eq!(sent(decide(&event("m.room.message", reply), &seen)).reply_to, None);
    let redact = event("m.room.redaction", json!({ "redacts": "$m" }));
    assert_eq!(decide(&redact, &seen), Plan::Skip("a message of before the chat moved"));
}

#[test]
fn who_puts_a_ghost_out_or_calls_it_in_does_so_over_there() {
    use crate::network::Act;
    let member = |membership: &str, before: Option<&str>| MatrixEvent {
        before: before.map(str::to_owned),
        ..event("m.room.member", json!({ "membership": membership, "reason": "spam" }))
    };
    let seen = |moderates: bool| Seen { ghost: Some("b".into()), moderates, ..Seen::default() };
    let act = |plan: Plan| match plan {
        Plan::Moderate(order) => Some(order.act),
        _ => None,
    };
    let cases = [
        (member("leave", Some("join")), false, Some(Act::Kick)),
        (member("leave", Some("ban")), false, Some(Act::Unban)),
        (member("leave", Some("invite")), true, None),
        (member("ban", Some("join")), false, Some(Act::Ban)),
        (member("invite", Some("leave")), true, Some(Act::Invite)),
        (member("invite", Some("leave")), false, None),
        (member("join", Some("invite")), true, None),
    ];
    for (event, moderates, wanted) in cases {
        assert_eq!(act(decide(&event, &seen(moderates))), wanted, "{event:?}");
    }
    let unable = Seen { features: Features { moderate: false, ..Features::all() }, ..seen(true) };
    assert!(matches!(decide(&member("ban", None), &unable), Plan::Refuse(Refusal::Unsupported(_))));
    assert!(matches!(decide(&member("invite", None), &unable), Plan::Skip(_)));
}
