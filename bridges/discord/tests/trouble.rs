//! Discord slow, broken, or against it: nothing is lost, nothing is doubled, nothing leaks.

use std::time::{Duration, Instant};

use appservice_sdk::prelude::*;
use simulators::discord::{Fault, Limits, Plan, Settings, permission};

use crate::harness::House;

const EXECUTE: &str = "POST /webhooks/{webhook}/{token}";

#[tokio::test]
async fn a_429_is_obeyed_to_the_millisecond() {
    let house = House::open().await;
    house.says("first").await;
    let retry_after = Duration::from_millis(700);
    house.discord.inject(Plan::new(Fault::TooManyRequests { retry_after, global: false }, EXECUTE));
    let began = Instant::now();
    house.says("second").await;
    assert!(began.elapsed() >= retry_after, "{:?}", began.elapsed());
    let calls: Vec<_> = house.discord.calls_to(EXECUTE).into_iter().map(|call| call.status).collect();
    assert_eq!(calls, [200, 429, 200]);
    house.reads(&["first", "second"]).await;
}

#[tokio::test]
async fn a_global_limit_holds_every_route() {
    let house = House::open().await;
    let retry_after = Duration::from_millis(400);
    house.discord.inject(Plan::new(Fault::TooManyRequests { retry_after, global: true }, "GET /users/{user}"));
    let ada = RemoteUserId::new(house.ada.to_string());
    let began = Instant::now();
    let (who, channel) = tokio::join!(house.bridge().user(&ada), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        house.bridge().chat(&house.chat()).await.map(|_| began.elapsed())
    });
    assert_eq!(who.unwrap().name, "ada");
    assert!(channel.unwrap() >= retry_after);
}

