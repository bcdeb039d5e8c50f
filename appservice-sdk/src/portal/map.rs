//! The links between chats and rooms, in memory: asked for every event.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use crate::network::{ChatId, LinkedChat};

/// Both ways; each chat and each room once. Spaces are not in it: nobody talks there.
#[derive(Debug, Default)]
pub(crate) struct Portals(RwLock<Maps>);

#[derive(Debug, Default)]
struct Maps {
    rooms: HashMap<String, String>,
    chats: HashMap<String, String>,
}

impl Portals {
    pub(crate) fn room_of(&self, chat: &str) -> Option<String> {
        self.read(|maps| maps.rooms.get(chat).cloned())
    }

    pub(crate) fn chat_of(&self, room: &str) -> Option<String> {
        self.read(|maps| maps.chats.get(room).cloned())
    }

    pub(crate) fn is_linked(&self, chat: &str) -> bool {
        self.read(|maps| maps.rooms.contains_key(chat))
    }

    pub(crate) fn all(&self) -> Vec<LinkedChat> {
        let linked = |(chat, room): (&String, &String)| LinkedChat { chat: ChatId::new(chat), room_id: room.clone() };
        let mut all: Vec<LinkedChat> = self.read(|maps| maps.rooms.iter().map(linked).collect());
        all.sort_by(|a, b| a.chat.cmp(&b.chat));
        all
    }

    pub(crate) fn len(&self) -> usize {
        self.read(|maps| maps.rooms.len())
    }

    pub(crate) fn insert(&self, chat: &str, room: &str) {
        let mut maps = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(former) = maps.rooms.insert(chat.to_owned(), room.to_owned()) {
            maps.chats.remove(&former);
        }
        maps.chats.insert(room.to_owned(), chat.to_owned());
    }

    pub(crate) fn remove(&self, chat: &str) {
        let mut maps = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = maps.rooms.remove(chat) {
            maps.chats.remove(&room);
        }
    }

    fn read<T>(&self, ask: impl FnOnce(&Maps) -> T) -> T {
        ask(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_that_moves_leaves_its_former_room() {
        let portals = Portals::default();
        portals.insert("c", "!1");
        portals.insert("c", "!2");
        assert_eq!((portals.chat_of("!1"), portals.chat_of("!2").as_deref()), (None, Some("c")));
        portals.remove("c");
        assert_eq!((portals.len(), portals.chat_of("!2")), (0, None));
    }
}
