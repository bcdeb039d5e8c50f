//! The power levels that ghosts shall have in rooms.

use sea_orm::FromQueryResult;

use super::{Sql, Store};
use crate::network::StoreError;

/// A ghost that shall have this level.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct PowerRow {
    pub(crate) user_id: String,
    pub(crate) level: i64,
}

#[derive(FromQueryResult)]
struct Room {
    room_id: String,
}

/// A ghost shall have this level; what is so already is not done again.
pub(crate) fn want(room: &str, user: &str, level: i64) -> Sql {
    Sql::new(
        "INSERT INTO power (room_id, user_id, level, done) VALUES ($1, $2, $3, 0) ON CONFLICT (room_id, user_id) \
         DO UPDATE SET done = CASE WHEN power.level = excluded.level THEN power.done ELSE 0 END, level = excluded.level",
        vec![room.into(), user.into(), level.into()],
    )
}

/// The room says so, too.
pub(crate) fn done(room: &str, row: &PowerRow) -> Sql {
    let text = "UPDATE power SET done = 1 WHERE room_id = $1 AND user_id = $2 AND level = $3";
    Sql::new(text, vec![room.into(), row.user_id.as_str().into(), row.level.into()])
}

impl Store {
    /// The levels of a room that are not set yet.
    pub(crate) async fn powers(&self, room: &str) -> Result<Vec<PowerRow>, StoreError> {
        let text = "SELECT user_id, level FROM power WHERE room_id = $1 AND done = 0 ORDER BY user_id";
        self.rows("reading power levels", Sql::new(text, vec![room.into()])).await
    }

    /// The rooms in which levels are not set yet.
    pub(crate) async fn powerless(&self) -> Result<Vec<String>, StoreError> {
        let query = Sql::new("SELECT DISTINCT room_id FROM power WHERE done = 0", vec![]);
        Ok(self.rows::<Room>("reading power levels", query).await?.into_iter().map(|row| row.room_id).collect())
    }
}
