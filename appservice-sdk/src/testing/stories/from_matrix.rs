use std::time::{Duration, Instant};

use serde_json::json;

use crate::testing::{
    SendFault, eventually,
    world::{ALICE, BOB, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn messages_reach_the_network_in_order() {
    let world = World::new().await;
    let texts: Vec<String> = (0..30).map(|n| format!("message {n}")).collect();
    for text in &texts {
        world.home.say(ALICE, &world.room, text);
    }
    eventually("all are there", || (world.net.texts().len() >= texts.len()).then_some(())).await;
    world.settle().await;
    assert_eq!(world.net.texts(), texts);
    assert_eq!(world.net.messages()[0].name, "alice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_a_reply_a_reaction_and_a_redaction_follow_their_message() {
    let world = World::new().await;
    let first = world.home.say(ALICE, &world.room, "helo");
    world.home.edit(ALICE, &world.room, &first, "hello");
    world.home.reply(BOB, &world.room, &first, "hi");
    let (one, two) =
        (world.home.react(ALICE, &world.room, &first, "👍"), world.home.react(BOB, &world.room, &first, "👍"));
    eventually("the reply is there", || (world.net.texts() == ["hello", "hi"]).then_some(())).await;
    world.settle().await;
    let hello = world.net.messages()[0].clone();
    assert_eq!(world.net.messages()[1].reply_to.as_ref(), Some(&hello.id));
    assert_eq!(world.net.reactions(), [(hello.id.clone(), "👍".to_owned())], "one reaction stands for both");
    world.home.redact(ALICE, &world.room, &one);
    world.settle().await;
    assert_eq!(world.net.reactions().len(), 1);
    world.home.redact(BOB, &world.room, &two);
    world.settle().await;
    assert!(world.net.reactions().is_empty());
    world.home.redact(ALICE, &world.room, &first);
    world.settle().await;
    assert_eq!(world.net.texts(), ["hi"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_message_is_cut_and_its_edit_changes_adds_and_removes_parts() {
    let world = World::new().await;
    world.net.cut_at(3);
    let event = world.home.say(ALICE, &world.room, "aaabbbccc");
    world.settle().await;
    assert_eq!(world.net.texts(), ["aaa", "bbb", "ccc"]);
    world.home.edit(ALICE, &world.room, &event, "aaaBBBcccddd");
    world.settle().await;
    assert_eq!(world.net.texts(), ["aaa", "BBB", "ccc", "ddd"]);
    world.home.edit(ALICE, &world.room, &event, "aaa");
    world.settle().await;
    assert_eq!(world.net.texts(), ["aaa"]);
    world.home.redact(ALICE, &world.room, &event);
    world.settle().await;
    assert!(world.net.texts().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_waits_exactly_as_long_as_the_network_asks_and_keeps_its_order() {
    let world = World::new().await;
    world.net.fail([SendFault::Later(Duration::from_millis(700))]);
    let begun = Instant::now();
    world.home.say(ALICE, &world.room, "one");
    world.home.say(ALICE, &world.room, "two");
    eventually("both are there", || (world.net.texts().len() == 2).then_some(())).await;
    assert_eq!(world.net.texts(), ["one", "two"]);
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_millis(700) && waited < Duration::from_millis(3000), "{waited:?}");
    assert_eq!(world.net.asked(), (3, 0), "what was surely not sent is not looked up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_the_network_asked_for_holds_across_a_restart() {
    let mut world = World::new().await;
    world.net.fail([SendFault::Later(Duration::from_millis(1500))]);
    let begun = Instant::now();
    world.home.say(ALICE, &world.room, "one");
    eventually("it was tried", || (world.net.asked().0 == 1).then_some(())).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.restart().await;
    eventually("it is there", || (world.net.texts().len() == 1).then_some(())).await;
    assert!(begun.elapsed() >= Duration::from_millis(1500));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_whose_answer_was_lost_is_looked_up_and_not_doubled() {
    let world = World::new().await;
    world.net.fail([SendFault::CutAfterSend]);
    world.home.say(ALICE, &world.room, "once");
    world.settle().await;
    assert_eq!((world.net.texts(), world.net.asked()), (vec!["once".to_owned()], (1, 1)));
    world.net.fail([SendFault::CutBeforeSend]);
    world.home.say(ALICE, &world.room, "twice tried");
    world.settle().await;
    assert_eq!((world.net.texts().len(), world.net.asked()), (2, (3, 2)));
    assert!(world.notices().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_one_notice_at_the_message_and_the_lane_goes_on() {
    let world = World::new().await;
    world.net.fail([SendFault::Refuse("that word is forbidden".into())]);
    let event = world.home.say(ALICE, &world.room, "a word");
    world.home.say(ALICE, &world.room, "next");
    world.settle().await;
    assert_eq!(world.net.texts(), ["next"]);
    assert_eq!(world.notices(), ["Not delivered: that word is forbidden. React with 🔁 to try again."]);
    let timeline = world.home.timeline(&world.room);
    let notice = timeline.iter().find(|event| event["sender"] == "@netbot:test").unwrap();
    assert_eq!(notice["content"]["msgtype"], "m.notice");
    assert_eq!(notice["content"]["m.relates_to"]["m.in_reply_to"]["event_id"], event.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_is_gone_closes_its_portal() {
    let world = World::new().await;
    world.net.fail([SendFault::ChatGone]);
    world.home.say(ALICE, &world.room, "anybody?");
    world.settle().await;
    assert_eq!(world.notices().len(), 1);
    assert!(world.running().core.portals.all().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_an_unknown_message_blocks_nobody() {
    let world = World::new().await;
    world.home.react(ALICE, &world.room, "$unknown", "👍");
    world.home.edit(ALICE, &world.room, "$unknown", "new");
    world.home.say(ALICE, &world.room, "next");
    eventually("the next is there", || (world.net.texts() == ["next"]).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_is_shown_at_once_but_not_that_of_ghosts() {
    let world = World::new().await;
    world.home.typing(&world.room, &["@net_b:test"]);
    world.home.typing(&world.room, &[ALICE]);
    eventually("typing is shown", || world.net.typing().contains(&("c".to_owned(), true)).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_goes_out_with_the_name_the_sender_has_in_the_room() {
    let world = World::new().await;
    let member = |name: &str| json!({ "membership": "join", "displayname": name });
    world.home.set_state(ALICE, &world.room, "m.room.member", ALICE, member("Alice L."));
    world.home.say(ALICE, &world.room, "one");
    world.settle().await;
    world.home.set_state(ALICE, &world.room, "m.room.member", ALICE, member("Al"));
    world.home.say(ALICE, &world.room, "two");
    world.settle().await;
    let names: Vec<String> = world.net.messages().into_iter().map(|message| message.name).collect();
    assert_eq!(names, ["Alice L.", "Al"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_breaks_stops_nothing() {
    let world = World::new().await;
    world.net.fail([SendFault::Panic]);
    world.home.say(ALICE, &world.room, "once broken");
    world.settle().await;
    assert_eq!(world.net.texts(), ["once broken"]);
    world.net.fail([SendFault::Panic, SendFault::Panic, SendFault::Panic, SendFault::Panic]);
    world.home.say(ALICE, &world.room, "always broken");
    world.home.say(ALICE, &world.room, "next");
    world.settle().await;
    assert_eq!(world.net.texts(), ["once broken", "next"]);
    assert_eq!(world.notices(), ["Not delivered: the bridge failed on this message. React with 🔁 to try again."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_waits_while_the_account_is_signed_out() {
    let world = World::new().await;
    world.net.fail([SendFault::SignedOut]);
    world.home.say(ALICE, &world.room, "one");
    world.home.say(ALICE, &world.room, "two");
    world.settle().await;
    assert_eq!(world.net.texts(), ["one", "two"]);
    assert!(world.notices().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sender_sees_that_a_message_arrived() {
    let world = World::new().await;
    world.home.say(ALICE, &world.room, "one");
    let last = world.home.say(ALICE, &world.room, "two");
    eventually("the bot reads it", || {
        (world.home.read_by(&world.room, "@netbot:test").as_ref() == Some(&last)).then_some(())
    })
    .await;
}
