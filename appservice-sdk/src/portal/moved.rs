//! A chat that goes on under another id, in the same room.
//!
//! The portal is re-keyed in the transaction that stores the news. The ledger keeps the former id: networks count messages
//! anew in the new chat, so the same number may be another message there. What was said before stays known by its event
//! and by the former chat's id; the new chat is never asked about it.

use crate::{
    core::Core,
    network::{ChatId, StoreError},
    store::{
        Sql,
        portals::{self, PortalRow},
    },
};

/// A move that is stored but not yet in memory.
pub(crate) struct Move {
    from: String,
    to: String,
    room: String,
    parent: Option<String>,
}

impl Move {
    /// The former id, if `chat` is the new one.
    pub(crate) fn former(&self, chat: &str) -> Option<&str> {
        (self.to == chat).then_some(self.from.as_str())
    }
}

/// What is to be stored for a move; `None` if there is nothing to move, or the new chat has a room of its own.
pub(crate) async fn prepare(core: &Core, from: &ChatId, to: &ChatId) -> Result<Option<(Move, Vec<Sql>)>, StoreError> {
    let (from, to) = (from.as_str(), to.as_str());
    if from == to || core.portals.is_linked(to) {
        return Ok(None);
    }
    let Some(portal) = core.store.portal(from).await? else { return Ok(None) };
    let Some(room) = portal.room_id.clone() else { return Ok(None) };
    let parent = portal.parent.clone();
    let moved = PortalRow { chat: to.to_owned(), ..portal };
    let writes = vec![portals::remove(from), portals::save(&moved), portals::moved(from, to)];
    Ok(Some((Move { from: from.to_owned(), to: to.to_owned(), room, parent }, writes)))
}

/// What was stored is so.
pub(crate) fn complete(core: &Core, moved: Move) {
    let Move { from, to, room, parent } = moved;
    tracing::info!(room_id = room, from, to, "A chat goes on under another id.");
    core.portals.rename(&from, &to, &room, parent.as_deref());
    if let Some(session) = core.session.get() {
        let tasks = &core.tasks;
        let to = ChatId::new(to);
        tasks.spawn(async move { session.linked(&to, true).await });
    }
}
