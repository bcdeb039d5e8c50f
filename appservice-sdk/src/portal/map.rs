//! The links between chats and rooms, in memory: asked for every event.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use crate::network::{ChatId, LinkedChat};

/// A chat's former ids are followed so far.
const CHAIN: usize = 8;

/// Both ways; each chat and each room once.
#[derive(Debug, Default)]
pub(crate) struct Portals(RwLock<Maps>);

#[derive(Debug, Default)]
struct Maps {
    rooms: HashMap<String, String>,
    chats: HashMap<String, String>,
    /// The containers of chats.
    parents: HashMap<String, String>,
    /// Former ids of chats, with the present ones.
    former: HashMap<String, String>,
    /// The ids that chats had before.
    earlier: HashMap<String, String>,
}

impl Portals {
    /// The room of a chat, under its present or a former id.
    pub(crate) fn room_of(&self, chat: &str) -> Option<String> {
        self.read(|maps| maps.rooms.get(maps.present(chat)).cloned())
    }

    pub(crate) fn chat_of(&self, room: &str) -> Option<String> {
        self.read(|maps| maps.chats.get(room).cloned())
    }

    pub(crate) fn is_linked(&self, chat: &str) -> bool {
        self.read(|maps| maps.rooms.contains_key(maps.present(chat)))
    }

    /// The container of a chat, if it is known.
    pub(crate) fn parent_of(&self, chat: &str) -> Option<String> {
        self.read(|maps| maps.parents.get(maps.present(chat)).cloned())
    }

    /// What a chat's lanes are named after: its first id, so that nothing overtakes when it gets another one.
    pub(crate) fn lane_of(&self, chat: &str) -> String {
        self.read(|maps| maps.first(maps.present(chat)).to_owned())
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

    pub(crate) fn insert(&self, chat: &str, room: &str, parent: Option<&str>) {
        let mut maps = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(former) = maps.rooms.insert(chat.to_owned(), room.to_owned()) {
            maps.chats.remove(&former);
        }
        maps.chats.insert(room.to_owned(), chat.to_owned());
        maps.move_into(chat, parent);
    }

    /// A chat lies in another container.
    pub(crate) fn move_into(&self, chat: &str, parent: Option<&str>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).move_into(chat, parent);
    }

    pub(crate) fn remove(&self, chat: &str) {
        let mut maps = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = maps.rooms.remove(chat) {
            maps.chats.remove(&room);
        }
        maps.parents.remove(chat);
    }

    /// A chat goes on under another id.
    pub(crate) fn rename(&self, from: &str, to: &str, room: &str, parent: Option<&str>) {
        self.remove(from);
        self.insert(to, room, parent);
        self.was(from, to);
    }

    /// `from` is a former id of `to`.
    pub(crate) fn was(&self, from: &str, to: &str) {
        let mut maps = self.0.write().unwrap_or_else(PoisonError::into_inner);
        maps.former.insert(from.to_owned(), to.to_owned());
        maps.earlier.insert(to.to_owned(), from.to_owned());
    }

    fn read<T>(&self, ask: impl FnOnce(&Maps) -> T) -> T {
        ask(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Maps {
    /// The present id of a chat. A chat that has a room of its own is nobody's former one.
    fn present<'a>(&'a self, chat: &'a str) -> &'a str {
        let mut at = chat;
        for _ in 0..CHAIN {
            match self.former.get(at) {
                Some(next) if !self.rooms.contains_key(at) => at = next,
                _ => break,
            }
        }
        at
    }

    fn first<'a>(&'a self, chat: &'a str) -> &'a str {
        let mut at = chat;
        for _ in 0..CHAIN {
            match self.earlier.get(at) {
                Some(before) => at = before,
                None => break,
            }
        }
        at
    }

    fn move_into(&mut self, chat: &str, parent: Option<&str>) {
        match parent {
            Some(parent) => self.parents.insert(chat.to_owned(), parent.to_owned()),
            None => self.parents.remove(chat),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_that_moves_leaves_its_former_room() {
        let portals = Portals::default();
        portals.insert("c", "!1", None);
        portals.insert("c", "!2", Some("guild"));
        assert_eq!((portals.chat_of("!1"), portals.chat_of("!2").as_deref()), (None, Some("c")));
        assert_eq!(portals.parent_of("c").as_deref(), Some("guild"));
        portals.remove("c");
        assert_eq!((portals.len(), portals.chat_of("!2"), portals.parent_of("c")), (0, None, None));
    }

    #[test]
    fn a_chat_under_another_id_keeps_its_room_and_its_lane() {
        let portals = Portals::default();
        portals.insert("a", "!1", None);
        portals.rename("a", "b", "!1", None);
        portals.rename("b", "c", "!1", None);
        for id in ["a", "b", "c"] {
            assert_eq!((portals.room_of(id).as_deref(), portals.lane_of(id)), (Some("!1"), "a".to_owned()), "{id}");
        }
        assert_eq!((portals.chat_of("!1").as_deref(), portals.len()), (Some("c"), 1));
        assert_eq!(portals.lane_of("d"), "d");
    }
}
