//! What clients keep on the server for their user: account data (tags and push rules are kinds of it), filters, pushers.

use std::sync::Arc;

use sea_orm::FromQueryResult;

use super::{Atom, DeviceNid, Pos, RoomNid, Store, StoreError, Tx};
use crate::{
    error::MatrixError,
    stream::{Change, What},
};

/// One piece of account data, global or of a room.
#[derive(Clone, Debug)]
pub struct AccountData {
    /// The room, or none for global account data.
    pub room: Option<RoomNid>,
    /// The event type, e.g. `m.direct`.
    pub kind: Arc<str>,
    /// When it was last written.
    pub pos: Pos,
    /// A JSON object.
    pub content: String,
}

/// A pusher as it was set.
#[derive(Clone, Debug, FromQueryResult)]
pub struct PusherRow {
    /// Which app.
    pub app_id: String,
    /// Which installation of it.
    pub pushkey: String,
    /// The device that set it.
    pub device: DeviceNid,
    /// As given, a JSON object.
    pub json: String,
}

#[derive(FromQueryResult)]
struct Row {
    room: i64,
    kind: Atom,
    pos: Pos,
    content: String,
}

#[derive(FromQueryResult)]
struct Content {
    content: String,
}

#[derive(FromQueryResult)]
struct Json {
    json: String,
}

/// How global account data is told from a room's: rooms are numbered from 1.
fn number(room: Option<RoomNid>) -> i64 {
    room.map_or(0, |room| room.0)
}

async fn put(tx: &Tx<'_>, owner: Atom, room: Option<RoomNid>, kind: Atom, content: String) -> Result<Pos, StoreError> {
    let pos = tx.position();
    let sql = "INSERT INTO account_data (owner, room, kind, pos, content) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (owner, room, kind) DO UPDATE SET pos = excluded.pos, content = excluded.content";
    tx.run(sql, [owner.into(), number(room).into(), kind.into(), pos.into(), content.into()]).await?;
    tx.announce(Change { pos, what: What::AccountData { user: owner, room } });
    Ok(pos)
}

impl Store {
    /// The content of one piece of account data.
    pub async fn account_data(
        &self,
        owner: Atom,
        room: Option<RoomNid>,
        kind: &str,
    ) -> Result<Option<String>, StoreError> {
        let Some(kind) = self.find_atom(kind).await? else { return Ok(None) };
        let sql = "SELECT content FROM account_data WHERE owner = $1 AND room = $2 AND kind = $3";
        let row: Option<Content> = self.one(sql, [owner.into(), number(room).into(), kind.into()]).await?;
        Ok(row.map(|row| row.content))
    }

    /// Everything of a user that was written after `since` (0 for everything) and up to `upto`, in the order of writing.
    pub async fn account_data_since(&self, owner: Atom, since: Pos, upto: Pos) -> Result<Vec<AccountData>, StoreError> {
        let sql = "SELECT room, kind, pos, content FROM account_data WHERE owner = $1 AND pos > $2 AND pos <= $3 ORDER BY pos";
        let rows: Vec<Row> = self.all(sql, [owner.into(), since.into(), upto.into()]).await?;
        let kinds: Vec<Atom> = rows.iter().map(|row| row.kind).collect();
        let kinds = self.texts(&kinds).await?;
        let data = rows.into_iter().filter_map(|row| {
            let kind = kinds.get(&row.kind)?.clone();
            let room = (row.room != 0).then_some(RoomNid(row.room));
            Some(AccountData { room, kind, pos: row.pos, content: row.content })
        });
        Ok(data.collect())
    }

    /// Writes one piece of account data and announces it.
    pub async fn set_account_data(
        &self,
        owner: Atom,
        room: Option<RoomNid>,
        kind: &str,
        content: String,
    ) -> Result<Pos, StoreError> {
        let kind = self.atom(kind).await?;
        self.write(move |tx| Box::pin(put(tx, owner, room, kind, content))).await
    }

    /// Reads one piece of account data, changes it and writes it, undisturbed by others. Nothing is written when `change`
    /// refuses.
    pub async fn change_account_data(
        &self,
        owner: Atom,
        room: Option<RoomNid>,
        kind: &str,
        change: impl FnOnce(Option<String>) -> Result<String, MatrixError> + Send + 'static,
    ) -> Result<(), MatrixError> {
        let kind = self.atom(kind).await?;
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "SELECT content FROM account_data WHERE owner = $1 AND room = $2 AND kind = $3";
                let present: Option<Content> = tx.one(sql, [owner.into(), number(room).into(), kind.into()]).await?;
                match change(present.map(|row| row.content)) {
                    Ok(content) => put(tx, owner, room, kind, content).await.map(|_| Ok(())),
                    Err(refused) => Ok(Err(refused)),
                }
            })
        })
        .await?
    }

    /// Keeps a filter under its id. The id is made from the content, so the same filter is kept once.
    pub async fn set_filter(&self, owner: Atom, filter_id: String, json: String) -> Result<(), StoreError> {
        let sql = "INSERT INTO filters (owner, filter_id, json) VALUES ($1, $2, $3) ON CONFLICT (owner, filter_id) DO NOTHING";
        self.run(sql, vec![owner.into(), filter_id.into(), json.into()]).await.map(drop)
    }

    /// A filter as it was given.
    pub async fn filter(&self, owner: Atom, filter_id: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT json FROM filters WHERE owner = $1 AND filter_id = $2";
        let row: Option<Json> = self.one(sql, [owner.into(), filter_id.into()]).await?;
        Ok(row.map(|row| row.json))
    }

    /// The pushers of a user.
    pub async fn pushers(&self, owner: Atom) -> Result<Vec<PusherRow>, StoreError> {
        let sql = "SELECT app_id, pushkey, device, json FROM pushers WHERE owner = $1 ORDER BY app_id, pushkey";
        self.all(sql, [owner.into()]).await
    }

    /// Sets a pusher. Unless `append`, nobody else keeps one with the same app and key: the installation changed hands.
    pub async fn set_pusher(&self, owner: Atom, pusher: PusherRow, append: bool) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                if !append {
                    let sql = "DELETE FROM pushers WHERE app_id = $1 AND pushkey = $2 AND owner <> $3";
                    tx.run(sql, [pusher.app_id.clone().into(), pusher.pushkey.clone().into(), owner.into()]).await?;
                }
                let sql = "INSERT INTO pushers (owner, app_id, pushkey, device, json) VALUES ($1, $2, $3, $4, $5) \
                           ON CONFLICT (owner, app_id, pushkey) DO UPDATE SET device = excluded.device, json = excluded.json";
                let values = [
                    owner.into(),
                    pusher.app_id.into(),
                    pusher.pushkey.into(),
                    pusher.device.into(),
                    pusher.json.into(),
                ];
                tx.run(sql, values).await.map(drop)
            })
        })
        .await
    }

    /// Removes a pusher, if it is there.
    pub async fn delete_pusher(&self, owner: Atom, app_id: String, pushkey: String) -> Result<(), StoreError> {
        let sql = "DELETE FROM pushers WHERE owner = $1 AND app_id = $2 AND pushkey = $3";
        self.run(sql, vec![owner.into(), app_id.into(), pushkey.into()]).await.map(drop)
    }
}
