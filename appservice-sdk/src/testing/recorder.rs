//! A recorder in place of a bridge: for tests of a network's own code.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use serde_json::Value;

use crate::{
    core::locked,
    network::{
        Act, Batch, ChatId, FetchError, Incoming, Known, LinkedChat, MediaRef, MediaStream, MessageId, Person, Remote,
        StoreError, What, remote::Host,
    },
};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps what a connector emits and remembers. Links are what the test says; files are what the test puts.
#[derive(Default)]
pub struct Recorder {
    events: Mutex<Vec<Incoming>>,
    memory: Mutex<BTreeMap<String, Value>>,
    links: Mutex<Vec<LinkedChat>>,
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    known: Mutex<Vec<MessageId>>,
    down: Mutex<Option<String>>,
    people: Mutex<Vec<Person>>,
    governed: Mutex<Vec<(String, Act)>>,
    origins: Mutex<Vec<Known>>,
}

impl Recorder {
    /// A recorder with these chats linked to rooms `!{chat}:test`.
    #[must_use]
    pub fn new(chats: &[&str]) -> Arc<Self> {
        let recorder = Self::default();
        let link = |&chat: &&str| LinkedChat { chat: ChatId::from(chat), room_id: format!("!{chat}:test") };
        *locked(&recorder.links) = chats.iter().map(link).collect();
        Arc::new(recorder)
    }

    /// A remote in front of this recorder.
    #[must_use]
    pub fn remote(self: &Arc<Self>) -> Remote {
        Remote::new(self.clone())
    }

    /// What was emitted so far, without duplicates, as the bridge would keep it.
    #[must_use]
    pub fn events(&self) -> Vec<Incoming> {
        locked(&self.events).clone()
    }

    /// Why the connector said it is disconnected.
    #[must_use]
    pub fn down(&self) -> Option<String> {
        locked(&self.down).clone()
    }

    /// Makes a file readable at `mxc://…` or a web address.
    pub fn put_file(&self, address: &str, bytes: &[u8]) {
        locked(&self.files).insert(address.to_owned(), bytes.to_vec());
    }

    /// Somebody of Matrix is in the rooms.
    pub fn put_person(&self, user_id: &str, name: &str) {
        locked(&self.people).push(Person { user_id: user_id.to_owned(), name: name.to_owned() });
    }

    /// Makes the ledger tell of a message whence it came.
    pub fn put_origin(&self, known: Known) {
        locked(&self.origins).push(known);
    }

    /// What was done to whom in Matrix, in order.
    #[must_use]
    pub fn governed(&self) -> Vec<(String, Act)> {
        locked(&self.governed).clone()
    }

    /// Makes the ledger hold a message.
    pub fn put_known(&self, id: &str) {
        locked(&self.known).push(MessageId::from(id));
    }
}

