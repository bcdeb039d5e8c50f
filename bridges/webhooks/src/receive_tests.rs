//! Cases for whole requests, against a bridge that only remembers.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use appservice_sdk::network::{Batch, FetchError, remote::Host};
use serde_json::{Map, Value, json};

use super::*;
use crate::Webhooks;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Remembers what it is told. The room `!r:h` is the only one.
#[derive(Default)]
struct Memory {
    told: Mutex<Vec<Incoming>>,
    values: Mutex<BTreeMap<String, Value>>,
    linked: Mutex<Vec<LinkedChat>>,
}

impl Host for Memory {
    fn store(&self, batch: Batch) -> Boxed<'_, Result<(), StoreError>> {
        self.told.lock().unwrap().extend(batch.events);
        for (key, value) in batch.memory {
            self.values.lock().unwrap().insert(key, value.unwrap_or_default());
        }
        Box::pin(async { Ok(()) })
    }
    fn recall<'a>(&'a self, key: &'a str) -> Boxed<'a, Result<Option<Value>, StoreError>> {
        let found = self.values.lock().unwrap().get(key).cloned();
        Box::pin(async move { Ok(found) })
    }
    fn recall_all<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<Vec<(String, Value)>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn chats(&self) -> Vec<LinkedChat> {
        self.linked.lock().unwrap().clone()
    }
    fn last_seen<'a>(&'a self, _: &'a ChatId) -> Boxed<'a, Result<Option<MessageId>, StoreError>> {
        Box::pin(async { Ok(None) })
    }
    fn known<'a>(&'a self, _: &'a ChatId, _: &'a [MessageId]) -> Boxed<'a, Result<Vec<MessageId>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn connection(&self, _: Option<String>) {}
    fn download<'a>(&'a self, _: &'a MediaRef) -> Boxed<'a, Result<MediaStream, FetchError>> {
        Box::pin(async { Err(FetchError::Missing) })
    }
    fn link<'a>(&'a self, room: &'a str, chat: &'a ChatId) -> Boxed<'a, Result<(), FetchError>> {
        self.linked.lock().unwrap().push(LinkedChat { chat: chat.clone(), room_id: room.to_owned() });
        Box::pin(async { Ok(()) })
    }
    fn unlink<'a>(&'a self, _: &'a ChatId) -> Boxed<'a, Result<(), FetchError>> {
        self.linked.lock().unwrap().clear();
        Box::pin(async { Ok(()) })
    }
    fn resolve_room<'a>(&'a self, room: &'a str) -> Boxed<'a, Result<String, FetchError>> {
        let found = matches!(room, "!r:h" | "#r:h").then(|| "!r:h".to_owned());
        Box::pin(async move { found.ok_or(FetchError::Missing) })
    }
    fn secret(&self, _: &str) -> [u8; 32] {
        [0; 32]
    }
}

struct World {
    memory: Arc<Memory>,
    remote: Remote,
    network: Webhooks,
}

impl World {
    fn new() -> Self {
        let memory = Arc::new(Memory::default());
        let network = Webhooks::open(&Map::new()).unwrap();
        Self { remote: Remote::new(memory.clone()), memory, network }
    }

    async fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> HttpResponse {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = HttpRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: body.to_owned().into(),
            peer: None,
            trusted: path.starts_with("/_bridge/"),
        };
        self.network.http(request, self.remote.clone()).await
    }

    /// The path of a new hook.
    async fn hook(&self) -> String {
        let answer = self.ask("POST", "/_bridge/hooks", "application/json", r##"{"room":"#r:h","name":"CI"}"##).await;
        assert_eq!(answer.status, 200);
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer["room_id"], "!r:h");
        answer["path"].as_str().unwrap().to_owned()
    }

    /// The names and texts of what was said.
    fn said(&self) -> Vec<(String, String)> {
        let told = self.memory.told.lock().unwrap();
        told.iter()
            .map(|event| match (&event.from, &event.what) {
                (Author::Them(_, info), What::Message { parts, .. }) => {
                    (info.name.clone(), parts[0].doc().unwrap().plain())
                }
                other => panic!("{other:?}"),
            })
            .collect()
    }
}

