//! What was asked on one side and is to be accepted on the other, by the hash of its code.

use sea_orm::FromQueryResult;

use super::{Sql, Store};
use crate::network::StoreError;

/// A code that was given out.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub(crate) struct RequestRow {
    pub(crate) code: String,
    /// `None`: whichever chat accepts.
    pub(crate) chat: Option<String>,
    /// `None`: a room is made.
    pub(crate) room_id: Option<String>,
    /// Who asked in Matrix; empty for what the network offers.
    pub(crate) asked_by: String,
    pub(crate) at: i64,
}

/// Remembers a code.
pub(crate) fn save(row: &RequestRow) -> Sql {
    Sql::new(
        "INSERT INTO request (code, chat, room_id, asked_by, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (code) DO NOTHING",
        vec![
            row.code.as_str().into(),
            row.chat.clone().into(),
            row.room_id.clone().into(),
            row.asked_by.as_str().into(),
            row.at.into(),
        ],
    )
}

/// A code was used.
pub(crate) fn remove(code: &str) -> Sql {
    Sql::new("DELETE FROM request WHERE code = $1", vec![code.into()])
}

/// Codes of before `at` are good no more.
pub(crate) fn prune(at: i64) -> Sql {
    Sql::new("DELETE FROM request WHERE at < $1", vec![at.into()])
}

impl Store {
    /// What a code stands for, if it was given out since `since`.
    pub(crate) async fn request(&self, code: &str, since: i64) -> Result<Option<RequestRow>, StoreError> {
        let query = Sql::new("SELECT * FROM request WHERE code = $1 AND at >= $2", vec![code.into(), since.into()]);
        self.row("reading a request", query).await
    }

    /// The requests of somebody since `since`.
    pub(crate) async fn requests_of(&self, asked_by: &str, since: i64) -> Result<Vec<RequestRow>, StoreError> {
        let text = "SELECT * FROM request WHERE asked_by = $1 AND at >= $2";
        self.rows("reading requests", Sql::new(text, vec![asked_by.into(), since.into()])).await
    }
}
