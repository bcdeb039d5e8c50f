//! A bare client: JSON over REST and over the gateway's WebSocket, with nothing in between.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use simulators::discord::{Discord, Settings, Snowflake};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, protocol::CloseFrame},
};

pub(crate) const SOON: Duration = Duration::from_secs(30);

/// Every intent.
pub(crate) const ALL: u64 = 0x1_FFFF;

/// A guild with a channel and somebody in it.
pub(crate) struct House {
    pub(crate) discord: Discord,
    pub(crate) guild: Snowflake,
    pub(crate) general: Snowflake,
    pub(crate) ada: Snowflake,
}

pub(crate) async fn house(settings: Settings) -> House {
    let discord = Discord::start(settings).await.unwrap();
    let guild = discord.guild("Harbour");
    let general = discord.text_channel(guild, "general").unwrap();
    let ada = discord.person(guild, "ada").unwrap();
    House { discord, guild, general, ada }
}

/// A request as the bot; `path` begins after `/api/v10`.
pub(crate) async fn ask(discord: &Discord, method: Method, path: &str, body: Option<Value>) -> Response {
    let url = format!("{}/api/v10{path}", discord.url());
    let mut request =
        reqwest::Client::new().request(method, url).header("authorization", format!("Bot {}", discord.token()));
    if let Some(body) = body {
        request = request.json(&body);
    }
    request.send().await.unwrap()
}

pub(crate) async fn get(discord: &Discord, path: &str) -> Value {
    ask(discord, Method::GET, path, None).await.json().await.unwrap()
}

pub(crate) async fn post(discord: &Discord, path: &str, body: Value) -> Value {
    ask(discord, Method::POST, path, Some(body)).await.json().await.unwrap()
}

/// A gateway connection.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What came over it.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Frame(Value),
    Closed(Option<u16>),
}

impl Socket {
    pub(crate) async fn open(discord: &Discord) -> Self {
        let (stream, _) = connect_async(format!("{}?v=10&encoding=json", discord.gateway_url())).await.unwrap();
        let mut socket = Self(stream);
        let hello = socket.frame().await;
        assert!(hello["op"] == 10 && hello["d"]["heartbeat_interval"].is_u64(), "{hello}");
        socket
    }

    /// Opens and identifies; the READY comes with it.
    pub(crate) async fn ready(discord: &Discord, intents: u64) -> (Self, Value) {
        let mut socket = Self::open(discord).await;
        socket.identify(discord.token(), intents).await;
        let ready = socket.event("READY").await;
        (socket, ready)
    }

    pub(crate) async fn identify(&mut self, token: &str, intents: u64) {
        let properties = json!({ "os": "linux", "browser": "test", "device": "test" });
        self.say(json!({ "op": 2, "d": { "token": token, "intents": intents, "properties": properties } })).await;
    }

    pub(crate) async fn resume(&mut self, discord: &Discord, session: &Value, seq: u64) {
        self.say(json!({ "op": 6, "d": { "token": discord.token(), "session_id": session, "seq": seq } })).await;
    }

    pub(crate) async fn say(&mut self, message: Value) {
        self.0.send(Message::Text(message.to_string())).await.unwrap();
    }

    pub(crate) async fn close(&mut self, code: u16) {
        self.0.close(Some(CloseFrame { code: code.into(), reason: "".into() })).await.unwrap();
    }

    pub(crate) async fn hear(&mut self) -> Heard {
        match tokio::time::timeout(SOON, self.0.next()).await.expect("something comes") {
            Some(Ok(Message::Text(text))) => Heard::Frame(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(reason))) => Heard::Closed(reason.map(|reason| reason.code.into())),
            None | Some(Err(_)) => Heard::Closed(None),
            Some(Ok(other)) => panic!("unexpected {other:?}"),
        }
    }

    pub(crate) async fn frame(&mut self) -> Value {
        match self.hear().await {
            Heard::Frame(frame) => frame,
            Heard::Closed(code) => panic!("closed with {code:?}"),
        }
    }

    /// The code the other side closes with; frames before it are passed over.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Heard::Closed(code) = self.hear().await {
                return code;
            }
        }
    }

    /// The next dispatch of this name; others are passed over.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        loop {
            let frame = self.frame().await;
            if frame["t"] == name {
                return frame;
            }
        }
    }

    /// The next frame of this opcode; others are passed over.
    pub(crate) async fn op(&mut self, op: u64) -> Value {
        loop {
            let frame = self.frame().await;
            if frame["op"] == op {
                return frame;
            }
        }
    }

    /// The names of the dispatches up to and including `last`.
    pub(crate) async fn names_until(&mut self, last: &str) -> Vec<String> {
        let mut names: Vec<String> = vec![];
        while names.last().is_none_or(|name| name != last) {
            let frame = self.op(0).await;
            names.push(frame["t"].as_str().unwrap().to_owned());
        }
        names
    }

    /// Whether nothing at all comes for a while.
    pub(crate) async fn is_silent(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(300), self.0.next()).await.is_err()
    }
}
