//! A supergroup with Ada and the bot in it, and a bare client.

use serde_json::{Value, json};
use simulators::telegram::{Limits, Settings, Telegram};

/// The usual place.
pub(crate) struct House {
    pub(crate) telegram: Telegram,
    pub(crate) ada: i64,
    pub(crate) group: i64,
    client: reqwest::Client,
}

impl House {
    /// Without limits, the bot an administrator with every right.
    pub(crate) async fn open() -> Self {
        Self::with(Settings { limits: Limits::off(), ..Settings::default() }).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let telegram = Telegram::start(settings).await.unwrap();
        let ada = telegram.person("Ada", Some("ada_l"));
        let group = telegram.supergroup("Harbour", ada);
        telegram.add_bot(group, ada).unwrap();
        telegram.make_bot_admin(group, ada).unwrap();
        let house = Self { telegram, ada, group, client: reqwest::Client::new() };
        house.drain().await;
        house
    }

    /// Asks; status and body.
    pub(crate) async fn ask(&self, method: &str, params: Value) -> (u16, Value) {
        let url = format!("{}/bot{}/{method}", self.telegram.url(), self.telegram.token());
        let response = self.client.post(url).json(&params).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Asks for something that must succeed.
    pub(crate) async fn done(&self, method: &str, params: Value) -> Value {
        let (status, mut body) = self.ask(method, params).await;
        assert_eq!(status, 200, "{method}: {body}");
        body["result"].take()
    }

    /// Asks for something that must be refused; the description.
    pub(crate) async fn refused(&self, method: &str, params: Value) -> String {
        let (status, body) = self.ask(method, params).await;
        assert!(status >= 400 && body["ok"] == false && body["error_code"] == status, "{method}: {status} {body}");
        body["description"].as_str().unwrap().to_owned()
    }

    /// Says something as the bot.
    pub(crate) async fn says(&self, text: &str) -> i32 {
        let sent = self.done("sendMessage", json!({"chat_id": self.group, "text": text})).await;
        i32::try_from(sent["message_id"].as_i64().unwrap()).unwrap()
    }

    /// Everything that waits, confirmed.
    pub(crate) async fn drain(&self) -> Vec<Value> {
        let updates = self.done("getUpdates", json!({"limit": 100})).await;
        let updates = updates.as_array().unwrap().clone();
        if let Some(last) = updates.last() {
            let offset = last["update_id"].as_i64().unwrap() + 1;
            self.done("getUpdates", json!({ "offset": offset })).await;
        }
        updates
    }

    /// The next update, which must be there.
    pub(crate) async fn next(&self, kind: &str) -> Value {
        let mut updates = self.drain().await;
        assert_eq!(updates.len(), 1, "{updates:?}");
        assert!(!updates[0][kind].is_null(), "{updates:?}");
        updates[0][kind].take()
    }
}
