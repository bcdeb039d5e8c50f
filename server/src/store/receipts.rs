//! Receipts: up to where who has read, per room, kind and thread.

use sea_orm::{FromQueryResult, Value};

use super::{Atom, Pos, RoomNid, Store, StoreError, list};
use crate::stream::{Change, What};

/// A receipt.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Receipt {
    /// The room.
    pub room: RoomNid,
    /// Who has read.
    pub owner: Atom,
    /// Only for the owner's own eyes (`m.read.private`).
    pub private: bool,
    /// The thread: an event id, `main`, or empty for all.
    pub thread: String,
    /// The event, by id …
    pub event_id: String,
    /// … and by position.
    pub event: Pos,
    /// When, in milliseconds since 1970.
    pub ts: i64,
    /// When, in the stream.
    pub pos: Pos,
}

const COLUMNS: &str = "room, owner, private, thread, event_id, event, ts, pos";

impl Store {
    /// Sets receipts (their `pos` is given here) and announces them. One that would go back is left as it is.
    /// Answers those that were news.
    pub async fn set_receipts(&self, receipts: Vec<Receipt>) -> Result<Vec<Receipt>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut news = Vec::new();
                for receipt in receipts {
                    let pos = tx.position();
                    let sql = format!(
                        "INSERT INTO receipts ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                         ON CONFLICT (room, owner, private, thread) DO UPDATE SET event_id = excluded.event_id, \
                         event = excluded.event, ts = excluded.ts, pos = excluded.pos \
                         WHERE receipts.event < excluded.event"
                    );
                    let receipt = Receipt { pos, ..receipt };
                    let (room, user) = (receipt.room, receipt.owner);
                    let values = [
                        Value::from(room),
                        user.into(),
                        receipt.private.into(),
                        receipt.thread.clone().into(),
                        receipt.event_id.clone().into(),
                        receipt.event.into(),
                        receipt.ts.into(),
                        pos.into(),
                    ];
                    if tx.run(sql, values).await? > 0 {
                        tx.announce(Change { pos, what: What::Receipt { room, user } });
                        news.push(receipt);
                    }
                }
                Ok(news)
            })
        })
        .await
    }

    /// The receipts of `rooms` that were set after `since` and up to `upto`, but the private ones of others.
    pub async fn receipts(
        &self,
        rooms: &[RoomNid],
        reader: Atom,
        since: Pos,
        upto: Pos,
    ) -> Result<Vec<Receipt>, StoreError> {
        let mut found = Vec::new();
        for chunk in rooms.chunks(1_000) {
            let sql = format!(
                "SELECT {COLUMNS} FROM receipts WHERE pos > $1 AND pos <= $2 AND (NOT private OR owner = $3) \
                 AND room IN {}",
                list(4, chunk.len())
            );
            let values = [Value::from(since), upto.into(), reader.into()];
            let rows: Vec<Receipt> = self.all(sql, values.into_iter().chain(chunk.iter().map(|&r| r.into()))).await?;
            found.extend(rows);
        }
        Ok(found)
    }

    /// How far `owner` has read in `rooms`.
    pub async fn read_marks(&self, owner: Atom, rooms: &[RoomNid]) -> Result<Vec<Receipt>, StoreError> {
        let mut found = Vec::new();
        for chunk in rooms.chunks(1_000) {
            let marks = list(2, chunk.len());
            let sql = format!("SELECT {COLUMNS} FROM receipts WHERE owner = $1 AND room IN {marks}");
            let values = std::iter::once(Value::from(owner)).chain(chunk.iter().map(|&room| room.into()));
            let rows: Vec<Receipt> = self.all(sql, values).await?;
            found.extend(rows);
        }
        Ok(found)
    }
}
