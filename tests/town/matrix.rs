//! A person with a Matrix client that does not give up: what was not answered is asked again, with the same transaction
//! id.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};

use super::SOON;

/// Somebody who is signed in.
pub(crate) struct Person {
    token: String,
    base: String,
    client: reqwest::Client,
    transaction: AtomicU64,
}

/// A message as the room shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) event: String,
    pub(crate) sender: String,
    pub(crate) text: String,
}

impl Person {
    pub(crate) async fn register(url: &str, name: &str) -> Self {
        let asked = json!({ "username": name, "password": "a long password", "auth": { "type": "m.login.dummy" } });
        Self::enter(url, "register", asked).await
    }

    pub(crate) async fn sign_in(url: &str, user: &str, password: &str) -> Self {
        let identifier = json!({ "type": "m.id.user", "user": user });
        let asked = json!({ "type": "m.login.password", "identifier": identifier, "password": password });
        Self::enter(url, "login", asked).await
    }

    async fn enter(url: &str, path: &str, asked: Value) -> Self {
        let base = format!("{url}/_matrix/client/v3");
        let client = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
        let nobody = Self { token: String::new(), base, client, transaction: AtomicU64::default() };
        let answer = nobody.post(path, asked).await;
        let text = |key: &str| answer[key].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        Self { token: text("access_token"), ..nobody }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.ask(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        self.ask(Method::PUT, path, Some(body)).await
    }

    /// Asks until there is an answer that is not the server's trouble.
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let asking = async {
            loop {
                let mut request = self.client.request(method.clone(), format!("{}/{path}", self.base));
                if !self.token.is_empty() {
                    request = request.bearer_auth(&self.token);
                }
                if let Some(body) = &body {
                    request = request.json(body);
                }
                if let Ok(answer) = request.send().await
                    && !answer.status().is_server_error()
                    && let Ok(answer) = answer.json::<Value>().await
                {
                    return answer;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let answer = tokio::time::timeout(SOON * 2, asking).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer to {method} {path}"));
        assert!(answer.get("errcode").is_none(), "{method} {path}: {answer}");
        answer
    }

    /// Says something; the answer is its event id, which means it is kept.
    pub(crate) async fn say(&self, room: &str, text: &str) -> String {
        self.send(room, "m.room.message", json!({ "msgtype": "m.text", "body": text })).await
    }

    /// Sends any event.
    pub(crate) async fn send(&self, room: &str, kind: &str, content: Value) -> String {
        let transaction = self.transaction.fetch_add(1, Ordering::Relaxed);
        let answer = self.put(&format!("rooms/{}/send/{kind}/t{transaction}", segment(room)), content).await;
        answer["event_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Everything said in the room that is still there, oldest first.
    pub(crate) async fn messages(&self, room: &str) -> Vec<Said> {
        let events = self.events(room).await;
        let texts = events.iter().filter(|event| event["type"] == "m.room.message");
        texts
            .filter_map(|event| {
                let text = |value: &Value| value.as_str().map(str::to_owned);
                Some(Said {
                    event: text(&event["event_id"])?,
                    sender: text(&event["sender"])?,
                    text: text(&event["content"]["body"])?,
                })
            })
            .collect()
    }

    /// Every event of the room, oldest first.
    pub(crate) async fn events(&self, room: &str) -> Vec<Value> {
        let mut events = Vec::new();
        let mut from = String::new();
        loop {
            let path = format!("rooms/{}/messages?dir=b&limit=100{from}", segment(room));
            let page = self.get(&path).await;
            let chunk = page["chunk"].as_array().unwrap();
            events.extend(chunk.iter().cloned());
            match page["end"].as_str() {
                Some(end) if !chunk.is_empty() => from = format!("&from={end}"),
                _ => break,
            }
        }
        events.reverse();
        events
    }

    /// Whether a bridge answered an event with a notice, as it does where something did not arrive.
    pub(crate) async fn told_about(&self, room: &str, event: &str) -> bool {
        let answers = |other: &Value| {
            let content = &other["content"];
            content["msgtype"] == "m.notice" && content["m.relates_to"]["m.in_reply_to"]["event_id"] == event
        };
        self.events(room).await.iter().any(answers)
    }

    /// Waits until the room shows what is wanted, and gives what was found.
    pub(crate) async fn until<T>(&self, room: &str, wanted: impl Fn(&[Said]) -> Option<T>) -> T {
        let looking = async {
            loop {
                if let Some(found) = wanted(&self.messages(room).await) {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        match tokio::time::timeout(SOON, looking).await {
            Ok(found) => found,
            Err(_) => panic!("it did not happen; the room shows {:#?}", self.messages(room).await),
        }
    }

    /// Waits until somebody is in the room.
    pub(crate) async fn until_joined(&self, room: &str, user: &str) {
        let path = format!("rooms/{}/joined_members", segment(room));
        let joined = async {
            while self.get(&path).await["joined"].get(user).is_none() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        assert!(tokio::time::timeout(SOON, joined).await.is_ok(), "{user} does not join");
    }

    /// The name somebody has in the room.
    pub(crate) async fn name_of(&self, room: &str, user: &str) -> String {
        let members = self.get(&format!("rooms/{}/joined_members", segment(room))).await;
        members["joined"][user]["display_name"].as_str().unwrap_or_default().to_owned()
    }
}

/// A room or user id as one segment of a path.
pub(crate) fn segment(id: &str) -> String {
    id.replace('%', "%25").replace('!', "%21").replace('#', "%23").replace(':', "%3A").replace('@', "%40")
}
