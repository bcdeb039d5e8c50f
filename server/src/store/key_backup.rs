//! Room keys that clients keep on the server, encrypted. A user has one backup at a time; old versions stay until deleted.

use std::collections::BTreeMap;

use sea_orm::{FromQueryResult, Value};

use super::{Atom, Store, StoreError, Tx, list};

/// A version of a backup.
#[derive(Clone, Debug, FromQueryResult)]
pub struct BackupRow {
    /// Its number.
    pub version: i64,
    /// `algorithm` and `auth_data`.
    pub json: String,
    /// Counts the changes.
    pub etag: i64,
    /// How many keys are in it.
    pub count: i64,
}

/// A backed-up key of a session.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct BackupKey {
    /// The room.
    pub room_id: String,
    /// The session.
    pub session_id: String,
    /// As uploaded.
    pub json: String,
}

/// Which keys: all, a room's, or one session's.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Only of this room.
    pub room_id: Option<String>,
    /// Only of this session.
    pub session_id: Option<String>,
}

impl Which {
    /// The rest of a `WHERE` after `$2`, and its values.
    fn narrow(&self) -> (String, Vec<Value>) {
        let (mut sql, mut values) = (String::new(), Vec::new());
        for (column, value) in [("room_id", &self.room_id), ("session_id", &self.session_id)] {
            if let Some(value) = value {
                values.push(value.as_str().into());
                sql.push_str(&format!(" AND {column} = ${}", values.len() + 2));
            }
        }
        (sql, values)
    }
}

#[derive(FromQueryResult)]
struct Number {
    number: i64,
}

const BACKUP: &str = "SELECT b.version, b.json, b.etag, (SELECT COUNT(*) FROM backup_keys k WHERE k.owner = b.owner AND \
                      k.version = b.version) AS count FROM backups b WHERE b.owner = $1 AND b.deleted = $2";

impl Store {
    /// A new version, which becomes the current one; answers its number.
    pub async fn create_backup(&self, owner: Atom, json: String) -> Result<i64, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "SELECT COALESCE(MAX(version), 0) + 1 AS number FROM backups WHERE owner = $1";
                let version = tx.one::<Number>(sql, [owner.into()]).await?.map_or(1, |row| row.number);
                let sql = "INSERT INTO backups (owner, version, json, etag, deleted) VALUES ($1, $2, $3, $4, $5)";
                tx.run(sql, [owner.into(), version.into(), json.into(), 0_i64.into(), false.into()]).await?;
                Ok(version)
            })
        })
        .await
    }

    /// A version, or the current one.
    pub async fn backup(&self, owner: Atom, version: Option<i64>) -> Result<Option<BackupRow>, StoreError> {
        match version {
            Some(version) => {
                let sql = format!("{BACKUP} AND b.version = $3");
                self.one(sql, [owner.into(), false.into(), version.into()]).await
            }
            None => {
                let sql = format!("{BACKUP} ORDER BY b.version DESC LIMIT 1");
                self.one(sql, [owner.into(), false.into()]).await
            }
        }
    }

    /// Replaces `algorithm` and `auth_data` of a version.
    pub async fn update_backup(&self, owner: Atom, version: i64, json: String) -> Result<(), StoreError> {
        let sql = "UPDATE backups SET json = $1 WHERE owner = $2 AND version = $3";
        self.run(sql, vec![json.into(), owner.into(), version.into()]).await.map(drop)
    }

    /// Deletes a version with its keys. The number is not used again.
    pub async fn delete_backup(&self, owner: Atom, version: i64) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                tx.run("DELETE FROM backup_keys WHERE owner = $1 AND version = $2", [owner.into(), version.into()])
                    .await?;
                let sql = "UPDATE backups SET deleted = $1, json = '{}' WHERE owner = $2 AND version = $3";
                tx.run(sql, [true.into(), owner.into(), version.into()]).await.map(drop)
            })
        })
        .await
    }

    /// Backed-up keys.
    pub async fn backup_keys(&self, owner: Atom, version: i64, which: &Which) -> Result<Vec<BackupKey>, StoreError> {
        let (narrow, more) = which.narrow();
        let sql =
            format!("SELECT room_id, session_id, json FROM backup_keys WHERE owner = $1 AND version = $2{narrow}");
        self.all(sql, [owner.into(), version.into()].into_iter().chain(more)).await
    }

    /// Adds keys. Where one is there already, `is_better` (new, old) decides. Answers whether anything changed.
    pub async fn add_backup_keys(
        &self,
        owner: Atom,
        version: i64,
        keys: Vec<BackupKey>,
        is_better: fn(&str, &str) -> bool,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut changed = false;
                for chunk in keys.chunks(100) {
                    changed |= add(tx, (owner, version), chunk, is_better).await?;
                }
                if changed { touched(tx, owner, version).await } else { Ok(()) }
            })
        })
        .await
    }

    /// Deletes keys.
    pub async fn delete_backup_keys(&self, owner: Atom, version: i64, which: Which) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let (narrow, more) = which.narrow();
                let sql = format!("DELETE FROM backup_keys WHERE owner = $1 AND version = $2{narrow}");
                let gone = tx.run(sql, [owner.into(), version.into()].into_iter().chain(more)).await?;
                if gone > 0 { touched(tx, owner, version).await } else { Ok(()) }
            })
        })
        .await
    }
}

async fn touched(tx: &Tx<'_>, owner: Atom, version: i64) -> Result<(), StoreError> {
    let sql = "UPDATE backups SET etag = etag + 1 WHERE owner = $1 AND version = $2";
    tx.run(sql, [owner.into(), version.into()]).await.map(drop)
}

async fn add(
    tx: &Tx<'_>,
    (owner, version): (Atom, i64),
    keys: &[BackupKey],
    is_better: fn(&str, &str) -> bool,
) -> Result<bool, StoreError> {
    let sql = "SELECT room_id, session_id, json FROM backup_keys WHERE owner = $1 AND version = $2 AND session_id IN";
    let values = [owner.into(), version.into()].into_iter();
    let values = values.chain(keys.iter().map(|key| Value::from(key.session_id.as_str())));
    let present: Vec<BackupKey> = tx.all(format!("{sql} {}", list(3, keys.len())), values).await?;
    let present: BTreeMap<(&str, &str), &str> =
        present.iter().map(|key| ((key.room_id.as_str(), key.session_id.as_str()), key.json.as_str())).collect();
    let is_news = |key: &&BackupKey| {
        let old = present.get(&(key.room_id.as_str(), key.session_id.as_str()));
        old.is_none_or(|old| is_better(&key.json, old))
    };
    let news: Vec<&BackupKey> = keys.iter().filter(is_news).collect();
    if news.is_empty() {
        return Ok(false);
    }
    let rows: Vec<String> = (0..news.len()).map(|row| list(row * 5 + 1, 5)).collect();
    let sql = format!(
        "INSERT INTO backup_keys (owner, version, room_id, session_id, json) VALUES {} \
         ON CONFLICT (owner, version, room_id, session_id) DO UPDATE SET json = excluded.json",
        rows.join(",")
    );
    let values = news.iter().flat_map(|key| -> [Value; 5] {
        let (room, session) = (key.room_id.as_str().into(), key.session_id.as_str().into());
        [owner.into(), version.into(), room, session, key.json.as_str().into()]
    });
    tx.run(sql, values.collect::<Vec<_>>()).await?;
    Ok(true)
}
