//! Telegram slow, broken, or against it: nothing is lost, nothing is doubled, nothing leaks.

use std::time::Duration;

use appservice_sdk::prelude::*;
use serde_json::json;
use simulators::telegram::{Fault, Limits, Media, Plan, Settings};

use crate::harness::{House, Outcome};
use crate::store::texts;

#[tokio::test]
async fn a_lost_answer_is_found_and_not_sent_twice() {
    for fault in [Fault::BadGatewayAfter, Fault::CutAfter] {
        let house = House::open().await;
        house.greeted().await;
        house.says("ok").await;
        house.telegram.inject(Plan::new(fault.clone(), "sendMessage"));
        let lost = house.send(house.message("ok!")).await;
        assert!(matches!(lost, Outcome::Sent(_)), "{fault:?}: {lost:?}");
        house.says("end").await;
        house.reads(&["Alice: ok", "Alice: ok!", "Alice: end"]).await;
    }
}

#[tokio::test]
async fn what_may_not_have_arrived_is_said_to_be_uncertain() {
    for fault in [Fault::BadGatewayBefore, Fault::CutBefore] {
        let house = House::open().await;
        house.greeted().await;
        house.telegram.inject(Plan::new(fault.clone(), "sendMessage"));
        assert_eq!(house.send(house.message("lost")).await, Outcome::Uncertain, "{fault:?}");
        house.reads(&[]).await;
    }
}

