//! The gateway cut, resumed, lost: every message is told once, in order, with its own time.

use std::time::Duration;

use appservice_sdk::prelude::*;
use simulators::discord::{Fault, Limits, Plan, Settings};

use crate::harness::{House, SOON};

#[tokio::test]
async fn after_a_kill_discord_replays_what_was_not_stored() {
    let mut house = House::open().await;
    house.discord.say(house.general, house.ada, "one").unwrap();
    house.store.hears(1).await;
    house.kill();
    house.discord.forget_calls();
    for text in ["two", "three"] {
        house.discord.say(house.general, house.ada, text).unwrap();
    }
    house.try_start().await.unwrap();
    assert_eq!(house.store.hears(3).await, ["one", "two", "three"]);
    assert_eq!(house.discord.sessions(), (1, 1));
    assert!(house.discord.calls_to("GET /channels/{channel}/messages").is_empty());
}

#[tokio::test]
async fn what_could_not_be_stored_is_not_passed_over() {
    let mut house = House::open().await;
    house.store.state().refuse = u32::MAX;
    house.discord.say(house.general, house.ada, "one").unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    house.kill();
    house.store.state().refuse = 2;
    house.try_start().await.unwrap();
    house.discord.say(house.general, house.ada, "two").unwrap();
    assert_eq!(house.store.hears(2).await, ["one", "two"]);
}

#[tokio::test]
async fn when_the_session_is_lost_history_fills_the_gap_with_its_own_times() {
    let mut house = House::open().await;
    let root = house.discord.say(house.general, house.ada, "one").unwrap();
    house.store.hears(1).await;
    house.kill();
    let mut said = Vec::new();
    said.push(house.discord.say(house.general, house.ada, "two").unwrap());
    let thread = house.discord.thread_on(house.general, root, house.ada, "aside").unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await;
    said.push(house.discord.say(thread, house.ada, "three").unwrap());
    tokio::time::sleep(Duration::from_millis(5)).await;
    said.push(house.discord.say(house.general, house.ada, "four").unwrap());
    house.discord.strike(&Fault::ForgetReplay);
    house.try_start().await.unwrap();
    assert_eq!(house.store.hears(4).await, ["one", "two", "three", "four"]);
    let times: Vec<i64> = house
        .store
        .state()
        .events
        .iter()
        .filter(|event| matches!(event.what, What::Message { .. }))
        .map(|event| event.at.0)
        .collect();
    assert_eq!(times[1..], said.iter().map(|id| i64::try_from(id.time()).unwrap()).collect::<Vec<_>>());
    house.discord.say(house.general, house.ada, "five").unwrap();
    assert_eq!(house.store.hears(5).await.last().unwrap(), "five");
}

#[tokio::test]
async fn a_gap_too_wide_to_fill_is_told_and_the_newest_messages_are_kept() {
    let mut house = House::open().await;
    house.discord.say(house.general, house.ada, "seen").unwrap();
    house.store.hears(1).await;
    house.kill();
    for n in 0..1100 {
        house.discord.say(house.general, house.ada, &n.to_string()).unwrap();
    }
    house.discord.strike(&Fault::ForgetReplay);
    house.try_start().await.unwrap();
    let heard = house.store.hears(1001).await;
    assert_eq!((heard[1].as_str(), heard[1000].as_str()), ("100", "1099"));
    assert!(house.store.state().events.iter().any(|event| matches!(event.what, What::Gap { .. })));
}

#[tokio::test]
async fn what_our_webhook_said_meanwhile_is_not_told_by_history() {
    let mut house = House::open().await;
    house.discord.say(house.general, house.ada, "one").unwrap();
    house.store.hears(1).await;
    house.says("ours").await;
    house.kill();
    house.discord.say(house.general, house.ada, "two").unwrap();
    house.discord.strike(&Fault::ForgetReplay);
    house.try_start().await.unwrap();
    assert_eq!(house.store.hears(2).await, ["one", "two"]);
}

