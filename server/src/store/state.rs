//! State of a room, now or as it was at any position of the stream.

use std::sync::Arc;

use sea_orm::Value;

use super::{Atom, Pos, RoomNid, Store, StoreError, events::FOUND, list};
use crate::rooms::Event;

/// When.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// As it is.
    Now,
    /// As it was right after this position.
    After(Pos),
}

impl Store {
    /// The state events of `room` for these types and keys, in one query. What is not set is left out.
    pub async fn state_of(&self, room: RoomNid, at: At, keys: &[(Atom, Atom)]) -> Result<Vec<Arc<Event>>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(400) {
            let (mut sql, mut values) = state_query(room, at);
            let first = values.len() + 1;
            let pairs: Vec<String> = (0..chunk.len())
                .map(|n| format!("(s.kind = ${} AND s.state_key = ${})", first + 2 * n, first + 2 * n + 1))
                .collect();
            sql.push_str(&format!(" AND ({})", pairs.join(" OR ")));
            values.extend(chunk.iter().flat_map(|&(kind, key)| [kind.into(), key.into()]));
            found.extend(self.found(sql, values).await?);
        }
        Ok(found)
    }

    /// The whole state of `room`.
    pub async fn whole_state(&self, room: RoomNid, at: At) -> Result<Vec<Arc<Event>>, StoreError> {
        let (sql, values) = state_query(room, at);
        self.found(sql, values).await
    }

    /// The whole state of `room` without events of type `kind` (members, for a client that loads them lazily).
    pub async fn state_without(&self, room: RoomNid, at: At, kind: Atom) -> Result<Vec<Arc<Event>>, StoreError> {
        let (mut sql, mut values) = state_query(room, at);
        values.push(kind.into());
        sql.push_str(&format!(" AND s.kind <> ${}", values.len()));
        self.found(sql, values).await
    }

    /// The state of `room` of one type: all members, all spaces' children.
    pub async fn state_of_kind(&self, room: RoomNid, at: At, kind: Atom) -> Result<Vec<Arc<Event>>, StoreError> {
        let (mut sql, mut values) = state_query(room, at);
        values.push(kind.into());
        sql.push_str(&format!(" AND s.kind = ${}", values.len()));
        self.found(sql, values).await
    }

    /// The current state of several rooms, of these types and with one key, in one query per few hundred rooms.
    pub async fn state_of_rooms(
        &self,
        rooms: &[RoomNid],
        kinds: &[Atom],
        key: Atom,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        let mut found = Vec::new();
        for chunk in rooms.chunks(500) {
            let sql = format!(
                "SELECT {FOUND} FROM state s JOIN events e ON e.pos = s.since JOIN rooms r ON r.id = e.room \
                 WHERE s.upto IS NULL AND s.state_key = $1 AND s.kind IN {} AND s.room IN {}",
                list(2, kinds.len()),
                list(2 + kinds.len(), chunk.len()),
            );
            let values = std::iter::once(key.into())
                .chain(kinds.iter().map(|&kind| kind.into()))
                .chain(chunk.iter().map(|&room| room.into()));
            found.extend(self.found(sql, values).await?);
        }
        Ok(found)
    }

    /// The current state of several rooms of one type, whatever its key, in one query per few hundred rooms.
    pub async fn state_of_kind_in(&self, rooms: &[RoomNid], kind: Atom) -> Result<Vec<Arc<Event>>, StoreError> {
        let mut found = Vec::new();
        for chunk in rooms.chunks(500) {
            let sql = format!(
                "SELECT {FOUND} FROM state s JOIN events e ON e.pos = s.since JOIN rooms r ON r.id = e.room \
                 WHERE s.upto IS NULL AND s.kind = $1 AND s.room IN {}",
                list(2, chunk.len()),
            );
            let values = std::iter::once(kind.into()).chain(chunk.iter().map(|&room| room.into()));
            found.extend(self.found(sql, values).await?);
        }
        Ok(found)
    }
}

fn state_query(room: RoomNid, at: At) -> (String, Vec<Value>) {
    let from = format!(
        "SELECT {FOUND} FROM state s JOIN events e ON e.pos = s.since JOIN rooms r ON r.id = e.room WHERE s.room = $1"
    );
    match at {
        At::Now => (format!("{from} AND s.upto IS NULL"), vec![room.into()]),
        At::After(pos) => {
            (format!("{from} AND s.since <= $2 AND (s.upto IS NULL OR s.upto > $2)"), vec![room.into(), pos.into()])
        }
    }
}
