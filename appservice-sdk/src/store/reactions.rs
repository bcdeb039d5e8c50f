//! The ledger of reactions. Reactions from Matrix are counted per message and emoji.

use sea_orm::FromQueryResult;

use super::{Sql, Store};
use crate::network::StoreError;

/// Somebody's reaction.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct ReactionRow {
    pub(crate) chat: String,
    /// The remote message.
    pub(crate) id: String,
    /// The network's key of the emoji.
    pub(crate) emoji: String,
    /// Remote user id, or Matrix user id if it came from Matrix.
    pub(crate) sender: String,
    pub(crate) from_matrix: i64,
    pub(crate) event_id: String,
    pub(crate) room_id: String,
    /// The key Matrix shows.
    pub(crate) shown: String,
}

/// Writes a reaction; a known one gets the new event.
pub(crate) fn save(row: &ReactionRow) -> Sql {
    Sql::new(
        "INSERT INTO reaction (chat, id, emoji, sender, from_matrix, event_id, room_id, shown) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (chat, id, emoji, sender) \
         DO UPDATE SET event_id = excluded.event_id, shown = excluded.shown",
        vec![
            row.chat.as_str().into(),
            row.id.as_str().into(),
            row.emoji.as_str().into(),
            row.sender.as_str().into(),
            row.from_matrix.into(),
            row.event_id.as_str().into(),
            row.room_id.as_str().into(),
            row.shown.as_str().into(),
        ],
    )
}

/// Takes a reaction away.
pub(crate) fn remove(event_id: &str) -> Sql {
    Sql::new("DELETE FROM reaction WHERE event_id = $1", vec![event_id.into()])
}

impl Store {
    /// All reactions to a remote message.
    pub(crate) async fn reactions_to(&self, chat: &str, id: &str) -> Result<Vec<ReactionRow>, StoreError> {
        let query = Sql::new("SELECT * FROM reaction WHERE chat = $1 AND id = $2", vec![chat.into(), id.into()]);
        self.rows("reading reactions", query).await
    }

    /// The reaction behind an event.
    pub(crate) async fn reaction(&self, event_id: &str) -> Result<Option<ReactionRow>, StoreError> {
        self.row("reading a reaction", Sql::new("SELECT * FROM reaction WHERE event_id = $1", vec![event_id.into()]))
            .await
    }

    /// The network's key of an emoji that the network sent before and Matrix shows like this.
    pub(crate) async fn emoji_shown(&self, shown: &str) -> Result<Option<String>, StoreError> {
        #[derive(FromQueryResult)]
        struct Emoji {
            emoji: String,
        }
        let text = "SELECT emoji FROM reaction WHERE shown = $1 AND from_matrix = 0 LIMIT 1";
        Ok(self.row::<Emoji>("reading reactions", Sql::new(text, vec![shown.into()])).await?.map(|row| row.emoji))
    }
}
