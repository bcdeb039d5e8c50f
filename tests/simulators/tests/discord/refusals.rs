//! Discord's refusals, one line each: request, status, code.

use reqwest::Method;
use serde_json::{Value, json};
use simulators::discord::{Limits, Settings, permission};

use crate::wire::{ask, get, house, post};

#[tokio::test]
async fn requests_are_refused_as_discord_refuses_them() {
    let house = house(Settings { limits: Limits::off(), ..Settings::default() }).await;
    let d = &house.discord;
    let (general, ada) = (house.general, house.ada);
    let theirs = d.say(general, ada, "theirs").unwrap();
    let hook = d.make_webhook(general, ada, "bridge").unwrap();
    let private = d.text_channel(house.guild, "private").unwrap();
    d.deny_bot(private, permission::VIEW_CHANNEL).unwrap();
    let mute = d.text_channel(house.guild, "mute").unwrap();
    d.deny_bot(mute, permission::SEND_MESSAGES | permission::MANAGE_WEBHOOKS | permission::MANAGE_MESSAGES).unwrap();
    let in_mute = d.say(mute, ada, "x").unwrap();
    let category = d.category(house.guild, "category").unwrap();
    let execute = format!("/webhooks/{}/{}", hook.id, hook.token);
    let send = format!("/channels/{general}/messages");
    let long = "x".repeat(2001);
    let many: Vec<Value> = (0..11).map(|_| json!({ "title": "x" })).collect();
    let (get, post, patch, put, delete) = (Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE);
    for (method, path, body, status, code) in [
        (&get, "/nothing".to_owned(), None, 404, 0),
        (&put, "/users/@me".to_owned(), None, 405, 0),
        (&get, "/channels/1".to_owned(), None, 404, 10003),
        (&get, "/channels/x".to_owned(), None, 400, 50035),
        (&get, format!("/channels/{private}"), None, 403, 50001),
        (&get, format!("/channels/{private}/messages"), None, 403, 50001),
        (&get, format!("/channels/{general}/messages?limit=101"), None, 400, 50035),
        (&get, format!("/channels/{general}/messages/1"), None, 404, 10008),
        (&get, "/guilds/1".to_owned(), None, 404, 10004),
        (&get, format!("/guilds/{}/members/1", house.guild), None, 404, 10007),
        (&get, "/users/1".to_owned(), None, 404, 10013),
        (&post, send.clone(), Some(json!({ "content": long })), 400, 50035),
        (&post, send.clone(), Some(json!({ "content": " \n " })), 400, 50006),
        (&post, send.clone(), Some(json!({})), 400, 50006),
        (&post, send.clone(), Some(json!({ "embeds": many })), 400, 50035),
        (&post, send.clone(), Some(json!({ "content": "x", "message_reference": { "message_id": "1" } })), 400, 50035),
        (&post, format!("/channels/{mute}/messages"), Some(json!({ "content": "x" })), 403, 50013),
        (&post, format!("/channels/{category}/messages"), Some(json!({ "content": "x" })), 400, 50008),
        (&patch, format!("{send}/{theirs}"), Some(json!({ "content": "mine" })), 403, 50005),
        (&delete, format!("/channels/{mute}/messages/{in_mute}"), None, 403, 50013),
        (&post, format!("{send}/bulk-delete"), Some(json!({ "messages": [theirs] })), 400, 50016),
        (&put, format!("{send}/{theirs}/reactions/nothing/@me"), None, 400, 10014),
        (&put, format!("{send}/{theirs}/reactions/blob:1/@me"), None, 400, 10014),
        (&post, format!("/channels/{mute}/webhooks"), Some(json!({ "name": "x" })), 403, 50013),
        (&post, format!("/channels/{general}/webhooks"), Some(json!({ "name": "my discord" })), 400, 50035),
        (&get, "/webhooks/1".to_owned(), None, 404, 10015),
        (&post, "/webhooks/1/x".to_owned(), Some(json!({ "content": "x" })), 404, 10015),
        (&post, format!("/webhooks/{}/wrong", hook.id), Some(json!({ "content": "x" })), 401, 50027),
        (&post, execute.clone(), Some(json!({ "content": "" })), 400, 50006),
        (&post, execute.clone(), Some(json!({ "content": "x", "username": "Clyde" })), 400, 50035),
        (&post, execute.clone(), Some(json!({ "content": "x", "username": "" })), 400, 50035),
        (&post, execute.clone(), Some(json!({ "content": "x", "thread_name": "t" })), 400, 220_003),
        (&post, format!("{execute}?thread_id=1"), Some(json!({ "content": "x" })), 404, 10003),
        (&patch, format!("{execute}/messages/{theirs}"), Some(json!({ "content": "x" })), 404, 10008),
    ] {
        let answer = ask(d, method.clone(), &path, body).await;
        let answered = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        assert_eq!((answered, &body["code"]), (status, &json!(code)), "{method} {path}: {body}");
    }
}

