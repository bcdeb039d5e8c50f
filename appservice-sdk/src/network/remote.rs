//! What a session holds of the SDK: the way in for what happens over there, and a little durable memory.

use std::{future::Future, pin::Pin, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Act, ChatId, FetchError, Incoming, Known, MediaRef, MediaStream, MessageId, StoreError};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A chat that is linked to a Matrix room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedChat {
    /// The chat.
    pub chat: ChatId,
    /// The room: `!id:server`.
    pub room_id: String,
}

/// Somebody in Matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// `@alice:example.org`
    pub user_id: String,
    /// The name in the room; the user id if there is none.
    pub name: String,
}

/// Events and memory that are stored together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// What happened, in order.
    pub events: Vec<Incoming>,
    /// What to remember; `None` forgets.
    pub memory: Vec<(String, Option<Value>)>,
}

impl Batch {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// And this event.
    #[must_use]
    pub fn emit(mut self, event: Incoming) -> Self {
        self.events.push(event);
        self
    }

    /// And remember this. A value that is no JSON (a map with keys that are not strings) is remembered as null.
    #[must_use]
    pub fn put(mut self, key: impl Into<String>, value: &impl Serialize) -> Self {
        self.memory.push((key.into(), Some(serde_json::to_value(value).unwrap_or(Value::Null))));
        self
    }

    /// And forget this.
    #[must_use]
    pub fn forget(mut self, key: impl Into<String>) -> Self {
        self.memory.push((key.into(), None));
        self
    }
}

/// What stands behind a [`Remote`]: the running bridge, or a recording one in tests.
pub trait Host: Send + Sync + 'static {
    /// Stores a batch in one transaction.
    fn store(&self, batch: Batch) -> Boxed<'_, Result<(), StoreError>>;
    /// Reads one remembered value.
    fn recall<'a>(&'a self, key: &'a str) -> Boxed<'a, Result<Option<Value>, StoreError>>;
    /// Reads all remembered values whose key starts so, by key.
    fn recall_all<'a>(&'a self, prefix: &'a str) -> Boxed<'a, Result<Vec<(String, Value)>, StoreError>>;
    /// The linked chats.
    fn chats(&self) -> Vec<LinkedChat>;
    /// Whether a chat is linked.
    fn is_linked(&self, chat: &ChatId) -> bool {
        self.chats().iter().any(|linked| linked.chat == *chat)
    }
    /// The newest message stored of a chat.
    fn last_seen<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<Option<MessageId>, StoreError>>;
    /// Those of these messages that the ledger holds, whichever side they came from.
    fn known<'a>(&'a self, chat: &'a ChatId, ids: &'a [MessageId]) -> Boxed<'a, Result<Vec<MessageId>, StoreError>>;
    /// Health: connected, or why not.
    fn connection(&self, down: Option<String>);
    /// Reads a file of the homeserver or of the web.
    fn download<'a>(&'a self, media: &'a MediaRef) -> Boxed<'a, Result<MediaStream, FetchError>>;
    /// Links a room and a chat.
    fn link<'a>(&'a self, room: &'a str, chat: &'a ChatId) -> Boxed<'a, Result<(), FetchError>>;
    /// Undoes the link of a chat.
    fn unlink<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<(), FetchError>>;
    /// The room behind an alias (`#name:server`); an id is answered as it is.
    fn resolve_room<'a>(&'a self, room: &'a str) -> Boxed<'a, Result<String, FetchError>>;
    /// A code that proves the right to bridge a chat.
    fn offer<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<String, FetchError>> {
        let _ = chat;
        Box::pin(async { Err(FetchError::Missing) })
    }
    /// Links the room for which this code was given in Matrix.
    fn accept<'a>(&'a self, code: &'a str, chat: &'a ChatId) -> Boxed<'a, Result<LinkedChat, FetchError>> {
        let _ = (code, chat);
        Box::pin(async { Err(FetchError::Missing) })
    }
    /// The people of Matrix in the room of a chat.
    fn people<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<Vec<Person>, FetchError>> {
        let _ = chat;
        Box::pin(async { Err(FetchError::Missing) })
    }
    /// Invites, kicks, bans or unbans somebody of Matrix.
    fn govern<'a>(
        &'a self,
        chat: &'a ChatId,
        user_id: &'a str,
        act: Act,
        reason: Option<&'a str>,
    ) -> Boxed<'a, Result<(), FetchError>> {
        let _ = (chat, user_id, act, reason);
        Box::pin(async { Err(FetchError::Missing) })
    }
    /// What the ledger says of a message.
    fn origin<'a>(&'a self, chat: &'a ChatId, id: &'a MessageId) -> Boxed<'a, Result<Option<Known>, StoreError>> {
        let _ = (chat, id);
        Box::pin(async { Ok(None) })
    }
    /// A secret of this bridge for one purpose.
    fn secret(&self, purpose: &str) -> [u8; 32];
}

