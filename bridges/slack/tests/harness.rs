//! A simulated Slack, a store that records what the bridge tells, and the loop the SDK's engine runs for a message.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use appservice_sdk::network::remote::Host;
use appservice_sdk::prelude::*;
use bridge_slack::{Pace, Slack as Bridge, SlackNetwork};
use serde_json::{Value, json};
use simulators::slack::{Limits, Settings, Slack};
use tokio::sync::watch;

/// Nothing in these tests takes longer than this unless it failed.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// What outlives a restart of the bridge.
pub(crate) struct Store {
    state: Mutex<State>,
    version: watch::Sender<u64>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) events: Vec<Incoming>,
    pub(crate) memory: BTreeMap<String, Value>,
    pub(crate) chats: Vec<LinkedChat>,
    /// Messages of both sides.
    pub(crate) ledger: HashSet<(String, String)>,
    pub(crate) media: HashMap<String, (String, Bytes)>,
    pub(crate) down: Option<String>,
    /// So many of the next attempts to store fail.
    pub(crate) refuse: u32,
    /// What people of Slack did to people of Matrix.
    pub(crate) governed: Vec<(String, Act, Option<String>)>,
    /// Messages that went to Slack.
    pub(crate) sent: HashMap<String, Known>,
    keys: HashSet<String>,
}

impl Store {
    fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), version: watch::Sender::new(0) })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn link(&self, chat: &str) {
        let chat = ChatId::new(chat);
        self.state().chats.push(LinkedChat { room_id: format!("!{chat}:test"), chat });
    }

    /// Looks now and after every change.
    pub(crate) async fn until<T>(&self, mut seen: impl FnMut(&State) -> Option<T>) -> T {
        let mut version = self.version.subscribe();
        let looking = async {
            loop {
                version.mark_unchanged();
                if let Some(found) = seen(&self.state()) {
                    return found;
                }
                version.changed().await.unwrap();
            }
        };
        match tokio::time::timeout(SOON, looking).await {
            Ok(found) => found,
            Err(_) => panic!("it did not happen; what did: {:#?}", self.state().events),
        }
    }

    /// The texts that were heard, in order.
    pub(crate) fn heard(&self) -> Vec<String> {
        texts(&self.state().events)
    }

    /// Waits until so many messages were heard and gives their texts.
    pub(crate) async fn hears(&self, count: usize) -> Vec<String> {
        self.until(|state| Some(texts(&state.events)).filter(|heard| heard.len() >= count)).await
    }
}

fn texts(events: &[Incoming]) -> Vec<String> {
    let message = |event: &Incoming| match &event.what {
        What::Message { parts, .. } => Some(text(parts)),
        _ => None,
    };
    events.iter().filter_map(message).collect()
}

