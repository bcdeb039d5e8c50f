//! What application services have yet to hear, and the transaction each is being handed.

use std::{collections::HashMap, sync::Arc};

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Statement};

use super::{Atom, Membership, Pos, RoomNid, Store, StoreError, Tx, events::FOUND};
use crate::{
    rooms::Event,
    stream::{Change, What},
};

/// Something queued for a service.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Queued {
    /// The event, or the position of the ephemeral data.
    pub pos: Pos,
    /// The ephemeral data; none for an event.
    pub payload: Option<String>,
}

/// A transaction as it is sent, as often as it takes, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Frozen {
    /// Its id.
    pub txn: String,
    /// The last queued thing in it: what is acknowledged with it.
    pub upto: Pos,
    /// The JSON body.
    pub body: String,
}

/// How much is queued for a service.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Depth {
    /// The service.
    pub service: Atom,
    /// How many things.
    pub count: i64,
    /// When the oldest event among them was sent, in milliseconds since 1970.
    pub oldest: Option<i64>,
}

#[derive(FromQueryResult)]
struct Mark {
    mark: String,
}

#[derive(FromQueryResult)]
struct Inside {
    user: Atom,
    user_id: String,
}

impl Store {
    /// The oldest things queued for `service` after `after`.
    pub async fn outbox(&self, service: Atom, after: Pos, limit: i64) -> Result<Vec<Queued>, StoreError> {
        let sql = "SELECT pos, payload FROM outbox WHERE service = $1 AND pos > $2 ORDER BY pos LIMIT $3";
        self.all(sql, [service.into(), after.into(), limit.into()]).await
    }

    /// The transaction that `service` has not acknowledged.
    pub async fn frozen(&self, service: Atom) -> Result<Option<Frozen>, StoreError> {
        self.one("SELECT txn, upto, body FROM frozen WHERE service = $1", [service.into()]).await
    }

    /// In one write: what `service` has acknowledged is gone, and the next transaction is fixed.
    pub async fn turn(&self, service: Atom, settled: Option<Pos>, next: Option<Frozen>) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(turn(tx, service, settled, next))).await
    }

    /// Queues ephemeral data for services.
    pub async fn queue_ephemeral(&self, rows: Vec<(Atom, String)>) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(queue_ephemeral(tx, rows))).await
    }

    /// How much is queued for each service.
    pub async fn outbox_depths(&self) -> Result<Vec<Depth>, StoreError> {
        let sql = "SELECT o.service, COUNT(*) AS count, MIN(e.ts) AS oldest \
                   FROM outbox o LEFT JOIN events e ON e.pos = o.pos GROUP BY o.service";
        self.all(sql, []).await
    }

    /// A word that tells this database from any other; `fresh` becomes it if there is none yet.
    pub async fn outbox_mark(&self, fresh: String) -> Result<String, StoreError> {
        let mark = self
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "INSERT INTO outbox_mark (mark) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM outbox_mark)";
                    tx.run(sql, [fresh.into()]).await?;
                    tx.one::<Mark>("SELECT mark FROM outbox_mark", []).await
                })
            })
            .await?;
        mark.map(|row| row.mark).ok_or_else(|| StoreError::Damaged("no outbox mark".to_owned()))
    }

    /// Everybody of this server who is joined to `room`. `suffix` is the colon and the server's name.
    pub async fn joined_here(&self, room: RoomNid, suffix: &str) -> Result<Vec<(Atom, String)>, StoreError> {
        let sql = "SELECT m.\"user\" AS \"user\", a.value AS user_id FROM members m JOIN atoms a ON a.id = m.\"user\" \
                   WHERE m.room = $1 AND m.membership = $2 AND SUBSTR(a.value, LENGTH(a.value) - CAST($3 AS INTEGER)) = $4";
        let length = i64::try_from(suffix.chars().count()).unwrap_or_default() - 1;
        let values = [room.into(), Membership::JOIN.into(), length.into(), suffix.into()];
        let rows: Vec<Inside> = self.all(sql, values).await?;
        Ok(rows.into_iter().map(|row| (row.user, row.user_id)).collect())
    }

    /// For state events: the event each of them replaced, by the position of what replaced it. One query.
    pub async fn replaced_by(&self, events: &[Arc<Event>]) -> Result<HashMap<Pos, Arc<Event>>, StoreError> {
        let state = |event: &Arc<Event>| Some((event.room, event.kind_atom, event.state_key_atom?, event.pos));
        let keys: Vec<_> = events.iter().filter_map(state).collect();
        let mut replaced = HashMap::with_capacity(keys.len());
        for chunk in keys.chunks(200) {
            let (mut ors, mut values) = (Vec::new(), Vec::new());
            for (room, kind, key, pos) in chunk {
                let n = values.len();
                ors.push(format!(
                    "(s.room = ${} AND s.kind = ${} AND s.state_key = ${} AND s.upto = ${})",
                    n + 1,
                    n + 2,
                    n + 3,
                    n + 4
                ));
                values.extend([(*room).into(), (*kind).into(), (*key).into(), (*pos).into()]);
            }
            let sql = format!(
                "SELECT {FOUND} FROM state s JOIN events e ON e.pos = s.since JOIN rooms r ON r.id = e.room WHERE {}",
                ors.join(" OR ")
            );
            let found = self.found(sql, values).await?;
            for (room, kind, key, pos) in chunk {
                let same = |event: &&Arc<Event>| {
                    (event.room, event.kind_atom, event.state_key_atom) == (*room, *kind, Some(*key))
                        && event.pos < *pos
                };
                // The newest of those before: a piece of state may change more than once among `events`.
                if let Some(before) = found.iter().filter(same).max_by_key(|event| event.pos) {
                    replaced.insert(*pos, Arc::clone(before));
                }
            }
        }
        Ok(replaced)
    }
}

async fn turn(tx: &Tx<'_>, service: Atom, settled: Option<Pos>, next: Option<Frozen>) -> Result<(), StoreError> {
    if let Some(upto) = settled {
        tx.run("DELETE FROM outbox WHERE service = $1 AND pos <= $2", [service.into(), upto.into()]).await?;
    }
    match next {
        Some(next) => freeze(tx.db(), service, next).await?,
        None => {
            tx.run("DELETE FROM frozen WHERE service = $1", [service.into()]).await?;
        }
    }
    Ok(())
}

/// Fixes the transaction that `service` is handed next, in place of the one it has acknowledged.
pub(super) async fn freeze(tx: &DatabaseTransaction, service: Atom, next: Frozen) -> Result<(), StoreError> {
    let sql = "INSERT INTO frozen (service, txn, upto, body) VALUES ($1, $2, $3, $4) ON CONFLICT (service) \
               DO UPDATE SET txn = excluded.txn, upto = excluded.upto, body = excluded.body";
    let values = [service.into(), next.txn.into(), next.upto.into(), next.body.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}

async fn queue_ephemeral(tx: &Tx<'_>, rows: Vec<(Atom, String)>) -> Result<(), StoreError> {
    for (service, payload) in rows {
        let pos = tx.position();
        let sql = "INSERT INTO outbox (service, pos, payload) VALUES ($1, $2, $3)";
        tx.run(sql, [service.into(), pos.into(), payload.into()]).await?;
        tx.announce(Change { pos, what: What::Outbox { service } });
    }
    Ok(())
}
