use std::time::Duration;

use crate::{
    settings::StatusEvents,
    testing::{
        SendFault, eventually,
        world::{ALICE, BOB, World},
    },
};

/// The statuses told of a message, in order.
pub(super) fn statuses(world: &World, event: &str) -> Vec<String> {
    let told = world.home.timeline(&world.room).into_iter().filter(|told| {
        told["type"] == "com.beeper.message_send_status" && told["content"]["m.relates_to"]["event_id"] == event
    });
    told.map(|told| told["content"]["status"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The events of the bot's notices.
fn notices(world: &World) -> Vec<String> {
    let told = world.home.timeline(&world.room).into_iter().filter(|told| told["content"]["msgtype"] == "m.notice");
    told.map(|told| told["event_id"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn reaches(world: &World, event: &str, wanted: &[&str]) {
    eventually("the status is told", || (statuses(world, event) == wanted).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_message_is_tried_again_once_by_its_sender_or_a_moderator() {
    let world = World::new().await;
    world.net.fail([SendFault::Refuse("busy".into()), SendFault::Refuse("busy".into())]);
    let event = world.home.say(BOB, &world.room, "hello");
    world.settle().await;
    reaches(&world, &event, &["FAIL_RETRIABLE"]).await;
    world.home.react("@carol:test", &world.room, &event, "🔁");
    world.settle().await;
    assert_eq!(world.net.asked().0, 1, "others cannot");
    // By a moderator at the notice: it fails again; then by its sender at the message, twice.
    world.home.react(ALICE, &world.room, &notices(&world)[0], "🔁");
    world.settle().await;
    assert_eq!(notices(&world).len(), 2);
    world.home.say(BOB, &world.room, "meanwhile");
    world.home.react(BOB, &world.room, &event, "🔁\u{fe0f}");
    world.home.react(BOB, &world.room, &event, "🔁");
    world.settle().await;
    assert_eq!(world.net.texts(), ["meanwhile", "hello"]);
    reaches(&world, &event, &["FAIL_RETRIABLE", "FAIL_RETRIABLE", "SUCCESS"]).await;
    assert!(world.net.reactions().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_arrived_are_not_sent_again() {
    let world = World::new().await;
    world.net.cut_at(3);
    let event = world.home.say(ALICE, &world.room, "aaa");
    world.settle().await;
    world.net.fail([SendFault::Later(Duration::from_millis(1)), SendFault::Refuse("no".into())]);
    let failed = world.home.say(ALICE, &world.room, "bbbccc");
    world.settle().await;
    world.home.react(ALICE, &world.room, &failed, "🔁");
    world.settle().await;
    assert_eq!(world.net.texts(), ["aaa", "bbb", "ccc"]);
    assert!(statuses(&world, &event).is_empty(), "what simply arrived has its receipt");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_message_that_was_taken_back_is_not_tried_again() {
    let world = World::new().await;
    world.net.fail([SendFault::Refuse("no".into())]);
    let event = world.home.say(ALICE, &world.room, "oh");
    world.settle().await;
    world.home.redact(ALICE, &world.room, &event);
    world.settle().await;
    world.home.react(ALICE, &world.room, &notices(&world)[0], "🔁");
    world.home.say(ALICE, &world.room, "next");
    eventually("the next is there", || (world.net.texts() == ["next"]).then_some(())).await;
    assert_eq!(world.net.asked().0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_waits_long_is_pending_and_then_there() {
    let mut world = World::new().await;
    world.settings.delivery_status = StatusEvents::All;
    world.restart().await;
    let event = world.home.say(ALICE, &world.room, "quick");
    world.settle().await;
    reaches(&world, &event, &["SUCCESS"]).await;
    world.net.fail([SendFault::Later(Duration::from_secs(11))]);
    let event = world.home.say(ALICE, &world.room, "slow");
    reaches(&world, &event, &["PENDING"]).await;
    reaches(&world, &event, &["PENDING", "SUCCESS"]).await;
    assert_eq!(world.net.texts(), ["quick", "slow"]);
}
