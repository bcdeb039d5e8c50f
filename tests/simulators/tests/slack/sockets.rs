//! Socket Mode: acknowledgements, redelivery, goodbyes, and what is never told.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::slack::{Fault, Goodbye, Limits, Plan, Settings};

use crate::wire::{House, SOON, house, house_with};

async fn hasty() -> House {
    let settings = Settings {
        limits: Limits::off(),
        ack_patience: Duration::from_millis(300),
        retries: vec![Duration::ZERO, Duration::from_millis(50)],
        refresh_grace: Duration::from_millis(50),
        ..Settings::default()
    };
    house_with(settings).await
}

#[tokio::test]
async fn what_is_not_acknowledged_comes_again_and_is_given_up_in_the_end() {
    let house = hasty().await;
    let mut socket = house.socket().await;
    house.slack.say(&house.news, &house.ada, "x").unwrap();
    let first = socket.next().await;
    assert_eq!((&first["type"], &first["retry_attempt"]), (&json!("events_api"), &json!(0)));
    for attempt in 1..=2 {
        let again = socket.next().await;
        assert_eq!((&again["retry_attempt"], &again["retry_reason"]), (&json!(attempt), &json!("timeout")));
        assert_eq!(again["envelope_id"], first["envelope_id"]);
        assert_eq!(again["payload"]["event_id"], first["payload"]["event_id"]);
    }
    house.slack.wait_for(SOON, |s| s.told().given_up == 1).await.unwrap();
    house.slack.say(&house.news, &house.ada, "y").unwrap();
    let frame = socket.next().await;
    socket.ack(&frame).await;
    house.slack.wait_for(SOON, |s| s.unacknowledged() == 0 && s.told().acknowledged == 1).await.unwrap();
}

#[tokio::test]
async fn nothing_of_a_gap_is_told_later() {
    let house = house().await;
    house.slack.say(&house.news, &house.ada, "before").unwrap();
    let mut socket = house.socket().await;
    house.slack.say(&house.news, &house.ada, "during").unwrap();
    assert_eq!(socket.event("message").await["text"], "during");
    house.slack.disconnect(Goodbye::Cut);
    assert_eq!(socket.next().await, Value::Null);
    house.slack.say(&house.news, &house.ada, "gap").unwrap();
    let mut socket = house.socket().await;
    house.slack.say(&house.news, &house.ada, "after").unwrap();
    assert_eq!(socket.event("message").await["text"], "after");
    let history = house.done("conversations.history", json!({ "channel": house.news, "limit": 2 })).await;
    assert_eq!(history["messages"][1]["text"], "gap", "but it is in the history");
}

#[tokio::test]
async fn faults_of_the_socket_strike_where_they_were_planned() {
    let house = hasty().await;
    let mut socket = house.socket().await;
    let say = |text: &str| house.slack.say(&house.news, &house.ada, text).unwrap();
    house.slack.inject(Plan::new(Fault::Twice, "message.channels"));
    say("twice");
    let (one, two) = (socket.next().await, socket.next().await);
    assert_ne!(one["envelope_id"], two["envelope_id"]);
    assert_eq!(one["payload"]["event_id"], two["payload"]["event_id"]);
    socket.ack(&one).await;
    socket.ack(&two).await;
    house.slack.wait_for(SOON, |s| s.unacknowledged() == 0).await.unwrap();
    house.slack.inject(Plan::new(Fault::AckLost, "message.channels"));
    say("ack lost");
    let one = socket.next().await;
    socket.ack(&one).await;
    let again = socket.next().await;
    assert_eq!((&again["retry_attempt"], &again["envelope_id"]), (&json!(1), &one["envelope_id"]));
    socket.ack(&again).await;
    house.slack.wait_for(SOON, |s| s.unacknowledged() == 0).await.unwrap();
    house.slack.inject(Plan::new(Fault::DropBefore, "message.channels"));
    say("in the void");
    assert_eq!(socket.next().await, Value::Null);
    let mut socket = house.socket().await;
    let late = socket.next().await;
    assert_eq!((&late["payload"]["event"]["text"], &late["retry_attempt"]), (&json!("in the void"), &json!(1)));
    socket.ack(&late).await;
}

#[tokio::test]
async fn slack_says_goodbye_before_it_closes() {
    let house = hasty().await;
    for (how, reason) in [(Goodbye::Warning, "warning"), (Goodbye::Refresh, "refresh_requested")] {
        let mut socket = house.socket().await;
        house.slack.disconnect(how);
        let goodbye = socket.next().await;
        assert_eq!((&goodbye["type"], &goodbye["reason"]), (&json!("disconnect"), &json!(reason)));
        assert_eq!(socket.next().await, Value::Null);
    }
    let mut socket = house.socket().await;
    house.slack.disconnect(Goodbye::Disabled);
    assert_eq!(socket.next().await["reason"], "link_disabled");
    let again = house.ask("apps.connections.open", house.slack.app_token(), json!({})).await;
    assert_eq!(again.json::<Value>().await.unwrap()["error"], "link_disabled");
}

#[tokio::test]
async fn events_go_to_one_socket_of_several() {
    let house = house().await;
    let (mut one, mut two) = (house.socket().await, house.socket().await);
    for n in 0..4 {
        house.slack.say(&house.news, &house.ada, &n.to_string()).unwrap();
    }
    let mut heard = Vec::new();
    for socket in [&mut one, &mut two] {
        for _ in 0..2 {
            heard.push(socket.event("message").await["text"].as_str().unwrap().to_owned());
        }
    }
    heard.sort();
    assert_eq!(heard, ["0", "1", "2", "3"]);
}

#[tokio::test]
async fn a_ticket_opens_one_socket() {
    let house = house().await;
    let answer = house.ask("apps.connections.open", house.slack.app_token(), json!({})).await;
    let url = answer.json::<Value>().await.unwrap()["url"].as_str().unwrap().to_owned();
    let first = tokio_tungstenite::connect_async(&url).await.unwrap();
    assert!(tokio_tungstenite::connect_async(&url).await.is_err());
    drop(first);
}

#[tokio::test]
async fn the_world_is_kept_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let settings = || Settings { state: Some(folder.path().join("slack.json")), ..Settings::default() };
    let house = house_with(settings()).await;
    let file = house.slack.file(&house.ada, "a.txt", "words").unwrap();
    house.slack.say(&house.news, &house.ada, "stays").unwrap();
    house.slack.stop().await;
    let slack = simulators::slack::Slack::start(settings()).await.unwrap();
    assert_eq!(slack.transcript(&house.news)[0].text, "stays");
    assert_eq!(slack.stored_file(&file).unwrap().bytes.unwrap(), "words");
}
