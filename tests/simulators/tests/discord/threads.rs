//! Threads and forums.

use reqwest::Method;
use serde_json::json;
use simulators::discord::{Fault, Limits, Plan, Settings, model::message_type};

use crate::wire::{ALL, House, Socket, ask, get, house, post};

async fn quiet() -> House {
    house(Settings { limits: Limits::off(), ..Settings::default() }).await
}

#[tokio::test]
async fn the_parent_message_changes_before_the_thread_is_made() {
    let house = quiet().await;
    let (mut socket, _) = Socket::ready(&house.discord, ALL).await;
    let message = house.discord.say(house.general, house.ada, "start").unwrap();
    house.discord.thread_on(house.general, message, house.ada, "talk").unwrap();
    let names = socket.names_until("THREAD_MEMBERS_UPDATE").await;
    assert_eq!(names[1..], ["MESSAGE_CREATE", "MESSAGE_UPDATE", "THREAD_CREATE", "THREAD_MEMBERS_UPDATE"]);
    let head = socket.event("MESSAGE_CREATE").await;
    assert_eq!((&head["d"]["type"], &head["d"]["channel_id"]), (&json!(21), &json!(message)));
    assert_eq!(head["d"]["referenced_message"]["content"], "start");
}

#[tokio::test]
async fn thread_create_can_come_after_the_first_message() {
    let house = quiet().await;
    let (mut socket, _) = Socket::ready(&house.discord, ALL).await;
    socket.event("GUILD_CREATE").await;
    house.discord.inject(Plan::new(Fault::ThreadCreateLate, "THREAD_CREATE"));
    let thread = house.discord.thread(house.general, house.ada, "talk").unwrap();
    house.discord.say(thread, house.ada, "first").unwrap();
    let names = socket.names_until("THREAD_CREATE").await;
    assert_eq!(names, ["THREAD_MEMBERS_UPDATE", "MESSAGE_CREATE", "MESSAGE_CREATE", "THREAD_CREATE"]);
}

#[tokio::test]
async fn an_archived_thread_wakes_with_the_next_message_and_a_locked_one_does_not() {
    let house = quiet().await;
    let d = &house.discord;
    let thread = d.thread(house.general, house.ada, "talk").unwrap();
    d.archive(thread, true, false).unwrap();
    let archived = get(d, &format!("/channels/{}/threads/archived/public", house.general)).await;
    assert_eq!((&archived["threads"][0]["id"], &archived["has_more"]), (&json!(thread), &json!(false)));
    post(d, &format!("/channels/{thread}/messages"), json!({ "content": "wake" })).await;
    assert!(!d.channel(thread).unwrap().thread.unwrap().archived);
    d.archive(thread, true, true).unwrap();
    let refused = post(d, &format!("/channels/{thread}/messages"), json!({ "content": "wake" })).await;
    assert_eq!(refused["code"], 50083);
}

#[tokio::test]
async fn a_webhook_opens_posts_in_a_forum_and_speaks_in_threads() {
    let house = quiet().await;
    let d = &house.discord;
    let forum = d.forum(house.guild, "ideas").unwrap();
    let hook = d.make_webhook(forum, house.ada, "bridge").unwrap();
    let path = format!("/webhooks/{}/{}", hook.id, hook.token);
    assert_eq!(post(d, &path, json!({ "content": "x" })).await["code"], 220_001);
    let first = post(d, &format!("{path}?wait=true"), json!({ "content": "body", "thread_name": "title" })).await;
    assert_eq!(first["id"], first["channel_id"], "a post and its first message share an id");
    let thread = first["id"].as_str().unwrap();
    let second = post(d, &format!("{path}?wait=true&thread_id={thread}"), json!({ "content": "more" })).await;
    assert_eq!(second["channel_id"], thread);
    let message = format!("{path}/messages/{}", second["id"].as_str().unwrap());
    assert_eq!(get(d, &message).await["code"], 10008, "without thread_id the message is not found");
    assert_eq!(get(d, &format!("{message}?thread_id={thread}")).await["content"], "more");
    let tag = d.forum_tag(forum, "idea", true).unwrap();
    assert_eq!(post(d, &path, json!({ "content": "x", "thread_name": "t" })).await["code"], 40067);
    let tagged =
        post(d, &format!("{path}?wait=true"), json!({ "content": "x", "thread_name": "t", "applied_tags": [tag] }))
            .await;
    assert_eq!(get(d, &format!("/channels/{}", tagged["id"].as_str().unwrap())).await["applied_tags"], json!([tag]));
}

#[tokio::test]
async fn the_bot_opens_forum_posts_and_manages_its_threads() {
    let house = quiet().await;
    let d = &house.discord;
    let forum = d.forum(house.guild, "ideas").unwrap();
    let body = json!({ "name": "title", "message": { "content": "body" } });
    let made = post(d, &format!("/channels/{forum}/threads"), body).await;
    assert_eq!((&made["message"]["content"], &made["parent_id"]), (&json!("body"), &json!(forum)));
    let path = format!("/channels/{}", made["id"].as_str().unwrap());
    let changed: serde_json::Value =
        ask(d, Method::PATCH, &path, Some(json!({ "name": "new", "archived": true }))).await.json().await.unwrap();
    assert_eq!((&changed["name"], &changed["thread_metadata"]["archived"]), (&json!("new"), &json!(true)));
    let alone = post(d, &format!("/channels/{}/threads", house.general), json!({ "name": "alone", "type": 11 })).await;
    assert_eq!(alone["type"], 11);
    assert_eq!(d.transcript(house.general)[0].kind, message_type::THREAD_CREATED);
    let again = format!("/channels/{}/messages/{}/threads", house.general, d.transcript(house.general)[0].id);
    assert_eq!(ask(d, Method::POST, &again, Some(json!({ "name": "x" }))).await.status(), 201);
    assert_eq!(post(d, &again, json!({ "name": "x" })).await["code"], 160_004);
}