#[tokio::test]
async fn many_messages_under_real_limits_arrive_once_and_in_order() {
    let mut house = House::build(Settings { limits: Limits::faster(40.0), ..Settings::default() }).await;
    house.start().await;
    let texts: Vec<String> = (0..60).map(|n| format!("message {n}")).collect();
    for text in &texts {
        house.says(text).await;
    }
    house.reads(&texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn a_message_that_was_stored_although_the_answer_was_an_error_is_not_sent_twice() {
    for fault in [Fault::BadGatewayAfter, Fault::CutAfter] {
        let house = House::open().await;
        let first = house.says("ok").await;
        house.discord.inject(Plan::new(fault.clone(), EXECUTE));
        let second = house.says("ok").await;
        assert_ne!(first.id, second.id, "{fault:?}: the lost one was mistaken for the one before");
        house.says("end").await;
        house.reads(&["ok", "ok", "end"]).await;
        assert!(second.note.is_some());
    }
}

#[tokio::test]
async fn a_message_that_never_arrived_is_sent_again() {
    for fault in [Fault::ServerErrorBefore, Fault::CutBefore] {
        let house = House::open().await;
        house.says("ok").await;
        house.discord.inject(Plan::new(fault, EXECUTE));
        house.says("ok").await;
        house.reads(&["ok", "ok"]).await;
    }
}

#[tokio::test]
async fn a_lost_answer_in_the_middle_of_a_long_message_loses_and_doubles_no_part() {
    let house = House::open().await;
    house.discord.inject(Plan::new(Fault::BadGatewayAfter, EXECUTE).after(1));
    house.discord.inject(Plan::new(Fault::CutBefore, EXECUTE).after(2));
    let text = "lorem ".repeat(1000);
    let sent = house.send(house.message(text.trim())).await.unwrap();
    let ids: Vec<_> = house.discord.transcript(house.general).into_iter().map(|line| line.id.to_string()).collect();
    assert_eq!(ids, sent.iter().map(|sent| sent.id.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_file_whose_answer_was_lost_is_not_sent_twice() {
    let house = House::open().await;
    house.store.state().media.insert("mxc://test/a".into(), ("text/plain".into(), Bytes::from_static(b"a")));
    house.says("first").await;
    house.discord.inject(Plan::new(Fault::BadGatewayAfter, EXECUTE));
    let mut file = MediaRef::new(MediaSource::Matrix("mxc://test/a".into()));
    file.name = Some("a b.txt".into());
    house.send(house.parts(vec![Part::Media { kind: MediaKind::File, file, caption: None }])).await.unwrap();
    assert_eq!(house.discord.transcript(house.general).len(), 2);
}

#[tokio::test]
async fn a_deleted_webhook_is_made_anew_and_its_old_messages_stay_ours() {
    let house = House::open().await;
    let old = house.says("before").await;
    house.discord.inject(Plan::new(Fault::WebhookDeleted, EXECUTE));
    house.says("after").await;
    house.reads(&["before", "after"]).await;
    assert_eq!(house.discord.calls_to("POST /channels/{channel}/webhooks").len(), 2);
    // No other webhook may edit it, but the bot may delete it.
    let message = std::sync::Arc::new(house.message("before!"));
    let payload = house.bridge().plan(&message).unwrap().remove(0);
    let refused = house.bridge().edit(&Edit { target: old.clone(), payload, message }).await.unwrap_err();
    assert!(refused.to_string().contains("webhook"), "{refused}");
    house.bridge().delete(&old).await.unwrap();
    house.reads(&["after"]).await;
    assert!(house.store.heard().is_empty());
}

#[tokio::test]
async fn a_missing_permission_is_named_in_one_sentence() {
    let house = House::open().await;
    house.discord.deny_bot(house.general, permission::MANAGE_WEBHOOKS).unwrap();
    let refused = house.send(house.message("hello")).await.unwrap_err();
    assert!(refused.to_string().contains("«Manage Webhooks»"), "{refused}");
    house.discord.deny_bot(house.general, permission::ADD_REACTIONS).unwrap();
    let id = house.discord.say(house.general, house.ada, "cake").unwrap();
    let reaction = React { target: house.theirs(id), emoji: Emoji::unicode("🎂") };
    let refused = house.bridge().react(&reaction).await.unwrap_err();
    assert!(refused.to_string().contains("«Add Reactions»"), "{refused}");
}

#[tokio::test]
async fn no_error_shows_a_token() {
    let house = House::open().await;
    house.says("hello").await;
    let hook = house.discord.calls_to(EXECUTE)[0].path.clone();
    let token = hook.split('/').next_back().unwrap().split('?').next().unwrap().to_owned();
    assert!(token.len() > 20, "{hook}");
    let mut errors = Vec::new();
    for fault in [Fault::CutBefore, Fault::CutAfter, Fault::BadGatewayAfter] {
        house.discord.inject(Plan::new(fault, EXECUTE));
        let message = std::sync::Arc::new(house.message("again"));
        let payload = house.bridge().plan(&message).unwrap().remove(0);
        let attempt = Attempt {
            key: SendKey::derive(&["x"]),
            part: 0,
            of: 1,
            payload,
            message,
            before: Vec::new(),
            since: Timestamp::now(),
            tries: 0,
        };
        errors.push(house.bridge().send(&attempt).await.unwrap_err());
    }
    house.discord.inject(Plan::new(Fault::CutBefore, "POST /channels/{channel}/typing"));
    errors.push(house.bridge().typing(&house.chat(), true).await.unwrap_err());
    for error in errors {
        let mut said = format!("{error} {error:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(inner) = source {
            said.push_str(&format!(" {inner} {inner:?}"));
            source = inner.source();
        }
        assert!(!said.contains(&token) && !said.contains(house.discord.token()), "{said}");
    }
}

#[tokio::test]
async fn a_wrong_token_or_a_missing_intent_is_told_with_its_cure() {
    let mut house = House::build(Settings { privileged_intents: 0, ..Settings::default() }).await;
    let intent = house.try_start().await.unwrap_err();
    assert!(matches!(intent, ConnectError::Config(_)), "{intent:?}");
    assert!(intent.to_string().contains("Message Content Intent"), "{intent}");
    house.section["token"] = "wrong".into();
    let token = house.try_start().await.unwrap_err();
    assert!(matches!(token, ConnectError::SignedOut(_)), "{token:?}");
    assert!(token.to_string().contains("bridges.discord.token"), "{token}");
}
