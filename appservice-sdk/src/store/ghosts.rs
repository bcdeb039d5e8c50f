//! Ghosts: who is registered, how they look, and which rooms they are in.

use sea_orm::FromQueryResult;

use super::{Sql, Store};
use crate::network::StoreError;

/// A registered ghost, as it looks on the homeserver.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub(crate) struct GhostRow {
    pub(crate) name: Option<String>,
    /// The picture's cache key, not its address: compared with what the network tells.
    pub(crate) avatar: Option<String>,
    /// The container whose names the profile follows; in rooms of others the ghost may look different.
    pub(crate) home: Option<String>,
}

/// A ghost in a room, and the hash of how it looks there if that is not how it looks elsewhere.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Joined {
    pub(crate) user_id: String,
    pub(crate) looks: Option<String>,
}

/// Registered, and looks so.
pub(crate) fn save(id: &str, ghost: &GhostRow) -> Sql {
    Sql::new(
        "INSERT INTO ghost (id, name, avatar, home) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, avatar = excluded.avatar, home = excluded.home",
        vec![id.into(), ghost.name.clone().into(), ghost.avatar.clone().into(), ghost.home.clone().into()],
    )
}

/// In the room.
pub(crate) fn joined(room: &str, user: &str) -> Sql {
    let text = "INSERT INTO ghost_room (room_id, user_id) VALUES ($1, $2) ON CONFLICT (room_id, user_id) DO NOTHING";
    Sql::new(text, vec![room.into(), user.into()])
}

/// Looks so in the room.
pub(crate) fn looks(room: &str, user: &str, looks: &str) -> Sql {
    let text = "UPDATE ghost_room SET looks = $3 WHERE room_id = $1 AND user_id = $2";
    Sql::new(text, vec![room.into(), user.into(), looks.into()])
}

/// Looks everywhere as the profile says: a changed profile is written into all rooms.
pub(crate) fn looks_alike(user: &str) -> Sql {
    Sql::new("UPDATE ghost_room SET looks = NULL WHERE user_id = $1 AND looks IS NOT NULL", vec![user.into()])
}

/// No longer in the room.
pub(crate) fn left(room: &str, user: &str) -> Sql {
    Sql::new("DELETE FROM ghost_room WHERE room_id = $1 AND user_id = $2", vec![room.into(), user.into()])
}

/// The ghosts have to leave the room.
pub(crate) fn leaving(room: &str) -> Sql {
    Sql::new("INSERT INTO leaving (room_id) VALUES ($1) ON CONFLICT (room_id) DO NOTHING", vec![room.into()])
}

/// All that had to leave did.
pub(crate) fn left_all(room: &str) -> Sql {
    Sql::new("DELETE FROM leaving WHERE room_id = $1", vec![room.into()])
}

impl Store {
    /// The rooms that ghosts have to leave.
    pub(crate) async fn rooms_to_leave(&self) -> Result<Vec<String>, StoreError> {
        #[derive(FromQueryResult)]
        struct Room {
            room_id: String,
        }
        let query = Sql::new("SELECT room_id FROM leaving", vec![]);
        Ok(self.rows::<Room>("reading rooms to leave", query).await?.into_iter().map(|row| row.room_id).collect())
    }

    /// A ghost, if it is registered.
    pub(crate) async fn ghost(&self, id: &str) -> Result<Option<GhostRow>, StoreError> {
        self.row("reading a ghost", Sql::new("SELECT name, avatar, home FROM ghost WHERE id = $1", vec![id.into()]))
            .await
    }

    /// The ghosts in a room.
    pub(crate) async fn ghosts_in(&self, room: &str) -> Result<Vec<Joined>, StoreError> {
        let query = Sql::new("SELECT user_id, looks FROM ghost_room WHERE room_id = $1", vec![room.into()]);
        self.rows("reading the ghosts of a room", query).await
    }
}
