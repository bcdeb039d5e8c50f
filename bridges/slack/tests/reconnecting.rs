//! The socket cut, refreshed, lost: every message is told once, in order, with its own time.

use std::time::Duration;

use appservice_sdk::prelude::*;
use simulators::slack::{Fault, Goodbye, Plan};

use crate::harness::House;

#[tokio::test]
async fn what_was_said_while_nobody_listened_is_fetched_with_its_own_times() {
    let mut house = House::open().await;
    let root = house.slack.say(&house.general, &house.ada, "one").unwrap();
    house.store.hears(1).await;
    house.kill();
    house.slack.wait_for(crate::harness::SOON, |slack| slack.sockets().0 == 0).await.unwrap();
    let two = house.slack.say(&house.general, &house.ada, "two").unwrap();
    house.slack.reply(&house.general, &house.ada, &root, "three").unwrap();
    house.slack.say(&house.general, &house.ada, "four").unwrap();
    house.start().await;
    assert_eq!(house.store.hears(4).await, ["one", "two", "three", "four"]);
    let told = house.event(|event| matches!(&event.what, What::Message { id, .. } if id.as_str() == two)).await;
    let seconds: i64 = two.split_once('.').unwrap().0.parse().unwrap();
    assert_eq!(told.at.0 / 1000, seconds);
    house.slack.say(&house.general, &house.ada, "five").unwrap();
    assert_eq!(house.store.hears(5).await.last().unwrap(), "five");
}

#[tokio::test]
async fn a_thread_that_was_alive_is_followed_however_old_its_root() {
    let mut house = House::open().await;
    let root = house.slack.say(&house.general, &house.ada, "root").unwrap();
    house.slack.reply(&house.general, &house.ada, &root, "first").unwrap();
    for n in 0..120 {
        house.slack.say(&house.general, &house.ada, &n.to_string()).unwrap();
    }
    house.store.hears(122).await;
    house.settled().await;
    house.kill();
    house.slack.reply(&house.general, &house.ada, &root, "second").unwrap();
    house.start().await;
    assert_eq!(house.store.hears(123).await.last().unwrap(), "second");
}

#[tokio::test]
async fn what_could_not_be_stored_is_not_acknowledged() {
    let mut house = House::open().await;
    house.store.state().refuse = u32::MAX;
    house.slack.say(&house.general, &house.ada, "one").unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(house.slack.told().acknowledged, 0);
    house.kill();
    house.store.state().refuse = 0;
    house.start().await;
    house.slack.say(&house.general, &house.ada, "two").unwrap();
    assert_eq!(house.store.hears(2).await, ["one", "two"]);
}

#[tokio::test]
async fn a_gap_too_wide_to_fill_is_told_and_the_newest_messages_are_kept() {
    let mut house = House::open().await;
    house.slack.say(&house.general, &house.ada, "seen").unwrap();
    house.store.hears(1).await;
    house.settled().await;
    house.kill();
    house.slack.wait_for(crate::harness::SOON, |slack| slack.sockets().0 == 0).await.unwrap();
    for n in 0..1100 {
        house.slack.say(&house.general, &house.ada, &n.to_string()).unwrap();
    }
    house.start().await;
    let heard = house.store.hears(1001).await;
    assert_eq!((heard[1].as_str(), heard[1000].as_str()), ("100", "1099"));
    assert!(house.store.state().events.iter().any(|event| matches!(event.what, What::Gap { .. })));
}

#[tokio::test]
async fn whatever_happens_to_the_socket_every_message_is_told_once_and_in_order() {
    for fault in [Fault::Twice, Fault::AckLost, Fault::Drop, Fault::DropBefore, Fault::Refresh] {
        let house = House::open().await;
        house.slack.inject(Plan::new(fault.clone(), "message.channels").times(3).after(2));
        let texts: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        for text in &texts {
            house.slack.say(&house.general, &house.ada, text).unwrap();
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        let mut heard = house.store.hears(20).await;
        heard.truncate(20);
        assert_eq!(heard, texts, "{fault:?}");
    }
}

#[tokio::test]
async fn a_goodbye_is_followed_by_another_socket() {
    for goodbye in [Goodbye::Warning, Goodbye::Refresh, Goodbye::Cut] {
        let house = House::open().await;
        let (_, opened) = house.slack.sockets();
        house.slack.disconnect(goodbye);
        house.slack.wait_for(crate::harness::SOON, |slack| slack.sockets().1 > opened).await.unwrap();
        house.slack.say(&house.general, &house.ada, "still there?").unwrap();
        assert_eq!(house.store.hears(1).await, ["still there?"], "{goodbye:?}");
    }
}

#[tokio::test]
async fn a_silent_socket_is_given_up() {
    let house = House::open().await;
    house.slack.inject(Plan::new(Fault::Zombie, "message.channels"));
    house.slack.say(&house.general, &house.ada, "one").unwrap();
    house.slack.say(&house.general, &house.ada, "anybody there?").unwrap();
    assert_eq!(house.store.hears(2).await, ["one", "anybody there?"]);
}