/// The text of a message's parts.
pub(crate) fn text(parts: &[Part]) -> String {
    parts.iter().filter_map(Part::doc).map(Doc::plain).collect::<Vec<_>>().join("\n")
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Host for Store {
    fn store(&self, batch: Batch) -> Boxed<'_, Result<(), StoreError>> {
        let mut state = self.state();
        if state.refuse > 0 {
            state.refuse -= 1;
            return Box::pin(async { Err(StoreError::new("storing events", "no space left on device")) });
        }
        for event in batch.events {
            let linked = state.chats.iter().any(|linked| linked.chat == event.chat);
            let fresh = event.dedupe_key().is_none_or(|key| state.keys.insert(key));
            if fresh && (linked || matches!(event.what, What::Profile | What::Found(_))) {
                if let What::Message { id, .. } = &event.what {
                    state.ledger.insert((event.chat.to_string(), id.to_string()));
                }
                state.events.push(event);
            }
        }
        for (key, value) in batch.memory {
            match value {
                Some(value) => state.memory.insert(key, value),
                None => state.memory.remove(&key),
            };
        }
        drop(state);
        self.version.send_modify(|version| *version += 1);
        Box::pin(async { Ok(()) })
    }

    fn recall<'a>(&'a self, key: &'a str) -> Boxed<'a, Result<Option<Value>, StoreError>> {
        let value = self.state().memory.get(key).cloned();
        Box::pin(async { Ok(value) })
    }

    fn recall_all<'a>(&'a self, prefix: &'a str) -> Boxed<'a, Result<Vec<(String, Value)>, StoreError>> {
        let all = self.state().memory.clone().into_iter().filter(|(key, _)| key.starts_with(prefix)).collect();
        Box::pin(async { Ok(all) })
    }

    fn chats(&self) -> Vec<LinkedChat> {
        self.state().chats.clone()
    }

    fn last_seen<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<Option<MessageId>, StoreError>> {
        let id = |event: &Incoming| match &event.what {
            What::Message { id, .. } if event.chat == *chat => Some(id.clone()),
            _ => None,
        };
        let last = self.state().events.iter().rev().find_map(id);
        Box::pin(async { Ok(last) })
    }

    fn known<'a>(&'a self, chat: &'a ChatId, ids: &'a [MessageId]) -> Boxed<'a, Result<Vec<MessageId>, StoreError>> {
        let ledger = self.state().ledger.clone();
        let known = ids.iter().filter(|id| ledger.contains(&(chat.to_string(), id.to_string()))).cloned().collect();
        Box::pin(async { Ok(known) })
    }

    fn connection(&self, down: Option<String>) {
        self.state().down = down;
        self.version.send_modify(|version| *version += 1);
    }

    fn download<'a>(&'a self, media: &'a MediaRef) -> Boxed<'a, Result<MediaStream, FetchError>> {
        let found = match &media.source {
            MediaSource::Matrix(mxc) => self.state().media.get(mxc).cloned(),
            _ => None,
        };
        let stream = found.map(|(mime, bytes)| MediaStream::from_bytes(bytes, Some(mime)));
        Box::pin(async { stream.ok_or(FetchError::Missing) })
    }

    fn link<'a>(&'a self, room: &'a str, chat: &'a ChatId) -> Boxed<'a, Result<(), FetchError>> {
        self.state().chats.push(LinkedChat { chat: chat.clone(), room_id: room.to_owned() });
        Box::pin(async { Ok(()) })
    }

    fn unlink<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<(), FetchError>> {
        self.state().chats.retain(|linked| linked.chat != *chat);
        Box::pin(async { Ok(()) })
    }

    fn resolve_room<'a>(&'a self, room: &'a str) -> Boxed<'a, Result<String, FetchError>> {
        Box::pin(async move { Ok(room.to_owned()) })
    }

    fn offer<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<String, FetchError>> {
        Box::pin(async move { Ok(format!("CODE-{chat}")) })
    }

    fn accept<'a>(&'a self, code: &'a str, chat: &'a ChatId) -> Boxed<'a, Result<LinkedChat, FetchError>> {
        if code != "GOOD" {
            return Box::pin(async { Err(FetchError::Missing) });
        }
        let linked = LinkedChat { chat: chat.clone(), room_id: "!accepted:test".to_owned() };
        self.state().chats.push(linked.clone());
        Box::pin(async { Ok(linked) })
    }

    fn people<'a>(&'a self, _: &'a ChatId) -> Boxed<'a, Result<Vec<Person>, FetchError>> {
        let alice = Person { user_id: "@alice:test".into(), name: "Alice <3".into() };
        Box::pin(async { Ok(vec![alice]) })
    }

    fn govern<'a>(
        &'a self,
        _: &'a ChatId,
        user_id: &'a str,
        act: Act,
        reason: Option<&'a str>,
    ) -> Boxed<'a, Result<(), FetchError>> {
        self.state().governed.push((user_id.to_owned(), act, reason.map(str::to_owned)));
        Box::pin(async { Ok(()) })
    }

    fn origin<'a>(&'a self, _: &'a ChatId, id: &'a MessageId) -> Boxed<'a, Result<Option<Known>, StoreError>> {
        let known = self.state().sent.get(id.as_str()).cloned();
        Box::pin(async { Ok(known) })
    }

    fn secret(&self, _: &str) -> [u8; 32] {
        [7; 32]
    }
}

/// A workspace with one linked channel and one person, and the bridge.
pub(crate) struct House {
    pub(crate) slack: Slack,
    pub(crate) general: String,
    pub(crate) ada: String,
    pub(crate) store: Arc<Store>,
    pub(crate) section: Value,
    network: Option<SlackNetwork>,
    bridge: Option<Bridge>,
}

/// Retries that do not keep a test waiting.
pub(crate) fn settings() -> Settings {
    Settings {
        limits: Limits::off(),
        ack_patience: Duration::from_millis(300),
        retries: vec![Duration::ZERO, Duration::from_millis(300), Duration::from_millis(600)],
        ..Settings::default()
    }
}

impl House {
    /// Everything is up.
    pub(crate) async fn open() -> Self {
        let mut house = Self::build(settings()).await;
        house.start().await;
        house
    }