#[tokio::test]
async fn order_holds_under_limits_and_interruptions() {
    let mut house = House::build(Settings { limits: Limits::faster(60.0), ..Settings::default() }).await;
    house.start().await;
    house.greeted().await;
    house.telegram.inject(Plan::new(Fault::TooManyRequests { retry_after: 1 }, "sendMessage").after(3));
    house.telegram.inject(Plan::new(Fault::BadGatewayAfter, "sendMessage").chance(0.2, 7));
    house.telegram.inject(Plan::new(Fault::BadGatewayBefore, "getUpdates").chance(0.2, 9));
    let mut wanted = Vec::new();
    for n in 0..20 {
        house.telegram.say(house.group, house.ada, &format!("theirs {n}")).unwrap();
        let text = format!("ours {n}");
        if let Outcome::Refused(why) = house.send(house.message(&text)).await {
            panic!("{text}: {why}");
        }
        wanted.push(format!("Alice: {text}"));
    }
    assert!(house.telegram.faults_struck() > 2);
    assert_eq!(house.spoken(), wanted, "each is there once, in order");
    let heard = house.store.hears(21).await;
    assert_eq!(heard[1..], (0..20).map(|n| format!("theirs {n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn wherever_the_bridge_is_killed_everything_is_heard_once() {
    let mut house = House::open().await;
    house.kill();
    let mut wanted = Vec::new();
    for round in 0..12_u8 {
        for n in 0..3 {
            let text = format!("{round}.{n}");
            house.telegram.say(house.group, house.ada, &text).unwrap();
            wanted.push(text);
        }
        let photos = vec![Media::photo([1, 2, 3]), Media::photo([4, 5, 6])];
        house.telegram.album(house.group, house.ada, photos, &format!("album {round}")).unwrap();
        wanted.push(format!("album {round}"));
        house.telegram.inject(Plan::new(Fault::UpdatesAgain(2), "getUpdates"));
        house.start().await;
        tokio::time::sleep(Duration::from_millis(u64::from(round) * 13)).await;
        house.kill();
    }
    house.start().await;
    house.telegram.say(house.group, house.ada, "end").unwrap();
    wanted.push("end".to_owned());
    assert_eq!(house.store.hears(wanted.len()).await, wanted);
    let state = house.store.state();
    let whole = |what: &What| matches!(what, What::Message { parts, .. } if parts.len() == 2);
    assert_eq!(state.events.iter().filter(|event| whole(&event.what)).count(), 12, "every album is whole");
}

#[tokio::test]
async fn wherever_the_bridge_is_killed_what_it_says_is_there_once_or_known_to_be_uncertain() {
    let mut house = House::open().await;
    house.greeted().await;
    let mut certain = 0;
    for round in 0..15_u64 {
        let text = format!("round {round}");
        house.telegram.inject(Plan::new(Fault::SlowAnswer(Duration::from_millis(20)), "sendMessage"));
        let cut = tokio::time::timeout(Duration::from_millis(round * 3), house.send(house.message(&text))).await;
        house.kill();
        house.start().await;
        // The engine asks before it repeats; what it cannot learn it tells the sender.
        let outcome = match cut {
            Ok(outcome) => outcome,
            Err(_) => house.found(&text).await,
        };
        let there = house.spoken().into_iter().filter(|line| *line == format!("Alice: {text}")).count();
        match outcome {
            Outcome::Sent(_) => {
                assert_eq!(there, 1, "{text}");
                certain += 1;
            }
            Outcome::Uncertain => assert!(there <= 1, "{text}"),
            Outcome::Refused(why) => panic!("{why}"),
        }
    }
    assert!(certain > 0);
}

#[tokio::test]
async fn what_cannot_be_stored_is_not_confirmed() {
    let house = House::open().await;
    house.telegram.say(house.group, house.ada, "one").unwrap();
    house.store.hears(1).await;
    house.store.state().refuse = 2;
    house.telegram.say(house.group, house.ada, "two").unwrap();
    assert_eq!(house.store.hears(2).await, ["one", "two"]);
}

#[tokio::test]
async fn a_lost_group_and_a_wrong_token_are_said_plainly_and_nothing_leaks() {
    let mut house = House::open().await;
    let secret = house.telegram.token();
    house.telegram.kick(house.group, house.telegram.bot(), house.ada).unwrap();
    let Outcome::Refused(why) = house.send(house.message("hello")).await else { panic!() };
    assert!(why.contains("add it again"), "{why}");
    house.telegram.revoke_token();
    house.kill();
    let Err(error) = house.try_start().await else { panic!() };
    assert!(matches!(&error, ConnectError::SignedOut(why) if why.contains("@BotFather")), "{error:?}");
    house.section["api_url"] = json!("http://127.0.0.1:9");
    let Err(error) = house.try_start().await else { panic!() };
    let ConnectError::Later { why, .. } = &error else { panic!("{error:?}") };
    let told = format!("{error:?} {why:?} {why}");
    assert!(!told.contains(secret.split_once(':').unwrap().1), "{told}");
}

#[tokio::test]
async fn updates_brought_to_the_public_port_need_the_secret_and_are_stored_before_the_answer() {
    let mut house = House::open().await;
    house.kill();
    house.section["mode"] = json!("webhook");
    house.section["public_url"] = json!("https://matrix.test/_bridge/telegram");
    house.start().await;
    let call = house.telegram.calls_to("setWebhook").pop().unwrap();
    assert_eq!(call.params["url"], "https://matrix.test/_bridge/telegram/telegram/update");
    let secret = call.params["secret_token"].as_str().unwrap().to_owned();
    let update = json!({"update_id": 5, "message": {"message_id": 900, "date": 1, "chat": {"id": house.group},
        "from": {"id": house.ada, "first_name": "Ada"}, "text": "brought"}});
    let request = |secret: &str| HttpRequest {
        method: "POST".into(),
        path: "/telegram/update".into(),
        query: String::new(),
        headers: vec![("x-telegram-bot-api-secret-token".into(), secret.into())],
        body: update.to_string().into(),
        peer: None,
        trusted: false,
    };
    assert_eq!(house.http(request("guess")).await.status, 401);
    assert!(texts(&house.store.state().events).is_empty());
    for _ in 0..2 {
        assert_eq!(house.http(request(&secret)).await.status, 200);
        assert_eq!(texts(&house.store.state().events), ["brought"]);
    }
}
