//! A stand-in for the SDK that records what the bridge tells.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use appservice_sdk::network::remote::Host;
use appservice_sdk::prelude::*;
use serde_json::Value;
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
    /// Who was invited, kicked or banned in Matrix.
    pub(crate) done: Vec<String>,
    /// So many of the next attempts to store fail.
    pub(crate) refuse: u32,
    keys: HashSet<String>,
}

impl Store {
    pub(crate) fn new() -> Arc<Self> {
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

    /// Waits until so many messages were heard and gives their texts.
    pub(crate) async fn hears(&self, count: usize) -> Vec<String> {
        self.until(|state| Some(texts(&state.events)).filter(|heard| heard.len() >= count)).await
    }

    /// Waits for something that is no message.
    pub(crate) async fn sees<T>(&self, wanted: impl Fn(&What) -> Option<T>) -> T {
        self.until(|state| state.events.iter().find_map(|event| wanted(&event.what))).await
    }
}

/// The texts of all messages, in order.
pub(crate) fn texts(events: &[Incoming]) -> Vec<String> {
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
            let needs_no_link = matches!(event.what, What::Profile | What::Found(_));
            if fresh && (linked || needs_no_link) {
                if let What::Message { id, .. } = &event.what {
                    state.ledger.insert((event.chat.to_string(), id.to_string()));
                }
                if let What::Moved { to } = &event.what {
                    let room_id = format!("!{}:test", event.chat);
                    state.chats.retain(|linked| linked.chat != event.chat);
                    state.chats.push(LinkedChat { room_id, chat: to.clone() });
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

    fn secret(&self, _: &str) -> [u8; 32] {
        [7; 32]
    }
}
