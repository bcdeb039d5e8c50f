//! What is pinned on both sides: what either side says of it again is no news.

use sea_orm::FromQueryResult;

use super::{Sql, Store};
use crate::network::StoreError;

#[derive(FromQueryResult)]
struct Pinned {
    event_id: String,
}

/// Pinned on both sides.
pub(crate) fn put(room: &str, event_id: &str) -> Sql {
    let text = "INSERT INTO pin (room_id, event_id) VALUES ($1, $2) ON CONFLICT (room_id, event_id) DO NOTHING";
    Sql::new(text, vec![room.into(), event_id.into()])
}

/// No longer pinned.
pub(crate) fn remove(room: &str, event_id: &str) -> Sql {
    Sql::new("DELETE FROM pin WHERE room_id = $1 AND event_id = $2", vec![room.into(), event_id.into()])
}

impl Store {
    /// The events of a room that are pinned on both sides.
    pub(crate) async fn pins(&self, room: &str) -> Result<Vec<String>, StoreError> {
        let query = Sql::new("SELECT event_id FROM pin WHERE room_id = $1", vec![room.into()]);
        Ok(self.rows::<Pinned>("reading pins", query).await?.into_iter().map(|row| row.event_id).collect())
    }
}
