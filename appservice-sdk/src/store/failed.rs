//! Messages that failed for good, with all it takes to try them again by hand.

use sea_orm::FromQueryResult;

use super::{Sql, Store};
use crate::network::StoreError;

/// A message that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub(crate) struct FailedRow {
    pub(crate) event_id: String,
    pub(crate) lane: String,
    pub(crate) sender: String,
    /// JSON of the event; empty while it is tried again.
    pub(crate) body: String,
    /// What was done of it.
    pub(crate) journal: Option<String>,
    /// The notice that told of it.
    pub(crate) notice: Option<String>,
    pub(crate) at: i64,
}

/// A message failed (again).
pub(crate) fn save(row: &FailedRow) -> Sql {
    Sql::new(
        "INSERT INTO failed (event_id, lane, sender, body, journal, notice, at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (event_id) DO UPDATE SET lane = excluded.lane, body = excluded.body, journal = excluded.journal, \
         notice = excluded.notice, at = excluded.at",
        vec![
            row.event_id.as_str().into(),
            row.lane.as_str().into(),
            row.sender.as_str().into(),
            row.body.as_str().into(),
            row.journal.clone().into(),
            row.notice.clone().into(),
            row.at.into(),
        ],
    )
}

/// It stands at the end of its lane again, and cannot be tried a second time meanwhile.
pub(crate) fn again(row: &FailedRow, body: &str, now: i64) -> Vec<Sql> {
    let queue = "INSERT INTO inbox (lane, dedupe, body, journal, received_at) VALUES ($1, NULL, $2, $3, $4)";
    let values = vec![row.lane.as_str().into(), body.into(), row.journal.clone().into(), now.into()];
    let taken = "UPDATE failed SET body = '', journal = NULL WHERE event_id = $1";
    vec![Sql::new(queue, values), Sql::new(taken, vec![row.event_id.as_str().into()])]
}

/// It is not wanted any more.
pub(crate) fn remove(event_id: &str) -> Sql {
    Sql::new("DELETE FROM failed WHERE event_id = $1", vec![event_id.into()])
}

/// Forgets what failed before `before`.
pub(crate) fn prune(before: i64) -> Sql {
    Sql::new("DELETE FROM failed WHERE at < $1", vec![before.into()])
}

impl Store {
    /// The failed message that an event is, or that a notice tells of.
    pub(crate) async fn failed(&self, event_id: &str) -> Result<Option<FailedRow>, StoreError> {
        let query = Sql::new("SELECT * FROM failed WHERE event_id = $1 OR notice = $1", vec![event_id.into()]);
        self.row("reading a failed message", query).await
    }
}