#[tokio::test]
async fn whatever_happens_to_the_socket_every_message_is_told_once_and_in_order() {
    let faults = [
        Fault::Drop,
        Fault::Reconnect,
        Fault::Close(4000),
        Fault::Close(4009),
        Fault::InvalidSession { resumable: true },
        Fault::InvalidSession { resumable: false },
        Fault::DispatchTwice,
    ];
    for fault in faults {
        let house = House::open().await;
        house.discord.inject(Plan::new(fault.clone(), "MESSAGE_CREATE").times(3).after(2));
        let texts: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        for text in &texts {
            house.discord.say(house.general, house.ada, text).unwrap();
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        assert_eq!(house.store.hears(20).await, texts, "{fault:?}");
    }
}

#[tokio::test]
async fn a_silent_socket_is_noticed_by_its_missing_heartbeats() {
    let settings = Settings {
        limits: Limits::off(),
        heartbeat_interval: Duration::from_millis(150),
        heartbeat_patience: 0,
        ..Settings::default()
    };
    let mut house = House::build(settings).await;
    house.start().await;
    house.discord.strike(&Fault::Zombie);
    house.discord.say(house.general, house.ada, "anybody there?").unwrap();
    assert_eq!(house.store.hears(1).await, ["anybody there?"]);
    assert_eq!(house.discord.sessions(), (1, 1));
}

#[tokio::test]
async fn random_trouble_loses_doubles_and_reorders_nothing() {
    let house = House::open().await;
    house.discord.inject(Plan::new(Fault::Drop, "MESSAGE_CREATE").chance(0.05, 1));
    house.discord.inject(Plan::new(Fault::Reconnect, "MESSAGE_CREATE").chance(0.05, 2));
    house.discord.inject(Plan::new(Fault::InvalidSession { resumable: false }, "MESSAGE_CREATE").chance(0.03, 3));
    house.discord.inject(Plan::new(Fault::ServerErrorBefore, "GET /channels/{channel}/messages").chance(0.2, 4));
    let texts: Vec<String> = (0..150).map(|n| n.to_string()).collect();
    for text in &texts {
        house.discord.say(house.general, house.ada, text).unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::timeout(SOON * 3, async {
        while house.store.heard().len() < 150 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(house.store.heard(), texts);
}

#[tokio::test]
async fn what_happened_to_known_messages_while_no_session_could_be_resumed_is_made_up_for() {
    let mut house = House::open().await;
    let bea = house.discord.person(house.guild, "bea").unwrap();
    let says = |text: &str| house.discord.say(house.general, house.ada, text).unwrap();
    let (edited, deleted, cake, tea) = (says("helo"), says("oops"), says("cake"), says("tea"));
    house.discord.say(house.general, bea, "bye").unwrap();
    house.discord.react(house.general, tea, house.ada, "👍").unwrap();
    house.told(|event| matches!(event.what, What::React { .. })).await;
    house.store.hears(5).await;
    house.kill();
    house.discord.edit(house.general, edited, "hello").unwrap();
    house.discord.delete(house.general, deleted).unwrap();
    house.discord.react(house.general, cake, house.ada, "🎂").unwrap();
    house.discord.unreact(house.general, tea, house.ada, "👍").unwrap();
    house.discord.pin(house.general, cake, house.ada).unwrap();
    house.discord.kick(house.guild, bea).unwrap();
    house.discord.strike(&Fault::ForgetReplay);
    house.discord.strike(&Fault::InvalidSession { resumable: false });
    let before = house.store.state().events.len();
    house.try_start().await.unwrap();
    let is = |id: simulators::discord::Snowflake, what: &MessageId| what.as_str() == id.to_string();
    house.told(|event| matches!(&event.what, What::Edit { id, .. } if is(edited, id))).await;
    house.told(|event| matches!(&event.what, What::Delete { id } if is(deleted, id))).await;
    house.told(|event| matches!(&event.what, What::React { id, on: true, .. } if is(cake, id))).await;
    house.told(|event| matches!(&event.what, What::React { id, on: false, .. } if is(tea, id))).await;
    house.told(|event| matches!(&event.what, What::Pins { ids } if ids.len() == 1 && is(cake, &ids[0]))).await;
    house.told(|event| event.what == What::Member { joined: false }).await;
    let deletes = house.store.state().events[before..].iter().filter(|e| matches!(e.what, What::Delete { .. })).count();
    assert_eq!(deletes, 1);
}

#[tokio::test]
async fn what_the_bridge_edited_or_deleted_itself_is_not_taken_for_somebody_elses_doing() {
    let mut house = House::open().await;
    let (kept, gone) = (house.says("kept").await, house.says("gone").await);
    house.discord.say(house.general, house.ada, "hello").unwrap();
    house.store.hears(1).await;
    let message = std::sync::Arc::new(house.message("kept, but better"));
    let payload = house.bridge().plan(&message).unwrap().remove(0);
    house.bridge().edit(&Edit { target: kept, payload, message }).await.unwrap();
    house.bridge().delete(&gone).await.unwrap();
    house.discord.say(house.general, house.ada, "and on").unwrap();
    house.store.hears(2).await;
    house.kill();
    house.discord.strike(&Fault::InvalidSession { resumable: false });
    house.try_start().await.unwrap();
    house.discord.say(house.general, house.ada, "last").unwrap();
    house.store.hears(3).await;
    let changes = |event: &Incoming| matches!(event.what, What::Edit { .. } | What::Delete { .. });
    assert!(!house.store.state().events.iter().any(changes));
}
