//! A person on the Matrix side, who makes the room and links it to each network as anybody would by hand.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, bail};
use registrations::Registration;
use reqwest::Method;
use serde_json::{Value, json};

use super::shore::Shore;
use crate::local::segment;

pub(super) struct Matrix {
    homeserver: String,
    pub(super) user: String,
    pub(super) token: String,
    client: reqwest::Client,
}

impl Matrix {
    pub(super) async fn register(homeserver: &str) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let homeserver = homeserver.to_owned();
        let mut you = Self { homeserver, user: String::new(), token: String::new(), client };
        let password = registrations::Token::random();
        let ask = json!({"username": "you", "password": password.reveal(), "auth": {"type": "m.login.dummy"}});
        let made = you.call(Method::POST, "register", ask).await?;
        let text = |key: &str| made[key].as_str().map(str::to_owned).with_context(|| format!("no {key}"));
        (you.user, you.token) = (text("user_id")?, text("access_token")?);
        Ok(you)
    }

    /// Makes a room.
    pub(super) async fn room(&self, name: &str) -> anyhow::Result<String> {
        let made = self.call(Method::POST, "createRoom", json!({"name": name, "preset": "private_chat"})).await?;
        made["room_id"].as_str().map(str::to_owned).context("no room was made")
    }

    /// Invites the bridge's bot and tells it what to link.
    pub(super) async fn link(&self, room: &str, folder: &Path, shore: &Shore) -> anyhow::Result<()> {
        let file = folder.join(format!("data/registrations/{}.yaml", shore.network));
        let bot = Registration::load(&file)?.sender("localhost");
        let path = segment(room);
        self.call(Method::POST, &format!("rooms/{path}/invite"), json!({"user_id": bot})).await?;
        for _ in 0..200 {
            let members = self.call(Method::GET, &format!("rooms/{path}/joined_members"), Value::Null).await?;
            if members["joined"].get(&bot).is_some() {
                return self.tell_to_link(&path, &bot, shore).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the bridge to {} did not come into the room", shore.title)
    }

    /// Says the command until the bot says something other than to wait.
    async fn tell_to_link(&self, room: &str, bot: &str, shore: &Shore) -> anyhow::Result<()> {
        for attempt in 0..10 {
            let command = json!({"msgtype": "m.text", "body": format!("!{} link {}", shore.network, shore.chat)});
            let path = format!("rooms/{room}/send/m.room.message/{}-{attempt}", shore.network);
            let sent = self.call(Method::PUT, &path, command).await?;
            match self.answer_after(room, bot, sent["event_id"].as_str().unwrap_or_default()).await? {
                Some(said) if said.contains("try again") => {}
                Some(_) => return Ok(()),
                None => bail!("the bridge to {} does not answer", shore.title),
            }
        }
        bail!("the bridge to {} does not link the room", shore.title)
    }

    /// What the bot says after this event.
    async fn answer_after(&self, room: &str, bot: &str, event: &str) -> anyhow::Result<Option<String>> {
        for _ in 0..100 {
            let path = format!("rooms/{room}/messages?dir=b&limit=20");
            let newest = self.call(Method::GET, &path, Value::Null).await?;
            let events = newest["chunk"].as_array().into_iter().flatten();
            let after = events.take_while(|newer| newer["event_id"] != event);
            let said = after.filter(|newer| newer["sender"] == bot).find_map(|newer| newer["content"]["body"].as_str());
            if let Some(said) = said {
                return Ok(Some(said.to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(None)
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> anyhow::Result<Value> {
        let mut request = self.client.request(method, format!("{}/_matrix/client/v3/{path}", self.homeserver));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let answer: Value = answer.json().await?;
        anyhow::ensure!(status.is_success(), "{path}: {answer}");
        Ok(answer)
    }
}
