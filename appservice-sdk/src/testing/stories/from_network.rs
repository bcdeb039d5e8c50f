use serde_json::json;

use crate::{
    content::Doc,
    network::{Author, Incoming, MediaKind, MediaRef, Part, Timestamp, UserInfo, What},
    testing::{
        eventually,
        world::{ALICE, BOT, World},
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn messages_come_in_order_from_the_ghost_of_whoever_spoke() {
    let world = World::new().await;
    let texts: Vec<String> = (0..30).map(|n| format!("message {n}")).collect();
    for text in &texts {
        world.net.says("c", "b", text);
    }
    eventually("all are there", || (world.bodies().len() >= texts.len()).then_some(())).await;
    world.settle().await;
    assert_eq!(world.bodies(), texts);
    assert!(world.home.said(&world.room).iter().all(|(sender, _)| sender == "@net_b:test"));
    assert_eq!(world.home.profile("@net_b:test").0.as_deref(), Some("B"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ghost_is_registered_named_and_let_in_once() {
    let world = World::new().await;
    for n in 0..5 {
        world.net.says("c", "b", &format!("{n}"));
    }
    eventually("all are there", || (world.bodies().len() == 5).then_some(())).await;
    let requests = world.home.requests();
    let count = |part: &str| requests.iter().filter(|request| request.contains(part)).count();
    assert_eq!((count("displayname"), count("/invite")), (2, 1), "{requests:#?}");
    world.net.tell(Incoming::new("c", Author::them("b", UserInfo::named("Bobby")), Timestamp::now(), What::Profile));
    eventually("the name follows", || (world.home.profile("@net_b:test").0.as_deref() == Some("Bobby")).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_original_time_is_kept() {
    let world = World::new().await;
    let mut incoming =
        Incoming::message("c", Author::them("b", UserInfo::named("B")), "old", vec![Part::Text("hi".into())]);
    incoming.at = Timestamp(1_700_000_000_000);
    world.net.tell(incoming);
    eventually("it is there", || (!world.bodies().is_empty()).then_some(())).await;
    assert_eq!(world.home.timeline(&world.room)[0]["origin_server_ts"], 1_700_000_000_000_i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_replies_reactions_and_deletions_come_over() {
    let world = World::new().await;
    let event = world.home.say(ALICE, &world.room, "question");
    world.settle().await;
    let asked = world.net.messages()[0].id.clone();
    let id = world.net.says_parts("c", "b", vec![Part::Text("ansver".into())], Some(&asked));
    world.net.edits("c", "b", &id, "answer");
    world.net.reacts("c", "d", &id, "👍", true);
    eventually("the reaction is there", || {
        world.home.timeline(&world.room).iter().any(|event| event["type"] == "m.reaction").then_some(())
    })
    .await;
    let timeline = world.home.timeline(&world.room);
    let answer = timeline.iter().find(|event| event["content"]["body"] == "ansver").unwrap();
    assert_eq!(answer["content"]["m.relates_to"]["m.in_reply_to"]["event_id"], event.as_str());
    let edit = timeline.iter().find(|event| event["content"]["body"] == "* answer").unwrap();
    assert_eq!(edit["content"]["m.relates_to"], json!({ "rel_type": "m.replace", "event_id": answer["event_id"] }));
    let reaction = timeline.iter().find(|event| event["type"] == "m.reaction").unwrap();
    assert_eq!(
        (&reaction["sender"], &reaction["content"]["m.relates_to"]["event_id"]),
        (&json!("@net_d:test"), &answer["event_id"])
    );
    world.net.reacts("c", "d", &id, "👍", false);
    world.net.deletes("c", &id);
    world.net.deletes("c", &asked);
    eventually("both are gone", || {
        let timeline = world.home.timeline(&world.room);
        let left = timeline
            .iter()
            .filter(|event| event["type"] != "m.room.redaction" && event["content"]["body"] != "* answer");
        (left.count() == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_from_matrix_does_not_come_back_as_one() {
    let world = World::new().await;
    let event = world.home.say(ALICE, &world.room, "oops");
    world.settle().await;
    let id = world.net.messages()[0].id.clone();
    world.home.redact(ALICE, &world.room, &event);
    world.settle().await;
    let before = world.home.requests().len();
    world.net.deletes("c", &id);
    world.net.says("c", "b", "after");
    eventually("it was handled", || world.bodies().contains(&"after".to_owned()).then_some(())).await;
    assert!(!world.home.requests()[before..].iter().any(|request| request.contains("/redact/")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_dispatch_is_one_message() {
    let world = World::new().await;
    let incoming = Incoming::message("c", Author::them("b", UserInfo::named("B")), "x1", vec![Part::Text("hi".into())]);
    for _ in 0..3 {
        world.net.tell(incoming.clone());
    }
    world.net.says("c", "b", "after");
    eventually("it was handled", || world.bodies().contains(&"after".to_owned()).then_some(())).await;
    assert_eq!(world.bodies(), ["hi", "after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_comes_before_its_message_waits_aside() {
    let world = World::new().await;
    world.net.edits("c", "b", "late", "new");
    world.net.says("c", "b", "unrelated");
    eventually("nobody is blocked", || world.bodies().contains(&"unrelated".to_owned()).then_some(())).await;
    let message =
        Incoming::message("c", Author::them("b", UserInfo::named("B")), "late", vec![Part::Text("old".into())]);
    world.net.tell(message);
    eventually("the edit follows", || world.bodies().contains(&"* new".to_owned()).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_uploaded_once_and_shown_with_its_caption() {
    let world = World::new().await;
    let mut file = MediaRef::remote("https://cdn/cat.png").with_id("cat");
    file.name = Some("cat.png".into());
    let part =
        |caption: &str| Part::Media { kind: MediaKind::Image, file: file.clone(), caption: Some(Doc::text(caption)) };
    world.net.says_parts("c", "b", vec![part("one")], None);
    world.net.says_parts("c", "b", vec![part("two")], None);
    eventually("both are there", || (world.bodies() == ["one", "two"]).then_some(())).await;
    let timeline = world.home.timeline(&world.room);
    let url = |at: usize| timeline[at]["content"]["url"].as_str().unwrap().to_owned();
    assert_eq!(url(0), url(1));
    assert_eq!(world.home.bytes(&url(0)).unwrap(), b"bytes of https://cdn/cat.png");
    assert_eq!(timeline[0]["content"]["msgtype"], "m.image");
    assert_eq!(world.home.requests().iter().filter(|request| request.contains("upload")).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_lost_leaves_a_note_and_does_not_block() {
    let world = World::new().await;
    let file = MediaRef::remote("missing");
    world.net.says_parts("c", "b", vec![Part::Media { kind: MediaKind::File, file, caption: None }], None);
    world.net.says("c", "b", "after");
    eventually("both are there", || (world.bodies().len() == 2).then_some(())).await;
    assert_eq!(world.bodies(), ["[a file could not be carried over]", "after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ghost_that_was_kicked_is_let_in_again_when_it_speaks() {
    let world = World::new().await;
    world.net.says("c", "b", "one");
    eventually("it is there", || (world.bodies().len() == 1).then_some(())).await;
    world.home.kick(&world.room, ALICE, "@net_b:test");
    world.settle().await;
    world.net.says("c", "b", "two");
    eventually("it is there", || (world.bodies().len() == 2).then_some(())).await;
    world.home.kick(&world.room, ALICE, BOT);
    world.home.kick(&world.room, ALICE, "@net_b:test");
    world.net.says("c", "b", "three");
    world.settle().await;
    assert_eq!(world.bodies().len(), 2, "without the bot nobody lets it in, and nothing hangs");
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_is_shown_for_ghosts_that_are_there() {
    let world = World::new().await;
    world.net.says("c", "b", "one");
    eventually("it is there", || (world.bodies().len() == 1).then_some(())).await;
    world.net.happens("c", "b", What::Typing { on: true });
    eventually("typing is shown", || (world.home.typists(&world.room) == ["@net_b:test"]).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_one_visible_notice() {
    let world = World::new().await;
    world.net.happens("c", "b", What::Gap { note: "about 400 messages".into() });
    eventually("it is told", || (!world.notices().is_empty()).then_some(())).await;
    assert_eq!(world.notices(), ["Some messages are missing here: about 400 messages"]);
}
