//! The ledger of messages: which part over there is which event here.

use sea_orm::FromQueryResult;

use super::{Sql, Store, list};
use crate::network::{ChatId, Known, MessageId, StoreError};

/// A pair of a remote part and an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub(crate) struct MessageRow {
    pub(crate) chat: String,
    pub(crate) id: String,
    pub(crate) part: i64,
    pub(crate) event_id: String,
    pub(crate) room_id: String,
    /// The root of its thread over there.
    pub(crate) thread: Option<String>,
    pub(crate) from_matrix: i64,
    pub(crate) author: String,
    pub(crate) author_id: String,
    pub(crate) excerpt: String,
    /// JSON.
    pub(crate) note: Option<String>,
    /// Of its content as last bridged: what did not change is not edited.
    pub(crate) hash: String,
    /// Time of the newest edit that was bridged: older ones are stale.
    pub(crate) version: i64,
    pub(crate) deleted: i64,
    pub(crate) sent_at: i64,
}

impl MessageRow {
    /// As sessions see it.
    pub(crate) fn known(&self) -> Known {
        Known {
            chat: ChatId::new(&*self.chat),
            id: MessageId::new(&*self.id),
            part: u32::try_from(self.part).unwrap_or(0),
            event_id: self.event_id.clone(),
            thread: self.thread.as_deref().map(MessageId::new),
            from_matrix: self.from_matrix != 0,
            author: self.author.clone(),
            author_id: self.author_id.clone(),
            excerpt: self.excerpt.clone(),
            note: self.note.as_deref().and_then(|note| serde_json::from_str(note).ok()),
        }
    }
}

/// Writes a pair; a known one is replaced, so that a replay is harmless.
pub(crate) fn save(row: &MessageRow) -> Sql {
    Sql::new(
        "INSERT INTO message (chat, id, part, event_id, room_id, thread, from_matrix, author, author_id, excerpt, note, \
         hash, version, deleted, sent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         ON CONFLICT (chat, id, part) DO UPDATE SET event_id = excluded.event_id, excerpt = excluded.excerpt, \
         note = excluded.note, hash = excluded.hash, version = excluded.version",
        vec![
            row.chat.as_str().into(),
            row.id.as_str().into(),
            row.part.into(),
            row.event_id.as_str().into(),
            row.room_id.as_str().into(),
            row.thread.clone().into(),
            row.from_matrix.into(),
            row.author.as_str().into(),
            row.author_id.as_str().into(),
            row.excerpt.as_str().into(),
            row.note.clone().into(),
            row.hash.as_str().into(),
            row.version.into(),
            row.deleted.into(),
            row.sent_at.into(),
        ],
    )
}

/// The event is gone (or about to be): echoes of its deletion are recognised by this.
pub(crate) fn delete_event(event_id: &str) -> Sql {
    Sql::new("UPDATE message SET deleted = 1 WHERE event_id = $1", vec![event_id.into()])
}

/// A part that an edit took away.
pub(crate) fn remove_part(chat: &str, id: &str, part: i64) -> Sql {
    let text = "DELETE FROM message WHERE chat = $1 AND id = $2 AND part = $3";
    Sql::new(text, vec![chat.into(), id.into(), part.into()])
}

/// The newest edit that was handled.
pub(crate) fn edited(chat: &str, id: &str, version: i64) -> Sql {
    let text = "UPDATE message SET version = $3 WHERE chat = $1 AND id = $2 AND version < $3";
    Sql::new(text, vec![chat.into(), id.into(), version.into()])
}

impl Store {
    /// The rows of these events, in the order of their parts.
    pub(crate) async fn by_events(&self, events: &[&str]) -> Result<Vec<MessageRow>, StoreError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!("SELECT * FROM message WHERE event_id IN {} ORDER BY part", list(1, events.len()));
        self.rows("reading the ledger", Sql::new(text, events.iter().map(|event| (*event).into()).collect())).await
    }

    /// The rows of these remote messages, in the order of their parts.
    pub(crate) async fn by_remote(&self, chat: &str, ids: &[&str]) -> Result<Vec<MessageRow>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let text = format!("SELECT * FROM message WHERE chat = $1 AND id IN {} ORDER BY part", list(2, ids.len()));
        let values = std::iter::once(chat.into()).chain(ids.iter().map(|id| (*id).into())).collect();
        self.rows("reading the ledger", Sql::new(text, values)).await
    }

    /// The newest event of a thread: what a reader without threads sees the next message as a reply to.
    pub(crate) async fn last_in_thread(&self, chat: &str, root: &str) -> Result<Option<String>, StoreError> {
        #[derive(FromQueryResult)]
        struct Event {
            event_id: String,
        }
        let text = "SELECT event_id FROM message WHERE chat = $1 AND thread = $2 AND deleted = 0 \
                    ORDER BY sent_at DESC, part DESC LIMIT 1";
        let row = self.row::<Event>("reading the ledger", Sql::new(text, vec![chat.into(), root.into()])).await?;
        Ok(row.map(|row| row.event_id))
    }
}