/// The bridge, as its network sees it. Cheap to clone.
#[derive(Clone)]
pub struct Remote {
    host: Arc<dyn Host>,
}

impl Remote {
    /// A remote before this host.
    #[must_use]
    pub fn new(host: Arc<dyn Host>) -> Self {
        Self { host }
    }

    /// Tells what happened. Returns once it is stored, so the caller may then move its position (sequence, offset,
    /// acknowledgement). Duplicates and events of chats that are not linked are dropped. Typing is not stored.
    ///
    /// # Errors
    /// Nothing was stored; tell it again.
    pub async fn emit(&self, event: Incoming) -> Result<(), StoreError> {
        self.store(Batch { events: vec![event], memory: Vec::new() }).await
    }

    /// Tells many things in order, in one transaction.
    ///
    /// # Errors
    /// Nothing was stored.
    pub async fn emit_all(&self, events: Vec<Incoming>) -> Result<(), StoreError> {
        self.store(Batch { events, memory: Vec::new() }).await
    }

    /// Stores events and memory together: an event and the gateway position behind it, for example.
    ///
    /// # Errors
    /// Nothing was stored.
    pub async fn store(&self, batch: Batch) -> Result<(), StoreError> {
        self.host.store(batch).await
    }

    /// Reads what was remembered. A value that no longer reads as `T` counts as absent.
    ///
    /// # Errors
    /// The database failed.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        Ok(self.host.recall(key).await?.and_then(|value| serde_json::from_value(value).ok()))
    }

    /// Reads everything remembered under keys that start with `prefix`, in the order of the keys.
    ///
    /// # Errors
    /// The database failed.
    pub async fn get_all<T: DeserializeOwned>(&self, prefix: &str) -> Result<Vec<(String, T)>, StoreError> {
        let found = self.host.recall_all(prefix).await?;
        Ok(found.into_iter().filter_map(|(key, value)| Some((key, serde_json::from_value(value).ok()?))).collect())
    }

    /// Remembers a value durably.
    ///
    /// # Errors
    /// Nothing was stored.
    pub async fn put(&self, key: &str, value: &(impl Serialize + Sync)) -> Result<(), StoreError> {
        self.store(Batch::new().put(key, value)).await
    }

    /// Forgets a value.
    ///
    /// # Errors
    /// Nothing was stored.
    pub async fn forget(&self, key: &str) -> Result<(), StoreError> {
        self.store(Batch::new().forget(key)).await
    }

    /// The chats that are linked to rooms, as of now.
    #[must_use]
    pub fn chats(&self) -> Vec<LinkedChat> {
        self.host.chats()
    }

    /// Whether a chat is linked.
    #[must_use]
    pub fn is_linked(&self, chat: &ChatId) -> bool {
        self.host.is_linked(chat)
    }

    /// The message of this chat that was stored last: where catching up starts. Emit what was missed of a chat before
    /// its live messages, or a crash between the two loses the gap.
    ///
    /// # Errors
    /// The database failed.
    pub async fn last_seen(&self, chat: &ChatId) -> Result<Option<MessageId>, StoreError> {
        self.host.last_seen(chat).await
    }

    /// Those of these messages that the ledger holds, whichever side they came from: [`super::Session::lookup`] must not
    /// take a message for the lost one that is known as another.
    ///
    /// # Errors
    /// The database failed.
    pub async fn known(&self, chat: &ChatId, ids: &[MessageId]) -> Result<Vec<MessageId>, StoreError> {
        self.host.known(chat, ids).await
    }

    /// The connection is up (shown in health).
    pub fn connected(&self) {
        self.host.connection(None);
    }

    /// The connection is lost for good as far as this session goes: the SDK drops the session and connects anew, with
    /// back-off. `reason` is shown in health.
    pub fn disconnected(&self, reason: impl Into<String>) {
        self.host.connection(Some(reason.into()));
    }

    /// Reads a file: from the homeserver (with the bridge's right to authenticated media) or a web address.
    ///
    /// # Errors
    /// As the error says.
    pub async fn download(&self, media: &MediaRef) -> Result<MediaStream, FetchError> {
        self.host.download(media).await
    }

    /// Links a room (`!id:server` or `#alias:server`) and a chat; the bot joins the room.
    ///
    /// # Errors
    /// The room cannot be found or joined, or either is linked elsewhere.
    pub async fn link(&self, room: &str, chat: &ChatId) -> Result<(), FetchError> {
        self.host.link(room, chat).await
    }

    /// Undoes the link of a chat.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unlink(&self, chat: &ChatId) -> Result<(), FetchError> {
        self.host.unlink(chat).await
    }

    /// The room id behind an alias.
    ///
    /// # Errors
    /// `Missing` if there is no such alias.
    pub async fn resolve_room(&self, room: &str) -> Result<String, FetchError> {
        self.host.resolve_room(room).await
    }

    /// A code for somebody of the network who may bridge this chat: written in Matrix as `!network link CODE` by
    /// somebody who governs a room, it links the two. Good for an hour, and for one link.
    ///
    /// # Errors
    /// `Refused` when the chat is linked already.
    pub async fn offer(&self, chat: &ChatId) -> Result<String, FetchError> {
        self.host.offer(chat).await
    }

    /// Links a chat to the room whose people asked for it in Matrix and were told this code. The caller has made sure
    /// that whoever wrote it may bridge the chat.
    ///
    /// # Errors
    /// `Missing` for a code that is unknown or too old; `Refused` with a sentence for people.
    pub async fn accept(&self, code: &str, chat: &ChatId) -> Result<LinkedChat, FetchError> {
        self.host.accept(code, chat).await
    }

    /// The people of Matrix in the room of a chat, without ghosts and bots of bridges.
    ///
    /// # Errors
    /// `Missing` when the chat is not linked.
    pub async fn people(&self, chat: &ChatId) -> Result<Vec<Person>, FetchError> {
        self.host.people(chat).await
    }

    /// Invites somebody of Matrix (`@alice:example.org`) to the room of a chat, or puts them out: for somebody of the
    /// network who may do so there, which the caller has made sure of.
    ///
    /// # Errors
    /// `Missing` when the chat is not linked; `Refused` with the homeserver's reason.
    pub async fn govern(&self, chat: &ChatId, user_id: &str, act: Act, reason: Option<&str>) -> Result<(), FetchError> {
        self.host.govern(chat, user_id, act, reason).await
    }

    /// What the ledger says of a message: who wrote it, and its event.
    ///
    /// # Errors
    /// The database failed.
    pub async fn origin(&self, chat: &ChatId, id: &MessageId) -> Result<Option<Known>, StoreError> {
        self.host.origin(chat, id).await
    }

    /// A secret of this bridge for one purpose, the same on every start: for signing public addresses.
    #[must_use]
    pub fn secret(&self, purpose: &str) -> [u8; 32] {
        self.host.secret(purpose)
    }
}
