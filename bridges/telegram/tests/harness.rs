//! A simulated Telegram, the bridge, and the loop the SDK's engine runs for a message.

use std::{sync::Arc, time::Duration};

use appservice_sdk::prelude::*;
use bridge_telegram::{Pace, Telegram as Bridge, TelegramNetwork};
use serde_json::{Value, json};
use simulators::telegram::{Limits, Settings, Telegram};

use crate::store::{SOON, Store};

/// What became of a message, as the engine would report it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Sent(Vec<Sent>),
    /// The sender was told that nobody can tell.
    Uncertain,
    Refused(String),
}

/// A supergroup with one linked room and one person, and the bridge.
pub(crate) struct House {
    pub(crate) telegram: Telegram,
    pub(crate) group: i64,
    pub(crate) ada: i64,
    pub(crate) store: Arc<Store>,
    pub(crate) section: Value,
    network: Option<TelegramNetwork>,
    bridge: Option<Bridge>,
}

impl House {
    /// Everything is up; nothing is limited.
    pub(crate) async fn open() -> Self {
        let mut house = Self::build(Settings { limits: Limits::off(), ..Settings::default() }).await;
        house.start().await;
        house
    }

    /// Everything but the bridge is up.
    pub(crate) async fn build(settings: Settings) -> Self {
        let telegram = Telegram::start(settings).await.unwrap();
        let ada = telegram.person("Ada", Some("ada"));
        let group = telegram.supergroup("Harbour", ada);
        telegram.add_bot(group, ada).unwrap();
        telegram.make_bot_admin(group, ada).unwrap();
        let store = Store::new();
        store.link(&group.to_string());
        let section = json!({ "token": telegram.token(), "api_url": telegram.url(), "poll_seconds": 5 });
        Self { telegram, group, ada, store, section, network: None, bridge: None }
    }

    fn pace() -> Pace {
        let quick = Duration::from_millis(1);
        let album = Duration::from_millis(400);
        Pace { chat: quick, group: 1000, window: quick, all: 1000, album, longest: Duration::from_millis(100) }
    }

    pub(crate) async fn try_start(&mut self) -> Result<(), ConnectError> {
        let network = TelegramNetwork::open(self.section.clone()).unwrap().with_pace(Self::pace());
        self.bridge = Some(network.connect(Remote::new(self.store.clone())).await?);
        self.network = Some(network);
        Ok(())
    }

