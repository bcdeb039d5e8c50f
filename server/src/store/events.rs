//! Events, by position, by id, by transaction, and as a timeline.

use std::{collections::HashMap, sync::Arc};

use ruma::OwnedRoomId;
use sea_orm::{DbErr, FromQueryResult, QueryResult, Value};

use super::{Atom, DeviceNid, Pos, RoomNid, Store, StoreError, entity::event, list};
use crate::rooms::Event;

/// An event's row together with the id of its room.
pub(super) struct Found {
    row: event::Model,
    room_id: String,
}

impl FromQueryResult for Found {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self { row: event::Model::from_query_result(row, prefix)?, room_id: row.try_get(prefix, "room_id")? })
    }
}

/// The columns of [`Found`], from `events e JOIN rooms r`.
pub(super) const FOUND: &str = "e.pos, e.room, e.event_id, e.kind, e.state_key, e.sender, e.ts, e.device, e.txn, \
                                e.redacted_by, e.json, r.room_id";

/// Which way to read a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    Forwards,
    /// Newest first.
    Backwards,
}

impl Store {
    /// The event with this id.
    pub async fn event(&self, event_id: &str) -> Result<Option<Arc<Event>>, StoreError> {
        let sql = format!("SELECT {FOUND} FROM events e JOIN rooms r ON r.id = e.room WHERE e.event_id = $1");
        Ok(self.found(sql, [event_id.into()]).await?.pop())
    }

    /// The events with these ids that exist, in stream order; one query.
    pub async fn events_by_id(&self, ids: &[String]) -> Result<Vec<Arc<Event>>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let marks = list(1, ids.len());
        let sql = format!(
            "SELECT {FOUND} FROM events e JOIN rooms r ON r.id = e.room WHERE e.event_id IN {marks} ORDER BY e.pos"
        );
        self.found(sql, ids.iter().map(|id| id.clone().into())).await
    }

    /// The events at these positions that exist, in the order asked; at most one query per thousand not in memory.
    pub async fn events(&self, at: &[Pos]) -> Result<Vec<Arc<Event>>, StoreError> {
        let mut known: HashMap<Pos, Arc<Event>> = HashMap::with_capacity(at.len());
        let mut missing = Vec::new();
        for &pos in at {
            match self.0.events.get(&pos) {
                Some(event) => drop(known.insert(pos, event)),
                None => missing.push(pos),
            }
        }
        for chunk in missing.chunks(1000) {
            let marks = list(1, chunk.len());
            let sql = format!("SELECT {FOUND} FROM events e JOIN rooms r ON r.id = e.room WHERE e.pos IN {marks}");
            for event in self.found(sql, chunk.iter().map(|&pos| pos.into())).await? {
                known.insert(event.pos, event);
            }
        }
        Ok(at.iter().filter_map(|pos| known.get(pos).cloned()).collect())
    }

    /// At most `limit` events of `room` strictly after `after` and up to and including `upto`, in `direction`.
    pub async fn timeline(
        &self,
        room: RoomNid,
        after: Pos,
        upto: Pos,
        direction: Direction,
        limit: u64,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        let order = if direction == Direction::Forwards { "ASC" } else { "DESC" };
        let sql = format!(
            "SELECT {FOUND} FROM events e JOIN rooms r ON r.id = e.room \
             WHERE e.room = $1 AND e.pos > $2 AND e.pos <= $3 ORDER BY e.pos {order} LIMIT $4"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.found(sql, [room.into(), after.into(), upto.into(), limit.into()]).await
    }

    /// The event `sender` has already sent to `room` with this transaction id from this device.
    pub async fn event_by_txn(
        &self,
        sender: Atom,
        room: RoomNid,
        kind: Atom,
        device: DeviceNid,
        txn: &str,
    ) -> Result<Option<Arc<Event>>, StoreError> {
        let sql = format!(
            "SELECT {FOUND} FROM events e JOIN rooms r ON r.id = e.room \
             WHERE e.sender = $1 AND e.room = $2 AND e.txn = $3 AND e.device = $4 AND e.kind = $5 AND e.txn IS NOT NULL"
        );
        let values = [sender.into(), room.into(), txn.into(), device.into(), kind.into()];
        Ok(self.found(sql, values).await?.pop())
    }

    /// The newest event of `room`.
    pub async fn newest(&self, room: RoomNid) -> Result<Option<Arc<Event>>, StoreError> {
        let newest = self.timeline(room, Pos(0), Pos(i64::MAX), Direction::Backwards, 1).await?;
        Ok(newest.into_iter().next())
    }

    /// Drops an event from memory because its row has changed. Whoever read the row before that and puts the event into
    /// memory only now is told by the mark to take it out again.
    pub(crate) fn forget(&self, pos: Pos) {
        self.0.emptied.insert(pos, ());
        self.0.events.invalidate(&pos);
    }

    /// Events of any query that selects [`FOUND`].
    pub(super) async fn found(
        &self,
        sql: String,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        let rows: Vec<Found> = self.all(sql, values).await?;
        rows.into_iter()
            .map(|found| {
                if let Some(event) = self.0.events.get(&found.row.pos)
                    && event.redacted_by == found.row.redacted_by
                {
                    return Ok(event);
                }
                let room_id: OwnedRoomId =
                    found.room_id.parse().map_err(|_| StoreError::Damaged(format!("room id {}", found.room_id)))?;
                let event = Arc::new(Event::from_row(&found.row, room_id)?);
                self.0.events.insert(event.pos, Arc::clone(&event));
                if event.redacted_by.is_none() && self.0.emptied.contains_key(&event.pos) {
                    self.0.events.invalidate(&event.pos);
                }
                Ok(event)
            })
            .collect()
    }
}