fn body(answer: &HttpResponse) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn every_form_of_mattermost_and_slack_is_taken_and_answered_ok() {
    for (kind, sent, name, text) in [
        (JSON, r#"{"text": "test message"}"#, "CI", "test message"),
        ("", r#"{"text": "test message"}"#, "CI", "test message"),
        (FORM, r#"{"text": "test message"}"#, "CI", "test message"),
        (FORM, "payload=%7B%22text%22%3A%20%22a+b%22%7D", "CI", "a b"),
        (JSON, r#"{"text": "a", "username": "grafana", "icon_emoji": ":fire:"}"#, "🔥 grafana", "a"),
        (JSON, "{\"text\": \"one\n\ttwo\"}", "CI", "one\ntwo"),
        (JSON, r#"{"text": 42, "username": null, "attachments": null}"#, "CI", "42"),
        (JSON, r#"{"attachments": [{"fallback": "only this"}]}"#, "CI", "> only this"),
    ] {
        let world = World::new();
        let path = world.hook().await;
        let answer = world.ask("POST", &path, kind, sent).await;
        assert_eq!((answer.status, body(&answer)), (200, "ok"), "{sent}");
        assert!(answer.headers[0].1.starts_with("text/plain"));
        assert_eq!(world.said(), [(name.to_owned(), text.to_owned())], "{sent}");
    }
}

#[tokio::test]
async fn discords_form_is_taken_and_answered_as_discord_does() {
    let world = World::new();
    let path = world.hook().await;
    let sent = json!({ "content": "hi", "username": "Bob", "avatar_url": "https://x/a.png" }).to_string();
    let answer = world.ask("POST", &path, JSON, &sent).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    let answer = world.ask("POST", &format!("{path}?wait=true"), JSON, &sent).await;
    assert_eq!((answer.status, answer.headers[0].1.as_str()), (200, JSON));
    let message: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((&message["content"], &message["author"]["username"]), (&json!("hi"), &json!("Bob")));
    let only_embed = json!({ "embeds": [{ "title": "T", "description": "D" }] }).to_string();
    assert_eq!(world.ask("POST", &path, JSON, &only_embed).await.status, 204);
    let said = world.said();
    assert_eq!(said[0], ("Bob".to_owned(), "hi".to_owned()));
    assert_eq!(said[2].0, "CI");
}

#[tokio::test]
async fn what_is_wrong_is_told_in_the_senders_own_words() {
    let world = World::new();
    let path = world.hook().await;
    let long = json!({ "content": "x".repeat(2001) }).to_string();
    let slack = path.replace("/hooks/", "/services/T1/B1/");
    for (path, sent, status, word) in [
        (slack.as_str(), "not json", 400, "invalid_payload"),
        (&slack, "[]", 400, "invalid_payload"),
        (&slack, "{}", 400, "no_text"),
        (&slack, r#"{"text": "  "}"#, 400, "no_text"),
        ("/services/T1/B1/wrong", r#"{"text": "a"}"#, 404, "no_service"),
        (&path, "not json", 400, "web.incoming_webhook.parse.app_error"),
        (&path, "{}", 400, "web.incoming_webhook.text.app_error"),
        ("/hooks/wrong", r#"{"text": "a"}"#, 400, "web.incoming_webhook.invalid.app_error"),
        ("/hooks/wrong", r#"{"content": "a"}"#, 404, r#"{"code":10015,"message":"Unknown Webhook"}"#),
        (&path, r#"{"content": ""}"#, 400, r#"{"code":50006,"message":"Cannot send an empty message"}"#),
        (&path, &long, 400, "Must be 2000 or fewer in length."),
    ] {
        let answer = world.ask("POST", path, JSON, sent).await;
        assert!(answer.status == status && body(&answer).contains(word), "{sent}: {answer:?}");
    }
    assert_eq!(world.ask("GET", &path, JSON, "").await.status, 405);
    assert!(world.said().is_empty());
    world.remote.unlink(&ChatId::new("!r:h")).await.unwrap();
    let answer = world.ask("POST", &path, JSON, r#"{"text": "a"}"#).await;
    assert_eq!(answer.status, 404);
    assert!(body(&answer).contains("Couldn't find the channel."));
}

#[tokio::test]
async fn a_hook_needs_a_room_that_is_there() {
    let world = World::new();
    for (asked, status) in [("{}", 400), (r##"{"room":"#other:h"}"##, 404), ("nonsense", 400)] {
        assert_eq!(world.ask("POST", "/_bridge/hooks", JSON, asked).await.status, status, "{asked}");
    }
    assert!(world.memory.values.lock().unwrap().is_empty());
}
