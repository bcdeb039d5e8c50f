//! The Web API: tokens, scopes, forms, limits, refusals, faults.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::slack::{Fault, Limits, Plan, Settings};

use crate::wire::{house, house_with};

#[tokio::test]
async fn a_request_needs_the_right_token() {
    let house = house().await;
    let (bot, app) = (house.slack.token().to_owned(), house.slack.app_token().to_owned());
    for (method, token, error) in [
        ("auth.test", "", "not_authed"),
        ("auth.test", "xoxb-wrong", "invalid_auth"),
        ("auth.test", app.as_str(), "not_allowed_token_type"),
        ("apps.connections.open", bot.as_str(), "not_allowed_token_type"),
        ("rtm.start", bot.as_str(), "unknown_method"),
    ] {
        let response = house.ask(method, token, json!({})).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.json::<Value>().await.unwrap()["error"], error, "{method}");
    }
    house.slack.revoke_token();
    assert_eq!(house.refused("auth.test", json!({})).await, "token_revoked");
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let house = house_with(Settings { scopes: "chat:write,users:read".to_owned(), ..Settings::default() }).await;
    let response = house.ask("conversations.history", house.slack.token(), json!({ "channel": house.news })).await;
    assert_eq!(response.headers()["x-oauth-scopes"], "chat:write,users:read");
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["error"], "missing_scope");
    assert_eq!((&answer["needed"], &answer["provided"]), (&json!("channels:history"), &json!("chat:write,users:read")));
    assert_eq!(house.refused("conversations.list", json!({ "types": "private_channel" })).await, "missing_scope");
    assert_eq!(house.done("users.info", json!({ "user": house.ada })).await["user"]["profile"]["email"], Value::Null);
}

#[tokio::test]
async fn arguments_come_in_the_address_a_form_or_json() {
    let house = house().await;
    let url = format!("{}/users.info", house.slack.api_url());
    let token = house.slack.token();
    let asked = [
        house.http().get(format!("{url}?user={}", house.ada)).bearer_auth(token),
        house.http().post(&url).form(&[("user", house.ada.as_str()), ("token", token)]),
        house
            .http()
            .post(&url)
            .multipart(reqwest::multipart::Form::new().text("user", house.ada.clone()))
            .bearer_auth(token),
    ];
    for request in asked {
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["user"]["name"], "ada", "{answer}");
    }
    let broken = house.http().post(&url).bearer_auth(token).header("content-type", "application/json").body("{");
    assert_eq!(broken.send().await.unwrap().json::<Value>().await.unwrap()["error"], "invalid_json");
}

#[tokio::test]
async fn too_many_messages_are_answered_with_when_to_come_again() {
    let house = house_with(Settings { limits: Limits::real(), ..Settings::default() }).await;
    let post = json!({ "channel": house.news, "text": "x" });
    for _ in 0..5 {
        house.done("chat.postMessage", post.clone()).await;
    }
    let refused = house.ask("chat.postMessage", house.slack.token(), post.clone()).await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=5).contains(&wait));
    assert_eq!(refused.json::<Value>().await.unwrap()["error"], "ratelimited");
    house.slack.pass(Duration::from_secs(wait));
    house.done("chat.postMessage", post).await;
}

#[tokio::test]
async fn what_went_wrong_after_the_effect_was_still_done() {
    let house = house().await;
    let post = |text: &str| json!({ "channel": house.news, "text": text });
    for (fault, status, done) in [
        (Fault::InternalError, 200, 0),
        (Fault::ServerErrorBefore, 503, 0),
        (Fault::RateLimited { retry_after: 7 }, 429, 0),
        (Fault::InternalErrorAfter, 200, 1),
        (Fault::BadGatewayAfter, 502, 1),
    ] {
        let before = house.slack.transcript(&house.news).len();
        house.slack.inject(Plan::new(fault.clone(), "chat.postMessage"));
        let response = house.ask("chat.postMessage", house.slack.token(), post("x")).await;
        assert_eq!(response.status(), status, "{fault:?}");
        assert_eq!(house.slack.transcript(&house.news).len() - before, done, "{fault:?}");
    }
    for (fault, done) in [(Fault::CutBefore, 0), (Fault::CutAfter, 1)] {
        let before = house.slack.transcript(&house.news).len();
        house.slack.inject(Plan::new(fault, "chat.postMessage"));
        let url = format!("{}/chat.postMessage", house.slack.api_url());
        let request = house.http().post(url).bearer_auth(house.slack.token()).json(&post("y"));
        assert!(request.send().await.is_err());
        assert_eq!(house.slack.transcript(&house.news).len() - before, done);
    }
}

