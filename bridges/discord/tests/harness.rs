//! A simulated Discord, a store that records what the bridge tells, and the loop the SDK's engine runs for a message.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use appservice_sdk::network::remote::Host;
use appservice_sdk::prelude::*;
use bridge_discord::{Discord as Bridge, DiscordNetwork, Pace};
use serde_json::{Value, json};
use simulators::discord::{Discord, Limits, Settings, Snowflake};
use tokio::sync::watch;

/// Nothing in these tests takes longer than this unless it failed.
pub(crate) const SOON: Duration = Duration::from_secs(10);

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
    /// What the ledger says of messages.
    pub(crate) origins: HashMap<String, Known>,
    /// Who was invited, kicked or banned in Matrix.
    pub(crate) done: Vec<String>,
    /// So many of the next attempts to store fail.
    pub(crate) refuse: u32,
    keys: HashSet<String>,
}

impl Store {
    fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), version: watch::Sender::new(0) })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn link(&self, chat: Snowflake) {
        self.link_named(&chat.to_string());
    }

    pub(crate) fn link_named(&self, chat: &str) {
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
        Box::pin(async move { Ok(format!("code-for-{chat}")) })
    }

    fn accept<'a>(&'a self, code: &'a str, chat: &'a ChatId) -> Boxed<'a, Result<LinkedChat, FetchError>> {
        let linked = LinkedChat { room_id: "!accepted:test".to_owned(), chat: chat.clone() };
        let right = code == format!("code-for-{chat}");
        Box::pin(async move { if right { Ok(linked) } else { Err(FetchError::Missing) } })
    }

    fn people<'a>(&'a self, _: &'a ChatId) -> Boxed<'a, Result<Vec<Person>, FetchError>> {
        Box::pin(async { Ok(vec![Person { user_id: "@alice:test".into(), name: "Alice".into() }]) })
    }

    fn govern<'a>(
        &'a self,
        _: &'a ChatId,
        user_id: &'a str,
        act: Act,
        reason: Option<&'a str>,
    ) -> Boxed<'a, Result<(), FetchError>> {
        self.state().done.push(format!("{act:?} {user_id} {}", reason.unwrap_or_default()).trim().to_owned());
        Box::pin(async { Ok(()) })
    }

    fn origin<'a>(&'a self, _: &'a ChatId, id: &'a MessageId) -> Boxed<'a, Result<Option<Known>, StoreError>> {
        let found = self.state().origins.get(id.as_str()).cloned();
        Box::pin(async { Ok(found) })
    }

    fn secret(&self, _: &str) -> [u8; 32] {
        [7; 32]
    }
}

/// A guild with one linked channel and one person, and the bridge.
pub(crate) struct House {
    pub(crate) discord: Discord,
    pub(crate) guild: Snowflake,
    pub(crate) general: Snowflake,
    pub(crate) ada: Snowflake,
    pub(crate) store: Arc<Store>,
    pub(crate) section: Value,
    bridge: Option<Bridge>,
}

impl House {
    /// Everything is up.
    pub(crate) async fn open() -> Self {
        let mut house = Self::build(Settings { limits: Limits::off(), ..Settings::default() }).await;
        house.start().await;
        house
    }

    /// Everything but the bridge is up.
    pub(crate) async fn build(settings: Settings) -> Self {
        let discord = Discord::start(settings).await.unwrap();
        let guild = discord.guild("Harbour");
        let general = discord.text_channel(guild, "general").unwrap();
        let ada = discord.person(guild, "ada").unwrap();
        let store = Store::new();
        store.link(general);
        let section = json!({
            "enabled": true, "token": discord.token(), "api_url": discord.url(), "cdn_url": discord.cdn_url(),
            "public_url": "https://matrix.test/_bridge/discord",
        });
        Self { discord, guild, general, ada, store, section, bridge: None }
    }

    pub(crate) async fn try_start(&mut self) -> Result<(), ConnectError> {
        let pace = Pace {
            invalid_session: Duration::from_millis(10)..Duration::from_millis(20),
            shortest: Duration::from_millis(20),
            longest: Duration::from_millis(100),
        };
        let network = DiscordNetwork::open(self.section.clone()).unwrap().with_pace(pace);
        self.bridge = Some(network.connect(Remote::new(self.store.clone())).await?);
        Ok(())
    }

    pub(crate) async fn start(&mut self) {
        self.try_start().await.unwrap();
        self.store.until(|state| state.memory.contains_key("gateway").then_some(())).await;
    }

    /// The process is gone, as by `kill -9`: nothing is said to Discord.
    pub(crate) fn kill(&mut self) {
        self.bridge = None;
    }

    /// The session as the engine holds it.
    pub(crate) fn bridge(&self) -> &dyn DynSession {
        self.bridge.as_ref().unwrap()
    }

    /// Asks the bridge's own listener.
    pub(crate) async fn http(&self, path: &str) -> HttpResponse {
        let request = HttpRequest {
            method: "GET".into(),
            path: path.into(),
            query: String::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            peer: None,
            trusted: false,
        };
        let network = DiscordNetwork::open(self.section.clone()).unwrap();
        network.http(request, Remote::new(self.store.clone())).await
    }

    pub(crate) fn chat(&self) -> ChatId {
        ChatId::new(self.general.to_string())
    }

    /// Waits until somebody hears of something like this.
    pub(crate) async fn told(&self, wanted: impl Fn(&Incoming) -> bool) -> Incoming {
        self.store.until(|state| state.events.iter().rfind(|event| wanted(event)).cloned()).await
    }

    /// A room is made for a chat, as the engine does it.
    pub(crate) async fn link(&self, chat: Snowflake) {
        self.store.link(chat);
        self.bridge().linked(&ChatId::new(chat.to_string()), true).await;
    }

    /// Waits until the channel reads like this.
    pub(crate) async fn reads(&self, wanted: &[&str]) {
        let read = |discord: &Discord| {
            discord.transcript(self.general).into_iter().map(|line| line.content).collect::<Vec<_>>()
        };
        if self.discord.wait_for(SOON, |discord| read(discord) == wanted).await.is_err() {
            panic!("the channel reads {:#?}", read(&self.discord));
        }
    }

    /// Does for a message what the engine does: plans it, sends part by part, looks up what is unclear.
    pub(crate) async fn send(&self, message: Outgoing) -> Result<Vec<Sent>, SendError> {
        let message = Arc::new(message);
        let plan = self.bridge().plan(&message)?;
        let mut sent: Vec<Sent> = Vec::new();
        for (at, payload) in plan.iter().enumerate() {
            let mut attempt = Attempt {
                key: SendKey::derive(&[&message.event_id, &at.to_string()]),
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
            self.store.state().ledger.insert((message.chat.to_string(), arrived.id.to_string()));
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

    /// A message that went to Discord, as the ledger knows it.
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

    /// A message that came from Discord, as the ledger knows it.
    pub(crate) fn theirs(&self, id: Snowflake) -> Known {
        Known {
            from_matrix: false,
            author: "ada".into(),
            author_id: self.ada.to_string(),
            ..self.known(&Sent::new(id.to_string()))
        }
    }
}