impl Host for Recorder {
    fn store(&self, batch: Batch) -> Boxed<'_, Result<(), StoreError>> {
        let mut events = locked(&self.events);
        for event in batch.events {
            let linked = matches!(event.what, What::Profile | What::Found(_))
                || self.chats().iter().any(|link| link.chat == event.chat);
            let again =
                event.dedupe_key().is_some_and(|key| events.iter().any(|e| e.dedupe_key().as_ref() == Some(&key)));
            if linked && !again {
                events.push(event);
            }
        }
        let mut memory = locked(&self.memory);
        for (key, value) in batch.memory {
            match value {
                Some(value) => memory.insert(key, value),
                None => memory.remove(&key),
            };
        }
        Box::pin(async { Ok(()) })
    }

    fn recall<'a>(&'a self, key: &'a str) -> Boxed<'a, Result<Option<Value>, StoreError>> {
        let value = locked(&self.memory).get(key).cloned();
        Box::pin(async { Ok(value) })
    }

    fn recall_all<'a>(&'a self, prefix: &'a str) -> Boxed<'a, Result<Vec<(String, Value)>, StoreError>> {
        let memory = locked(&self.memory);
        let found =
            memory.iter().filter(|(key, _)| key.starts_with(prefix)).map(|(k, v)| (k.clone(), v.clone())).collect();
        Box::pin(async { Ok(found) })
    }

    fn chats(&self) -> Vec<LinkedChat> {
        locked(&self.links).clone()
    }

    fn last_seen<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<Option<MessageId>, StoreError>> {
        let last = locked(&self.events).iter().rev().find_map(|event| match &event.what {
            What::Message { id, .. } if event.chat == *chat => Some(id.clone()),
            _ => None,
        });
        Box::pin(async { Ok(last) })
    }

    fn known<'a>(&'a self, _: &'a ChatId, ids: &'a [MessageId]) -> Boxed<'a, Result<Vec<MessageId>, StoreError>> {
        let known = locked(&self.known);
        let found = ids.iter().filter(|id| known.contains(id)).cloned().collect();
        Box::pin(async { Ok(found) })
    }

    fn connection(&self, down: Option<String>) {
        *locked(&self.down) = down;
    }

    fn download<'a>(&'a self, media: &'a MediaRef) -> Boxed<'a, Result<MediaStream, FetchError>> {
        use crate::network::MediaSource::{Matrix, Remote, Web};
        let (Matrix(at) | Remote(at) | Web(at)) = &media.source;
        let file = locked(&self.files).get(at).cloned();
        let mime = media.mime.clone();
        Box::pin(async { file.map(|bytes| MediaStream::from_bytes(bytes, mime)).ok_or(FetchError::Missing) })
    }

    fn link<'a>(&'a self, room: &'a str, chat: &'a ChatId) -> Boxed<'a, Result<(), FetchError>> {
        locked(&self.links).push(LinkedChat { chat: chat.clone(), room_id: room.to_owned() });
        Box::pin(async { Ok(()) })
    }

    fn unlink<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<(), FetchError>> {
        locked(&self.links).retain(|link| link.chat != *chat);
        Box::pin(async { Ok(()) })
    }

    fn resolve_room<'a>(&'a self, room: &'a str) -> Boxed<'a, Result<String, FetchError>> {
        Box::pin(async move { Ok(room.replace('#', "!")) })
    }

    /// The code is `OFFER-` and the chat.
    fn offer<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<String, FetchError>> {
        Box::pin(async move {
            match self.is_linked(chat) {
                true => Err(FetchError::Refused("That chat is linked already.".to_owned())),
                false => Ok(format!("OFFER-{chat}")),
            }
        })
    }

    /// The code is `ASK-` and what stands between `!` and `:` of the room.
    fn accept<'a>(&'a self, code: &'a str, chat: &'a ChatId) -> Boxed<'a, Result<LinkedChat, FetchError>> {
        Box::pin(async move {
            let room = code.strip_prefix("ASK-").ok_or(FetchError::Missing)?;
            let linked = LinkedChat { chat: chat.clone(), room_id: format!("!{room}:test") };
            locked(&self.links).push(linked.clone());
            Ok(linked)
        })
    }

    fn people<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<Vec<Person>, FetchError>> {
        Box::pin(async move {
            match self.is_linked(chat) {
                true => Ok(locked(&self.people).clone()),
                false => Err(FetchError::Missing),
            }
        })
    }

    fn govern<'a>(
        &'a self,
        chat: &'a ChatId,
        user_id: &'a str,
        act: Act,
        _: Option<&'a str>,
    ) -> Boxed<'a, Result<(), FetchError>> {
        Box::pin(async move {
            if !self.is_linked(chat) {
                return Err(FetchError::Missing);
            }
            locked(&self.governed).push((user_id.to_owned(), act));
            Ok(())
        })
    }

    fn origin<'a>(&'a self, chat: &'a ChatId, id: &'a MessageId) -> Boxed<'a, Result<Option<Known>, StoreError>> {
        let found = locked(&self.origins).iter().find(|known| known.chat == *chat && known.id == *id).cloned();
        Box::pin(async move { Ok(found) })
    }

    fn secret(&self, purpose: &str) -> [u8; 32] {
        let mut secret = [7; 32];
        for (at, byte) in purpose.bytes().enumerate().take(32) {
            secret[at] ^= byte;
        }
        secret
    }
}