#[tokio::test]
async fn channels_refuse_what_slack_refuses() {
    let house = house().await;
    let other = house.slack.channel_without_bot("other", simulators::slack::model::Kind::Public).unwrap();
    let hidden = house.slack.channel_without_bot("hidden", simulators::slack::model::Kind::Private).unwrap();
    let old = house.slack.channel("old").unwrap();
    house.slack.archive(&old).unwrap();
    let long = "x".repeat(40_001);
    for (method, args, error) in [
        ("conversations.history", json!({ "channel": other }), "not_in_channel"),
        ("conversations.info", json!({ "channel": hidden }), "channel_not_found"),
        ("chat.postMessage", json!({ "channel": hidden, "text": "x" }), "channel_not_found"),
        ("chat.postMessage", json!({ "channel": old, "text": "x" }), "is_archived"),
        ("chat.postMessage", json!({ "channel": house.news }), "no_text"),
        ("chat.postMessage", json!({ "channel": house.news, "text": long }), "msg_too_long"),
        ("chat.postMessage", json!({ "channel": house.news, "blocks": [{ "type": "no" }] }), "invalid_blocks"),
        (
            "chat.postMessage",
            json!({ "channel": house.news, "text": "x", "thread_ts": "1.000001" }),
            "thread_not_found",
        ),
        ("chat.update", json!({ "channel": house.news, "ts": "1.000001", "text": "x" }), "message_not_found"),
        ("reactions.add", json!({ "channel": house.news, "timestamp": "1.000001", "name": "+1" }), "message_not_found"),
        ("conversations.kick", json!({ "channel": house.news, "user": house.slack.bot_user() }), "cant_kick_self"),
        ("conversations.rename", json!({ "channel": house.news, "name": "x" }), "not_authorized"),
        ("conversations.create", json!({ "name": "news" }), "name_taken"),
        ("conversations.list", json!({ "cursor": "nonsense" }), "invalid_cursor"),
        ("files.info", json!({ "file": "F1" }), "file_not_found"),
    ] {
        assert_eq!(house.refused(method, args.clone()).await, error, "{method} {args}");
    }
    // With chat:write.public, a public channel can be written to from outside.
    house.done("chat.postMessage", json!({ "channel": other, "text": "x" })).await;
    house.slack.set_scopes("chat:write");
    assert_eq!(house.refused("chat.postMessage", json!({ "channel": other, "text": "x" })).await, "not_in_channel");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let house = house().await;
    for n in 0..7 {
        house.slack.say(&house.news, &house.ada, &format!("{n}")).unwrap();
    }
    let (mut texts, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let args = json!({ "channel": house.news, "limit": 3, "cursor": cursor });
        let page = house.done("conversations.history", args).await;
        let messages = page["messages"].as_array().unwrap();
        assert!(messages.len() <= 3);
        texts.extend(messages.iter().filter(|m| m["subtype"].is_null()).map(|m| m["text"].clone()));
        if page["has_more"] == false {
            break;
        }
        cursor = page["response_metadata"]["next_cursor"].clone();
    }
    assert_eq!(texts, (0..7).rev().map(|n| json!(n.to_string())).collect::<Vec<_>>());
    let page = house.done("users.list", json!({ "limit": 2 })).await;
    assert_eq!(page["members"].as_array().unwrap().len(), 2);
    assert_ne!(page["response_metadata"]["next_cursor"], "");
}
