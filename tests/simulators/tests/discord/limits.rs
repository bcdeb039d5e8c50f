//! Rate limits and planned trouble, as a client meets them.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use simulators::discord::{Fault, Limits, Plan, Settings};

use crate::wire::{ask, house};

const EXECUTE: &str = "POST /webhooks/{webhook}/{token}";

#[tokio::test]
async fn waiting_as_long_as_asked_is_enough() {
    let house = house(Settings { limits: Limits::faster(20.0), ..Settings::default() }).await;
    let hook = house.discord.make_webhook(house.general, house.ada, "bridge").unwrap();
    let path = format!("/webhooks/{}/{}", hook.id, hook.token);
    let (mut refused, mut hidden) = (0, 0);
    for n in 0..40 {
        loop {
            let answer = ask(&house.discord, Method::POST, &path, Some(json!({ "content": n.to_string() }))).await;
            if answer.status() == 204 {
                break;
            }
            refused += 1;
            hidden += usize::from(answer.headers()["x-ratelimit-scope"] == "shared");
            let body: Value = answer.json().await.unwrap();
            tokio::time::sleep(Duration::from_secs_f64(body["retry_after"].as_f64().unwrap() + 0.002)).await;
        }
    }
    assert!(refused > hidden && hidden > 0, "both limits were met: {refused}, {hidden}");
    let said: Vec<String> = house.discord.transcript(house.general).into_iter().map(|line| line.content).collect();
    assert_eq!(said, (0..40).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_storm_of_429_ends() {
    let house = house(Settings { limits: Limits::off(), ..Settings::default() }).await;
    let wait = Duration::from_millis(1500);
    house.discord.inject(Plan::new(Fault::TooManyRequests { retry_after: wait, global: true }, "*").times(3));
    for n in 0..4 {
        let answer = ask(&house.discord, Method::GET, "/users/@me", None).await;
        assert_eq!(answer.status(), if n < 3 { 429 } else { 200 });
        if n < 3 {
            assert_eq!(answer.headers()["retry-after"], "2");
            assert_eq!(answer.json::<Value>().await.unwrap()["retry_after"], 1.5);
        }
    }
}

#[tokio::test]
async fn a_channel_is_renamed_twice_in_ten_minutes() {
    let house = house(Settings { limits: Limits::real(), ..Settings::default() }).await;
    let path = format!("/channels/{}", house.general);
    let mut statuses = vec![];
    for name in ["a", "b", "c"] {
        statuses.push(ask(&house.discord, Method::PATCH, &path, Some(json!({ "name": name }))).await.status().as_u16());
    }
    house.discord.pass(Duration::from_secs(601));
    statuses.push(ask(&house.discord, Method::PATCH, &path, Some(json!({ "name": "d" }))).await.status().as_u16());
    assert_eq!(statuses, [200, 200, 429, 200]);
}

#[tokio::test]
async fn faults_of_requests_strike_before_or_after_the_deed() {
    let house = house(Settings { limits: Limits::off(), ..Settings::default() }).await;
    let d = &house.discord;
    let hook = d.make_webhook(house.general, house.ada, "bridge").unwrap();
    let url = format!("{}/api/v10/webhooks/{}/{}", d.url(), hook.id, hook.token);
    let slow = Duration::from_millis(800);
    for (fault, status, stored) in [
        (Fault::ServerErrorBefore, Some(500), false),
        (Fault::BadGatewayAfter, Some(502), true),
        (Fault::CutBefore, None, false),
        (Fault::CutAfter, None, true),
        (Fault::SlowAnswer(slow), Some(204), true),
        (Fault::WebhookDeleted, Some(404), false),
    ] {
        let before = d.transcript(house.general).len();
        d.inject(Plan::new(fault.clone(), EXECUTE));
        let begun = Instant::now();
        let answer = reqwest::Client::new().post(&url).json(&json!({ "content": "x" })).send().await;
        assert_eq!(answer.ok().map(|answer| answer.status().as_u16()), status, "{fault:?}");
        assert_eq!(d.transcript(house.general).len() > before, stored, "{fault:?}");
        assert_eq!(begun.elapsed() >= slow, matches!(fault, Fault::SlowAnswer(_)), "{fault:?}");
    }
}
