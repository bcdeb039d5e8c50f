//! Portals: which chat is which room.

use sea_orm::FromQueryResult;

use super::{Sql, Store};
use crate::network::StoreError;

/// A portal. Without a room it is only reserved: the room is being made.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub(crate) struct PortalRow {
    pub(crate) chat: String,
    pub(crate) room_id: Option<String>,
    /// `room` or `space`; `left` for a chat that people unlinked, so that it gets no room by itself.
    pub(crate) kind: String,
    /// Whether the bridge made the room.
    pub(crate) ours: i64,
    /// The chat's container.
    pub(crate) parent: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) topic: Option<String>,
    /// The picture's cache key.
    pub(crate) avatar: Option<String>,
    /// Whether people in Matrix chose the name; likewise topic and picture.
    pub(crate) name_custom: i64,
    pub(crate) topic_custom: i64,
    pub(crate) avatar_custom: i64,
    /// Whether the link stands in the configuration.
    pub(crate) configured: i64,
    pub(crate) last_seen: Option<String>,
    /// Who may come in, as the bridge last set it.
    pub(crate) access: Option<String>,
}

/// What people in Matrix can choose themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Name,
    Topic,
    Avatar,
}

/// Stores a portal whole, except for its last message.
pub(crate) fn save(portal: &PortalRow) -> Sql {
    Sql::new(
        "INSERT INTO portal (chat, room_id, kind, ours, parent, name, topic, avatar, name_custom, topic_custom, \
         avatar_custom, configured, access) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         ON CONFLICT (chat) DO UPDATE SET room_id = excluded.room_id, kind = excluded.kind, ours = excluded.ours, \
         parent = excluded.parent, name = excluded.name, topic = excluded.topic, avatar = excluded.avatar, \
         name_custom = excluded.name_custom, topic_custom = excluded.topic_custom, \
         avatar_custom = excluded.avatar_custom, configured = excluded.configured, access = excluded.access",
        vec![
            portal.chat.as_str().into(),
            portal.room_id.clone().into(),
            portal.kind.as_str().into(),
            portal.ours.into(),
            portal.parent.clone().into(),
            portal.name.clone().into(),
            portal.topic.clone().into(),
            portal.avatar.clone().into(),
            portal.name_custom.into(),
            portal.topic_custom.into(),
            portal.avatar_custom.into(),
            portal.configured.into(),
            portal.access.clone().into(),
        ],
    )
}

/// Somebody in Matrix chose a look: the bridge leaves it alone from now on.
pub(crate) fn chosen(room: &str, look: Look) -> Sql {
    let text = match look {
        Look::Name => "UPDATE portal SET name_custom = 1 WHERE room_id = $1",
        Look::Topic => "UPDATE portal SET topic_custom = 1 WHERE room_id = $1",
        Look::Avatar => "UPDATE portal SET avatar_custom = 1 WHERE room_id = $1",
    };
    Sql::new(text, vec![room.into()])
}

/// The newest message that was stored of a chat.
pub(crate) fn seen(chat: &str, message: &str) -> Sql {
    Sql::new("UPDATE portal SET last_seen = $2 WHERE chat = $1", vec![chat.into(), message.into()])
}

/// What a chat can do was told, by its hash.
pub(crate) fn features(chat: &str, hash: &str) -> Sql {
    Sql::new("UPDATE portal SET features = $2 WHERE chat = $1", vec![chat.into(), hash.into()])
}

/// A chat goes on under another id.
pub(crate) fn moved(from: &str, to: &str) -> Sql {
    let text =
        "INSERT INTO moved (chat, to_chat) VALUES ($1, $2) ON CONFLICT (chat) DO UPDATE SET to_chat = excluded.to_chat";
    Sql::new(text, vec![from.into(), to.into()])
}

/// Not linked any more.
pub(crate) fn remove(chat: &str) -> Sql {
    Sql::new("DELETE FROM portal WHERE chat = $1", vec![chat.into()])
}

impl Store {
    /// All portals.
    pub(crate) async fn portals(&self) -> Result<Vec<PortalRow>, StoreError> {
        self.rows("reading portals", Sql::new("SELECT * FROM portal", vec![])).await
    }

    /// Former ids of chats, with those that followed them.
    pub(crate) async fn moves(&self) -> Result<Vec<(String, String)>, StoreError> {
        #[derive(FromQueryResult)]
        struct Moved {
            chat: String,
            to_chat: String,
        }
        let rows = self.rows::<Moved>("reading portals", Sql::new("SELECT chat, to_chat FROM moved", vec![])).await?;
        Ok(rows.into_iter().map(|row| (row.chat, row.to_chat)).collect())
    }

    /// What was last told of a chat's features, as a hash.
    pub(crate) async fn features_told(&self, chat: &str) -> Result<Option<String>, StoreError> {
        #[derive(FromQueryResult)]
        struct Told {
            features: Option<String>,
        }
        let query = Sql::new("SELECT features FROM portal WHERE chat = $1", vec![chat.into()]);
        Ok(self.row::<Told>("reading a portal", query).await?.and_then(|row| row.features))
    }

    /// One portal.
    pub(crate) async fn portal(&self, chat: &str) -> Result<Option<PortalRow>, StoreError> {
        self.row("reading a portal", Sql::new("SELECT * FROM portal WHERE chat = $1", vec![chat.into()])).await
    }
}
