//! The running bridge behind a [`crate::network::Remote`].

use std::{future::Future, pin::Pin, sync::Arc};

use serde_json::Value;

use crate::{
    core::Core,
    inbox::accept,
    media,
    network::{
        Act, Batch, ChatId, FetchError, Known, LinkedChat, MediaRef, MediaStream, MessageId, Person, StoreError,
        remote::Host,
    },
    portal::{link, people, request},
    store::messages::MessageRow,
};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The core, as one connection sees it: what a former connection says of its end is not believed.
pub(crate) struct CoreHost {
    pub(crate) core: Arc<Core>,
    pub(crate) connection: u64,
}

impl Host for CoreHost {
    fn store(&self, batch: Batch) -> Boxed<'_, Result<(), StoreError>> {
        Box::pin(accept::from_network(&self.core, batch))
    }

    fn recall<'a>(&'a self, key: &'a str) -> Boxed<'a, Result<Option<Value>, StoreError>> {
        Box::pin(self.core.store.recall(key))
    }

    fn recall_all<'a>(&'a self, prefix: &'a str) -> Boxed<'a, Result<Vec<(String, Value)>, StoreError>> {
        Box::pin(self.core.store.recall_all(prefix))
    }

    fn chats(&self) -> Vec<LinkedChat> {
        self.core.portals.all()
    }

    fn is_linked(&self, chat: &ChatId) -> bool {
        self.core.portals.is_linked(chat.as_str())
    }

    fn last_seen<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<Option<MessageId>, StoreError>> {
        Box::pin(async move {
            let portal = self.core.store.portal(chat.as_str()).await?;
            Ok(portal.and_then(|portal| portal.last_seen).map(MessageId::new))
        })
    }

    fn known<'a>(&'a self, chat: &'a ChatId, ids: &'a [MessageId]) -> Boxed<'a, Result<Vec<MessageId>, StoreError>> {
        Box::pin(async move {
            let ids: Vec<&str> = ids.iter().map(MessageId::as_str).collect();
            let mut known: Vec<MessageId> = Vec::new();
            for some in ids.chunks(500) {
                let rows = self.core.store.by_remote(chat.as_str(), some).await?;
                known.extend(rows.into_iter().map(|row| MessageId::new(row.id)));
            }
            known.dedup();
            Ok(known)
        })
    }

    fn connection(&self, down: Option<String>) {
        self.core.connection.tell(&self.core.health, self.connection, down);
    }

    fn download<'a>(&'a self, media: &'a MediaRef) -> Boxed<'a, Result<MediaStream, FetchError>> {
        Box::pin(media::open(&self.core, media))
    }

    fn link<'a>(&'a self, room: &'a str, chat: &'a ChatId) -> Boxed<'a, Result<(), FetchError>> {
        Box::pin(async move { Ok(link::link(&self.core, room, chat, false).await.map(drop)?) })
    }

    fn unlink<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<(), FetchError>> {
        Box::pin(async move { Ok(link::unlink(&self.core, chat).await.map(drop)?) })
    }

    fn resolve_room<'a>(&'a self, room: &'a str) -> Boxed<'a, Result<String, FetchError>> {
        Box::pin(async move { Ok(link::resolve(&self.core, room).await?) })
    }

    fn offer<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<String, FetchError>> {
        Box::pin(request::offer(&self.core, chat))
    }

    fn accept<'a>(&'a self, code: &'a str, chat: &'a ChatId) -> Boxed<'a, Result<LinkedChat, FetchError>> {
        Box::pin(request::accept(&self.core, code, chat))
    }

    fn people<'a>(&'a self, chat: &'a ChatId) -> Boxed<'a, Result<Vec<Person>, FetchError>> {
        Box::pin(people::of(&self.core, chat))
    }

    fn govern<'a>(
        &'a self,
        chat: &'a ChatId,
        user_id: &'a str,
        act: Act,
        reason: Option<&'a str>,
    ) -> Boxed<'a, Result<(), FetchError>> {
        Box::pin(people::govern(&self.core, chat, user_id, act, reason))
    }

    fn origin<'a>(&'a self, chat: &'a ChatId, id: &'a MessageId) -> Boxed<'a, Result<Option<Known>, StoreError>> {
        Box::pin(async move {
            let rows = self.core.store.by_remote(chat.as_str(), &[id.as_str()]).await?;
            Ok(rows.first().map(MessageRow::known))
        })
    }

    fn secret(&self, purpose: &str) -> [u8; 32] {
        self.core.secret(purpose)
    }
}