    /// Everything but the bridge is up.
    pub(crate) async fn build(settings: Settings) -> Self {
        let slack = Slack::start(settings).await.unwrap();
        let general = slack.channel("harbour").unwrap();
        let ada = slack.person("ada").unwrap();
        slack.join(&general, &ada).unwrap();
        let store = Store::new();
        store.link(&general);
        let section = json!({
            "enabled": true, "token": slack.token(), "app_token": slack.app_token(), "api_url": slack.api_url(),
            "public_url": "https://matrix.test/_bridge/slack",
        });
        Self { slack, general, ada, store, section, network: None, bridge: None }
    }

    pub(crate) async fn try_start(&mut self) -> Result<(), ConnectError> {
        let network = SlackNetwork::open(self.section.clone()).unwrap().with_pace(Pace { again: 1, ping: 1 });
        self.bridge = Some(network.connect(Remote::new(self.store.clone())).await?);
        self.network = Some(network);
        Ok(())
    }

    /// Connected, and with what was missed.
    pub(crate) async fn start(&mut self) {
        self.try_start().await.unwrap();
        self.settled().await;
    }

    /// Nothing waits to be understood, and every linked channel was looked at.
    pub(crate) async fn settled(&self) {
        self.store
            .until(|state| {
                let waits = state.memory.keys().any(|key| key.starts_with("queue/"));
                let begun =
                    state.chats.iter().all(|linked| state.memory.contains_key(&format!("start/{}", linked.chat)));
                (!waits && begun).then_some(())
            })
            .await;
    }

    /// The process is gone, as by `kill -9`: nothing is said to Slack.
    pub(crate) fn kill(&mut self) {
        self.bridge = None;
        self.network = None;
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
        ChatId::new(&self.general)
    }

    /// Waits for an event.
    pub(crate) async fn event(&self, wanted: impl Fn(&Incoming) -> bool) -> Incoming {
        self.store.until(|state| state.events.iter().find(|event| wanted(event)).cloned()).await
    }

    /// Does for a message what the engine does: plans it, sends part by part, looks up what is unclear.
    pub(crate) async fn send(&self, message: Outgoing) -> Result<Vec<Sent>, SendError> {
        let message = Arc::new(message);
        let plan = self.bridge().plan(&message)?;
        let nonce = self.store.state().sent.len().to_string();
        let mut sent: Vec<Sent> = Vec::new();
        for (at, payload) in plan.iter().enumerate() {
            let mut attempt = Attempt {
                key: SendKey::derive(&[&nonce, &at.to_string()]),
                part: u32::try_from(at).unwrap(),
                of: u32::try_from(plan.len()).unwrap(),
                payload: payload.clone(),
                message: message.clone(),
                before: sent.iter().map(|sent| sent.id.clone()).collect(),
                since: Timestamp::now(),
                tries: 0,
            };
            let arrived = loop {
                match self.bridge().send(&attempt).await {
                    Ok(arrived) => break arrived,
                    Err(SendError::Later { after, .. }) => {
                        tokio::time::sleep(after.unwrap_or(Duration::from_millis(50))).await;
                    }
                    Err(SendError::Unsure(_)) => match self.bridge().lookup(&attempt).await? {
                        Lookup::Found(arrived) => break arrived,
                        Lookup::Absent => {}
                        Lookup::Unknown => return Err(SendError::Unsure("nobody can tell".into())),
                    },
                    Err(error) => return Err(error),
                }
                attempt.tries += 1;
            };
            let known = self.known(&arrived);
            self.store.state().ledger.insert((message.chat.to_string(), arrived.id.to_string()));
            self.store.state().sent.insert(arrived.id.to_string(), known);
            sent.push(arrived);
        }
        Ok(sent)
    }

    pub(crate) async fn says(&self, text: &str) -> Known {
        let sent = self.send(self.message(text)).await.unwrap();
        self.known(&sent[0])
    }

    /// Something Alice says in the linked room.
    pub(crate) fn message(&self, text: &str) -> Outgoing {
        self.parts(vec![Part::Text(Doc::text(text))])
    }

    pub(crate) fn parts(&self, parts: Vec<Part>) -> Outgoing {
        Outgoing {
            chat: self.chat(),
            parts,
            reply_to: None,
            thread: None,
            sender: OnBehalf { user_id: "@alice:test".into(), name: "Alice".into(), avatar: None },
            at: Timestamp::now(),
            event_id: "$event".into(),
            room_id: "!room:test".into(),
            may_ping_everyone: false,
            is_edit: false,
        }
    }

    /// A message that went to Slack, as the ledger knows it.
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

    /// A message that came from Slack, as the ledger knows it.
    pub(crate) fn theirs(&self, ts: &str) -> Known {
        Known { from_matrix: false, author: "ada".into(), author_id: self.ada.clone(), ..self.known(&Sent::new(ts)) }
    }
}
