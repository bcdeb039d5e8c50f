//! What goes wrong on the way to Slack, and at the beginning.

use appservice_sdk::prelude::*;
use simulators::slack::{Fault, Goodbye, Limits, Plan, Settings};

use crate::harness::{House, settings};

#[tokio::test]
async fn a_message_whose_answer_is_lost_is_there_once() {
    for fault in [
        Fault::InternalError,
        Fault::InternalErrorAfter,
        Fault::ServerErrorBefore,
        Fault::BadGatewayAfter,
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::RateLimited { retry_after: 1 },
    ] {
        let house = House::open().await;
        house.slack.inject(Plan::new(fault.clone(), "chat.postMessage"));
        house.says("one").await;
        house.says("two").await;
        let told: Vec<String> = house.slack.transcript(&house.general).into_iter().map(|line| line.plain).collect();
        assert_eq!(told, ["one", "two"], "{fault:?}");
    }
}

#[tokio::test]
async fn a_file_whose_answer_is_lost_is_there_once() {
    for (fault, at) in [
        (Fault::CutAfter, "files.completeUploadExternal"),
        (Fault::BadGatewayAfter, "files.completeUploadExternal"),
        (Fault::ServerErrorBefore, "files.completeUploadExternal"),
        (Fault::CutAfter, "files.getUploadURLExternal"),
        (Fault::ServerErrorBefore, "upload"),
    ] {
        let house = House::open().await;
        house.store.state().media.insert("mxc://test/a".into(), ("text/plain".into(), Bytes::from_static(b"abc")));
        let file = MediaRef {
            name: Some("a.txt".into()),
            size: Some(3),
            ..MediaRef::new(MediaSource::Matrix("mxc://test/a".into()))
        };
        house.slack.inject(Plan::new(fault.clone(), at));
        let part = Part::Media { kind: MediaKind::File, file, caption: None };
        let sent = house.send(house.parts(vec![part])).await.unwrap();
        let lines = house.slack.transcript(&house.general);
        assert_eq!(lines.len(), 1, "{fault:?} at {at}: {lines:#?}");
        assert_eq!(lines[0].ts, sent[0].id.as_str());
    }
}

#[tokio::test]
async fn a_refusal_is_a_plain_sentence() {
    let house = House::open().await;
    for (word, says) in [("not_in_channel", "/invite"), ("is_archived", "archived"), ("restricted_action", "rules")] {
        house.slack.inject(Plan::new(Fault::Refused(word), "chat.postMessage"));
        let error = house.send(house.message("x")).await.unwrap_err();
        assert!(matches!(error, SendError::Refused(_)) && error.to_string().contains(says), "{word}: {error}");
    }
    let gone = Outgoing { chat: "C0000000".into(), ..house.message("x") };
    assert!(matches!(house.send(gone).await.unwrap_err(), SendError::ChatGone));
}

#[tokio::test]
async fn limits_are_kept_by_waiting_and_order_stays() {
    let house = House::build(Settings { limits: Limits::faster(20.0), ..settings() }).await;
    let mut house = house;
    house.start().await;
    let texts: Vec<String> = (0..12).map(|n| n.to_string()).collect();
    for text in &texts {
        house.says(text).await;
    }
    let told: Vec<String> = house.slack.transcript(&house.general).into_iter().map(|line| line.plain).collect();
    assert_eq!(told, texts);
}

#[tokio::test]
async fn a_token_that_is_not_valid_is_said_to_be_so() {
    let mut house = House::build(settings()).await;
    house.section["token"] = "xoxb-wrong".into();
    assert!(matches!(house.try_start().await, Err(ConnectError::SignedOut(_))));
    house.section["token"] = house.slack.token().into();
    house.section["app_token"] = "xapp-wrong".into();
    let error = house.try_start().await.unwrap_err();
    assert!(matches!(&error, ConnectError::SignedOut(why) if why.contains("app_token")), "{error}");
}

#[tokio::test]
async fn an_app_without_vital_rights_does_not_start_and_says_what_it_lacks() {
    let mut house = House::build(settings()).await;
    house.slack.set_scopes("channels:read,users:read,chat:write");
    let error = house.try_start().await.unwrap_err();
    assert!(matches!(&error, ConnectError::Config(why) if why.contains("channels:history")), "{error}");
}

#[tokio::test]
async fn a_revoked_token_ends_the_connection() {
    let house = House::open().await;
    house.slack.revoke_token();
    house.store.until(|state| state.down.clone().filter(|why| why.contains("revoked"))).await;
    assert!(matches!(house.send(house.message("x")).await.unwrap_err(), SendError::SignedOut));
}

#[tokio::test]
async fn sockets_that_are_turned_off_are_said_to_be_so() {
    let house = House::open().await;
    house.slack.disconnect(Goodbye::Disabled);
    house.store.until(|state| state.down.clone().filter(|why| why.contains("Socket Mode"))).await;
}
