//! Limits and faults.

use serde_json::json;
use simulators::telegram::{Fault, Limits, Plan, Settings};

use crate::house::House;

#[tokio::test]
async fn too_many_messages_are_told_how_long_to_wait() {
    let house = House::with(Settings { limits: Limits::real(), ..Settings::default() }).await;
    let message = json!({"chat_id": house.group, "text": "x"});
    for _ in 0..3 {
        house.done("sendMessage", message.clone()).await;
    }
    let (status, body) = house.ask("sendMessage", message.clone()).await;
    let wait = body["parameters"]["retry_after"].as_u64().unwrap();
    assert_eq!((status, &body["description"]), (429, &json!(format!("Too Many Requests: retry after {wait}"))));
    house.telegram.pass(std::time::Duration::from_secs(wait));
    house.done("sendMessage", message).await;
}

#[tokio::test]
async fn an_uncertain_send_stands_though_the_answer_was_lost() {
    let house = House::open().await;
    let message = json!({"chat_id": house.group, "text": "once"});
    house.telegram.inject(Plan::new(Fault::BadGatewayAfter, "send*"));
    assert_eq!(house.ask("sendMessage", message.clone()).await.0, 502);
    house.telegram.inject(Plan::new(Fault::BadGatewayBefore, "sendMessage"));
    assert_eq!(house.ask("sendMessage", message).await.0, 502);
    assert_eq!(house.telegram.said(house.group).len(), 1);
    assert_eq!(house.telegram.faults_struck(), 2);
}

#[tokio::test]
async fn half_an_album_stands_when_the_rest_was_too_much() {
    let house = House::open().await;
    let mut files = vec![];
    for colour in 0..3 {
        let media = simulators::telegram::Media::photo([colour, 0, 0]);
        house.telegram.upload(house.group, house.ada, media, "").unwrap();
        let heard = house.next("message").await;
        files.push(json!({"type": "photo", "media": heard["photo"][1]["file_id"]}));
    }
    house.telegram.inject(Plan::new(Fault::TooManyMidAlbum { sent: 2, retry_after: 7 }, "sendMediaGroup"));
    let (status, body) = house.ask("sendMediaGroup", json!({"chat_id": house.group, "media": files})).await;
    assert_eq!((status, &body["parameters"]["retry_after"]), (429, &json!(7)));
    let mine: Vec<_> = house.telegram.said(house.group).into_iter().filter(|line| line.by_bot).collect();
    assert_eq!(mine.len(), 2);
    house.done("sendMediaGroup", json!({"chat_id": house.group, "media": files})).await;
}

#[tokio::test]
async fn updates_come_again_and_their_ids_jump() {
    let house = House::open().await;
    let (t, group, ada) = (&house.telegram, house.group, house.ada);
    t.say(group, ada, "one").unwrap();
    let first = house.drain().await[0]["update_id"].as_i64().unwrap();
    t.inject(Plan::new(Fault::UpdatesAgain(1), "getUpdates"));
    t.jump_update_id(1_000_000);
    t.say(group, ada, "two").unwrap();
    let heard = house.done("getUpdates", json!({"offset": first + 1})).await;
    assert_eq!((&heard[0]["update_id"], &heard[0]["message"]["text"]), (&json!(first), &json!("one")));
    assert_eq!(heard[1]["update_id"], first + 1_000_001);
}

#[tokio::test]
async fn a_revoked_token_opens_nothing_and_cuts_leave_no_answer() {
    let house = House::open().await;
    let url = format!("{}/bot{}/getMe", house.telegram.url(), house.telegram.token());
    house.telegram.inject(Plan::new(Fault::CutBefore, "getMe"));
    assert!(reqwest::get(&url).await.is_err());
    assert!(reqwest::get(&url).await.unwrap().status().is_success());
    house.telegram.revoke_token();
    assert_eq!(reqwest::get(&url).await.unwrap().status(), 401);
    assert_eq!(house.done("getMe", json!({})).await["is_bot"], true);
}
