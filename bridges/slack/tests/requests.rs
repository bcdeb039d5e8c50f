//! Events over HTTP: signed, stored, answered.

use appservice_sdk::prelude::*;
use serde_json::json;

use crate::harness::{House, settings};

fn request(path: &str, headers: &[(&str, &str)], body: &str) -> HttpRequest {
    HttpRequest {
        method: "POST".into(),
        path: path.into(),
        query: String::new(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        peer: None,
        trusted: false,
    }
}

#[tokio::test]
async fn what_is_not_signed_by_slack_is_refused() {
    let mut house = House::build(settings()).await;
    let secret = house.slack.signing_secret().to_owned();
    house.section["mode"] = "http".into();
    house.section["signing_secret"] = secret.into();
    house.start().await;
    let event = json!({ "type": "event_callback", "event_id": "Ev1", "event": {} }).to_string();
    assert_eq!(house.http(request("/slack/events", &[], &event)).await.status, 401);
    let now = (Timestamp::now().0 / 1000).to_string();
    let forged = [("x-slack-signature", "v0=0000"), ("x-slack-request-timestamp", now.as_str())];
    assert_eq!(house.http(request("/slack/events", &forged, &event)).await.status, 401);
    assert_eq!(house.http(request("/elsewhere", &[], "")).await.status, 404);
}

#[tokio::test]
async fn over_a_socket_there_is_no_such_address() {
    let house = House::open().await;
    assert_eq!(house.http(request("/slack/events", &[], "{}")).await.status, 404);
}
