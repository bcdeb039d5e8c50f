//! What the tests speak with when no library may stand between: plain HTTP, and a plain WebSocket.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use simulators::slack::{Limits, Settings, Slack};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A workspace with #news, and Ada and the bot in it.
pub(crate) struct House {
    pub(crate) slack: Slack,
    pub(crate) news: String,
    pub(crate) ada: String,
    http: reqwest::Client,
}

pub(crate) async fn house() -> House {
    house_with(Settings { limits: Limits::off(), ..Settings::default() }).await
}

pub(crate) async fn house_with(settings: Settings) -> House {
    let slack = Slack::start(settings).await.unwrap();
    let news = slack.channel("news").unwrap();
    let ada = slack.person("ada").unwrap();
    slack.join(&news, &ada).unwrap();
    House { slack, news, ada, http: reqwest::Client::builder().no_proxy().build().unwrap() }
}

impl House {
    /// Calls a method with JSON and the bot's token.
    pub(crate) async fn call(&self, method: &str, args: Value) -> Value {
        self.ask(method, self.slack.token(), args).await.json().await.unwrap()
    }

    /// Calls a method that has to succeed.
    pub(crate) async fn done(&self, method: &str, args: Value) -> Value {
        let answer = self.call(method, args).await;
        assert_eq!(answer["ok"], true, "{method}: {answer}");
        answer
    }

    /// The word of the refusal.
    pub(crate) async fn refused(&self, method: &str, args: Value) -> String {
        let answer = self.call(method, args).await;
        assert_eq!(answer["ok"], false, "{method}: {answer}");
        answer["error"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn ask(&self, method: &str, token: &str, args: Value) -> reqwest::Response {
        let url = format!("{}/{method}", self.slack.api_url());
        self.http.post(url).bearer_auth(token).json(&args).send().await.unwrap()
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Opens a socket and hears its hello.
    pub(crate) async fn socket(&self) -> Socket {
        let answer = self.ask("apps.connections.open", self.slack.app_token(), json!({})).await;
        let answer: Value = answer.json().await.unwrap();
        let (stream, _) = connect_async(answer["url"].as_str().unwrap()).await.unwrap();
        let mut socket = Socket(stream);
        assert_eq!(socket.next().await["type"], "hello");
        socket
    }
}

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// The next frame of JSON; null when the socket is closed.
    pub(crate) async fn next(&mut self) -> Value {
        let heard = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Value::Null,
                    Some(Ok(_)) => {}
                }
            }
        };
        tokio::time::timeout(SOON, heard).await.expect("a frame comes")
    }

    /// The next event of this type, acknowledged like those before it.
    pub(crate) async fn event(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await;
            assert!(!frame.is_null(), "the socket is closed");
            self.ack(&frame).await;
            if frame["payload"]["event"]["type"] == kind {
                return frame["payload"]["event"].clone();
            }
        }
    }

    pub(crate) async fn ack(&mut self, frame: &Value) {
        self.answer(frame, json!({ "envelope_id": frame["envelope_id"] })).await;
    }

    pub(crate) async fn answer(&mut self, _: &Value, answer: Value) {
        self.0.send(Message::Text(answer.to_string())).await.unwrap();
    }
}
