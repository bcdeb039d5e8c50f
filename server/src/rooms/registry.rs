//! The rooms in use. There is never more than one [`Room`] for a room, because it holds the room's lock.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ruma::{RoomId, RoomVersionId};

use super::Room;
use crate::store::{RoomNid, Store, StoreError, entity::room};

/// Rooms by number and by id; a room stays in memory while it is used and a while after.
#[derive(Default)]
pub struct Rooms {
    live: Mutex<HashMap<RoomNid, Weak<Room>>>,
    recent: Recent,
    last_made: AtomicU64,
}

struct Recent {
    by_nid: moka::sync::Cache<RoomNid, Arc<Room>>,
    by_id: moka::sync::Cache<String, RoomNid>,
}

impl Default for Recent {
    fn default() -> Self {
        let idle = Duration::from_secs(20 * 60);
        Self {
            by_nid: moka::sync::Cache::builder().max_capacity(2_000).time_to_idle(idle).build(),
            by_id: moka::sync::Cache::builder().max_capacity(20_000).time_to_idle(idle).build(),
        }
    }
}

impl Rooms {
    /// The room with this id, if this server knows it.
    pub async fn by_id(&self, store: &Store, room_id: &RoomId) -> Result<Option<Arc<Room>>, StoreError> {
        if let Some(nid) = self.recent.by_id.get(room_id.as_str())
            && let Some(room) = self.in_memory(nid)
        {
            return Ok(Some(room));
        }
        store.room(room_id.as_str()).await?.map(|row| self.enter(row)).transpose()
    }

    /// The room with this number.
    pub async fn by_nid(&self, store: &Store, nid: RoomNid) -> Result<Option<Arc<Room>>, StoreError> {
        if let Some(room) = self.in_memory(nid) {
            return Ok(Some(room));
        }
        store.room_by_nid(nid).await?.map(|row| self.enter(row)).transpose()
    }

    /// Takes in a room that is about to be written for the first time.
    pub(super) fn adopt(&self, room: &Arc<Room>) {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).insert(room.nid, Arc::downgrade(room));
        self.recent.by_id.insert(room.id.to_string(), room.nid);
        self.recent.by_nid.insert(room.nid, Arc::clone(room));
    }

    /// Lets go of a room that could not be written.
    pub(super) fn drop_unborn(&self, room: &Room) {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).remove(&room.nid);
        self.recent.by_id.invalidate(room.id.as_str());
        self.recent.by_nid.invalidate(&room.nid);
    }

    /// When the room that is made now is made: later than any other made in this run, for from version 12 on two rooms
    /// that somebody makes in the same way at the same millisecond would be one.
    pub(super) fn creation_time(&self, now: u64) -> u64 {
        let next = |last: u64| now.max(last + 1);
        self.last_made.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last))).map_or(now, next)
    }

    /// Every room in memory.
    #[must_use]
    pub fn in_use(&self) -> Vec<Arc<Room>> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.values().filter_map(Weak::upgrade).collect()
    }

    fn in_memory(&self, nid: RoomNid) -> Option<Arc<Room>> {
        self.recent.by_nid.get(&nid).or_else(|| {
            let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
            live.get(&nid).and_then(Weak::upgrade)
        })
    }

    /// The one [`Room`] of this row, made now if it is not in memory.
    fn enter(&self, row: room::Model) -> Result<Arc<Room>, StoreError> {
        let damaged = |what: &str| StoreError::Damaged(format!("room {}: {what}", row.room_id));
        let version = RoomVersionId::try_from(row.version.as_str()).map_err(|_| damaged("version"))?;
        let rules = version.rules().ok_or_else(|| damaged("unknown version"))?;
        let id = RoomId::parse(&row.room_id).map_err(|_| damaged("id"))?;
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let room = live.get(&row.id).and_then(Weak::upgrade).unwrap_or_else(|| {
            let room = Arc::new(Room::new(row.id, id, version, rules));
            live.insert(row.id, Arc::downgrade(&room));
            room
        });
        if live.len() > 4 * 2_000 {
            live.retain(|_, room| room.strong_count() > 0);
        }
        drop(live);
        self.recent.by_id.insert(row.room_id, row.id);
        self.recent.by_nid.insert(row.id, Arc::clone(&room));
        Ok(room)
    }
}