    /// The bridge is up and listens: what Telegram is to tell is settled by the first question.
    pub(crate) async fn start(&mut self) {
        self.try_start().await.unwrap();
        if self.section.get("mode").is_none() {
            let asked = || self.telegram.connected() > 0 || !self.telegram.calls_to("getUpdates").is_empty();
            let asking = async {
                while !asked() {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            };
            tokio::time::timeout(SOON, asking).await.unwrap();
        }
    }

    /// The process is gone, as by `kill -9`: nothing is said to Telegram.
    pub(crate) fn kill(&mut self) {
        self.bridge = None;
    }

    /// The session as the engine holds it.
    pub(crate) fn bridge(&self) -> &dyn DynSession {
        self.bridge.as_ref().unwrap()
    }

    /// Asks the bridge's own listener.
    pub(crate) async fn http(&self, request: HttpRequest) -> HttpResponse {
        self.network.as_ref().unwrap().http(request, Remote::new(self.store.clone())).await
    }

    pub(crate) fn chat(&self) -> ChatId {
        ChatId::new(self.group.to_string())
    }

    /// What our bot said in the group, without the lines about changes.
    pub(crate) fn spoken(&self) -> Vec<String> {
        let lines = self.telegram.transcript(self.group).into_iter();
        lines.filter(|line| line.by_bot && !line.service).map(|line| line.text).collect()
    }

    /// Waits until our bot has said this and nothing else.
    pub(crate) async fn reads(&self, wanted: &[&str]) {
        if self.telegram.wait_for(SOON, |_| self.spoken() == wanted).await.is_err() {
            panic!("the group reads {:#?}", self.spoken());
        }
    }

    /// Somebody over there says something, and the bridge heard it: it knows how far messages are numbered.
    pub(crate) async fn greeted(&self) {
        self.telegram.say(self.group, self.ada, "hello").unwrap();
        self.store.hears(1).await;
    }

    /// Does for a message what the engine does: plans it, sends part by part, looks up what is unclear.
    pub(crate) async fn send(&self, message: Outgoing) -> Outcome {
        let message = Arc::new(message);
        let plan = match self.bridge().plan(&message) {
            Ok(plan) => plan,
            Err(error) => return Outcome::Refused(error.to_string()),
        };
        let mut sent: Vec<Sent> = Vec::new();
        for (at, payload) in plan.iter().enumerate() {
            let attempt = Attempt {
                key: SendKey::derive(&[&message.event_id, &at.to_string()]),
                part: u32::try_from(at).unwrap(),
                of: u32::try_from(plan.len()).unwrap(),
                payload: payload.clone(),
                message: message.clone(),
                before: sent.iter().map(|sent| sent.id.clone()).collect(),
                since: Timestamp::now(),
                tries: 0,
            };
            match self.attempt(attempt).await {
                Ok(arrived) => {
                    self.store.state().ledger.insert((message.chat.to_string(), arrived.id.to_string()));
                    sent.push(arrived);
                }
                Err(outcome) => return outcome,
            }
        }
        Outcome::Sent(sent)
    }

    async fn attempt(&self, mut attempt: Attempt) -> Result<Sent, Outcome> {
        loop {
            let error = match self.bridge().send(&attempt).await {
                Ok(arrived) => return Ok(arrived),
                Err(SendError::Unsure(_)) => match self.look_up(&attempt).await? {
                    Some(arrived) => return Ok(arrived),
                    None => SendError::later("it did not arrive"),
                },
                Err(error) => error,
            };
            match error {
                SendError::Later { after, .. } => wait(after).await,
                other => return Err(Outcome::Refused(other.to_string())),
            }
            attempt.tries += 1;
        }
    }

    async fn look_up(&self, attempt: &Attempt) -> Result<Option<Sent>, Outcome> {
        loop {
            match self.bridge().lookup(attempt).await {
                Ok(Lookup::Found(arrived)) => return Ok(Some(arrived)),
                Ok(Lookup::Absent) => return Ok(None),
                Ok(Lookup::Unknown) => return Err(Outcome::Uncertain),
                Err(SendError::Later { after, .. }) => wait(after).await,
                Err(error) => return Err(Outcome::Refused(error.to_string())),
            }
        }
    }

    /// What the engine learns after a crash of a message it had begun to send.
    pub(crate) async fn found(&self, text: &str) -> Outcome {
        let message = Arc::new(self.message(text));
        let attempt = Attempt {
            key: SendKey::derive(&[&message.event_id, "0"]),
            part: 0,
            of: 1,
            payload: self.bridge().plan(&message).unwrap().remove(0),
            message: message.clone(),
            before: Vec::new(),
            since: Timestamp::now(),
            tries: 1,
        };
        match self.look_up(&attempt).await {
            Ok(Some(arrived)) => {
                self.store.state().ledger.insert((message.chat.to_string(), arrived.id.to_string()));
                Outcome::Sent(vec![arrived])
            }
            Ok(None) => Outcome::Uncertain,
            Err(outcome) => outcome,
        }
    }

    pub(crate) async fn says(&self, text: &str) -> Known {
        match self.send(self.message(text)).await {
            Outcome::Sent(sent) => self.known(&sent[0]),
            other => panic!("{other:?}"),
        }
    }

    /// Something Alice says in the linked room.
    pub(crate) fn message(&self, text: &str) -> Outgoing {
        self.parts(vec![Part::Text(Doc::text(text))])
    }

    pub(crate) fn parts(&self, parts: Vec<Part>) -> Outgoing {
        Outgoing {
            chat: self.chat(),
            event_id: format!("${parts:?}"),
            parts,
            reply_to: None,
            thread: None,
            sender: OnBehalf { user_id: "@alice:test".into(), name: "Alice".into(), avatar: None },
            at: Timestamp::now(),
            room_id: "!room:test".into(),
            may_ping_everyone: false,
            is_edit: false,
        }
    }

    /// A file that lies on the homeserver.
    pub(crate) fn file(&self, mime: &str, bytes: &[u8]) -> MediaRef {
        let mxc = format!("mxc://test/{}", bytes.len());
        self.store.state().media.insert(mxc.clone(), (mime.to_owned(), Bytes::copy_from_slice(bytes)));
        let mut file = MediaRef::new(MediaSource::Matrix(mxc));
        (file.mime, file.size) = (Some(mime.to_owned()), u64::try_from(bytes.len()).ok());
        file
    }

    /// A message that went to Telegram, as the ledger knows it.
    pub(crate) fn known(&self, sent: &Sent) -> Known {
        Known {
            chat: self.chat(),
            id: sent.id.clone(),
            part: 0,
            event_id: "$event".into(),
            thread: None,
            from_matrix: true,
            author: "Alice".into(),
            author_id: "@alice:test".into(),
            excerpt: "it began".into(),
            note: sent.note.clone(),
        }
    }

    /// A message that came from Telegram, as the ledger knows it.
    pub(crate) fn theirs(&self, id: i32) -> Known {
        Known { from_matrix: false, author: "Ada".into(), ..self.known(&Sent::new(id.to_string())) }
    }
}

async fn wait(after: Option<Duration>) {
    tokio::time::sleep(after.unwrap_or(Duration::from_millis(20))).await;
}