#[tokio::test]
async fn an_invalid_form_names_the_field() {
    let house = house(Settings::default()).await;
    let long = json!({ "content": "x".repeat(2001) });
    let body = post(&house.discord, &format!("/channels/{}/messages", house.general), long).await;
    let error = json!({ "code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length." });
    assert_eq!(
        body,
        json!({ "message": "Invalid Form Body", "code": 50035, "errors": { "content": { "_errors": [error] } } })
    );
}

#[tokio::test]
async fn without_the_token_nothing_is_told() {
    let house = house(Settings::default()).await;
    let answer = reqwest::get(format!("{}/api/v10/users/@me", house.discord.url())).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "message": "401: Unauthorized", "code": 0 }));
    assert_eq!(house.discord.invalid_requests(), 1);
}

#[tokio::test]
async fn the_sixteenth_webhook_and_the_twenty_first_reaction_are_too_many() {
    let house = house(Settings { limits: Limits::off(), ..Settings::default() }).await;
    let d = &house.discord;
    let hooks = format!("/channels/{}/webhooks", house.general);
    for _ in 0..15 {
        assert!(post(d, &hooks, json!({ "name": "x" })).await["token"].is_string());
    }
    assert_eq!(post(d, &hooks, json!({ "name": "x" })).await["code"], 30007);
    assert_eq!(get(d, &hooks).await.as_array().unwrap().len(), 15);
    let message = d.say(house.general, house.ada, "react").unwrap();
    let emoji = |n: u32| char::from_u32(0x1F600 + n).unwrap();
    let path = |n: u32| format!("/channels/{}/messages/{message}/reactions/{}/@me", house.general, emoji(n));
    for n in 0..20 {
        assert_eq!(ask(d, Method::PUT, &path(n), None).await.status(), 204);
    }
    let refused: Value = ask(d, Method::PUT, &path(20), None).await.json().await.unwrap();
    assert_eq!(refused["code"], 30010);
    assert_eq!(d.transcript(house.general)[0].reactions.len(), 20);
}

#[tokio::test]
async fn white_space_around_a_text_is_stripped() {
    let house = house(Settings::default()).await;
    let body = json!({ "content": "\n  word  \n" });
    let sent = post(&house.discord, &format!("/channels/{}/messages", house.general), body).await;
    assert_eq!(sent["content"], "word");
}

#[tokio::test]
async fn nobody_is_notified_against_allowed_mentions_or_permissions() {
    let house = house(Settings { limits: Limits::off(), ..Settings::default() }).await;
    let d = &house.discord;
    let hook = d.make_webhook(house.general, house.ada, "bridge").unwrap();
    let path = format!("/webhooks/{}/{}", hook.id, hook.token);
    let text = format!("@everyone <@{}>", house.ada);
    post_quietly(d, &path, json!({ "content": text, "allowed_mentions": { "parse": ["users"] } })).await;
    post_quietly(d, &path, json!({ "content": text })).await;
    d.say(house.general, house.ada, "@everyone").unwrap();
    let pings: Vec<(usize, bool)> =
        d.transcript(house.general).iter().map(|line| (line.pings.users.len(), line.pings.everyone)).collect();
    assert_eq!(pings, [(1, false), (1, true), (0, false)]);
}

async fn post_quietly(discord: &simulators::discord::Discord, path: &str, body: Value) {
    assert_eq!(ask(discord, Method::POST, path, Some(body)).await.status(), 204);
}
