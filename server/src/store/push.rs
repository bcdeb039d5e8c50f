//! What rang and is to be told to push gateways.

use std::sync::Arc;

use sea_orm::{FromQueryResult, Value};

use super::{Atom, Membership, Pos, RoomNid, Store, StoreError, Tx, events::FOUND, list};
use crate::rooms::Event;

/// An installation of an app that is told what rings.
#[derive(Clone, Debug, PartialEq, Eq, Hash, FromQueryResult)]
pub struct PusherKey {
    /// Whose.
    pub owner: Atom,
    /// Which app.
    pub app_id: String,
    /// Which installation of it.
    pub pushkey: String,
}

/// Somebody with a pusher and what they are to a room.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Reachable {
    /// The user.
    pub owner: Atom,
    /// `@name:server`.
    pub user_id: String,
    /// The room.
    pub room: RoomNid,
    /// Joined or invited.
    pub membership: Membership,
    /// The member event.
    pub pos: Pos,
}

/// Something that rang.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Rung {
    /// The event.
    pub pos: Pos,
    /// How it rings, a JSON object.
    pub tweaks: String,
}

#[derive(FromQueryResult)]
struct Json {
    json: String,
}

#[derive(FromQueryResult)]
struct Cursor {
    pos: Pos,
}

impl Store {
    /// Up to where events were looked at.
    pub async fn push_cursor(&self) -> Result<Pos, StoreError> {
        let row: Option<Cursor> = self.one("SELECT pos FROM push_cursor", []).await?;
        Ok(row.map_or(Pos(0), |row| row.pos))
    }

    /// Whether anybody has a pusher.
    pub async fn any_pusher(&self) -> Result<bool, StoreError> {
        Ok(self.one::<Json>("SELECT json FROM pushers LIMIT 1", []).await?.is_some())
    }

    /// The events of all rooms after `after`, up to `upto`.
    pub async fn events_after(&self, after: Pos, upto: Pos, limit: i64) -> Result<Vec<Arc<Event>>, StoreError> {
        let sql = format!(
            "SELECT {FOUND} FROM events e JOIN rooms r ON r.id = e.room \
             WHERE e.pos > $1 AND e.pos <= $2 ORDER BY e.pos LIMIT $3"
        );
        self.found(sql, [after.into(), upto.into(), limit.into()]).await
    }

    /// Who in these rooms has a pusher.
    pub async fn reachable(&self, rooms: &[RoomNid]) -> Result<Vec<Reachable>, StoreError> {
        let sql = format!(
            "SELECT m.\"user\" AS owner, a.value AS user_id, m.room, m.membership, m.pos FROM members m \
             JOIN atoms a ON a.id = m.\"user\" WHERE m.room IN {} AND m.membership IN ({}, {}) \
             AND m.\"user\" IN (SELECT owner FROM pushers)",
            list(1, rooms.len()),
            Membership::JOIN.0,
            Membership::INVITE.0
        );
        self.all(sql, rooms.iter().map(|&room| room.into())).await
    }

    /// Queues what rang for all pushers of its user, and moves the cursor; one write.
    pub async fn queue_push(&self, rang: Vec<(Atom, Rung)>, cursor: Pos) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(queue(tx, rang, cursor))).await
    }

    /// The pushers that have something to be told.
    pub async fn ringing(&self) -> Result<Vec<PusherKey>, StoreError> {
        self.all("SELECT DISTINCT owner, app_id, pushkey FROM push_queue", []).await
    }

    /// The oldest thing to be told to a pusher, with the pusher as it was set, unless it is gone.
    pub async fn next_push(&self, key: &PusherKey) -> Result<Option<(Rung, Option<String>)>, StoreError> {
        let sql = "SELECT pos, tweaks FROM push_queue WHERE owner = $1 AND app_id = $2 AND pushkey = $3 \
                   ORDER BY pos LIMIT 1";
        let rung: Option<Rung> = self.one(sql, key.values()).await?;
        let Some(rung) = rung else { return Ok(None) };
        let sql = "SELECT json FROM pushers WHERE owner = $1 AND app_id = $2 AND pushkey = $3";
        let json: Option<Json> = self.one(sql, key.values()).await?;
        Ok(Some((rung, json.map(|row| row.json))))
    }

    /// A pusher was told everything up to `upto`, or will not be.
    pub async fn pushed(&self, key: &PusherKey, upto: Pos) -> Result<(), StoreError> {
        let sql = "DELETE FROM push_queue WHERE owner = $1 AND app_id = $2 AND pushkey = $3 AND pos <= $4";
        let values: Vec<Value> = key.values().into_iter().chain([upto.into()]).collect();
        self.write(move |tx| Box::pin(async move { tx.run(sql, values).await })).await.map(drop)
    }
}

impl PusherKey {
    fn values(&self) -> [Value; 3] {
        [self.owner.into(), self.app_id.as_str().into(), self.pushkey.as_str().into()]
    }
}

async fn queue(tx: &Tx<'_>, rang: Vec<(Atom, Rung)>, cursor: Pos) -> Result<(), StoreError> {
    for (owner, rung) in rang {
        let sql = "INSERT INTO push_queue (owner, app_id, pushkey, pos, tweaks) \
                   SELECT owner, app_id, pushkey, $1, $2 FROM pushers WHERE owner = $3 ON CONFLICT DO NOTHING";
        tx.run(sql, [rung.pos.into(), rung.tweaks.into(), owner.into()]).await?;
    }
    tx.run("UPDATE push_cursor SET pos = $1", [cursor.into()]).await?;
    Ok(())
}
