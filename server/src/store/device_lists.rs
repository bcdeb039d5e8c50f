//! Whose devices a user has to look at again. Only encrypted rooms count: nobody needs keys for the others.

use std::sync::Arc;

use sea_orm::{FromQueryResult, Value};

use super::{Atom, Membership, Pos, Store, StoreError};

/// What changed between two positions, as `/sync` and `/keys/changes` tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceLists {
    /// Users whose devices or keys changed, or who share an encrypted room since.
    pub changed: Vec<Arc<str>>,
    /// Users who share no encrypted room any more.
    pub left: Vec<Arc<str>>,
}

#[derive(FromQueryResult)]
struct Who {
    value: String,
}

impl Store {
    /// What `user` has to know about others' devices, of all that happened after `since` and up to `upto`.
    pub async fn device_lists(&self, user: Atom, since: Pos, upto: Pos) -> Result<DeviceLists, StoreError> {
        if since >= upto {
            return Ok(DeviceLists::default());
        }
        let (Some(kind), Some(key)) = (self.find_atom("m.room.encryption").await?, self.find_atom("").await?) else {
            return Ok(DeviceLists { changed: self.own_changes(user, since, upto).await?, left: Vec::new() });
        };
        let values: [Value; 5] = [user.into(), kind.into(), key.into(), since.into(), upto.into()];
        let changed = self.all::<Who>(changed(), values.clone()).await?;
        let left = self.all::<Who>(left(), values).await?;
        let names = |rows: Vec<Who>| rows.into_iter().map(|row| row.value.into()).collect();
        Ok(DeviceLists { changed: names(changed), left: names(left) })
    }

    async fn own_changes(&self, user: Atom, since: Pos, upto: Pos) -> Result<Vec<Arc<str>>, StoreError> {
        let sql = "SELECT a.value FROM device_changes d JOIN atoms a ON a.id = d.owner \
                   WHERE d.owner = $1 AND d.pos > $2 AND d.pos <= $3";
        let rows: Vec<Who> = self.all(sql, [user.into(), since.into(), upto.into()]).await?;
        Ok(rows.into_iter().map(|row| row.value.into()).collect())
    }
}

/// The encrypted rooms a user is in: since when, and since when they are encrypted.
fn mine() -> String {
    format!(
        r#"mine AS (SELECT m.room, m.pos, s.since FROM members m
            JOIN state s ON s.room = m.room AND s.kind = $2 AND s.state_key = $3 AND s.upto IS NULL
            WHERE m."user" = $1 AND m.membership = {})"#,
        Membership::JOIN.0
    )
}

/// $1 user, $2 `m.room.encryption`, $3 the empty state key, $4 since, $5 up to.
fn changed() -> String {
    format!(
        r#"WITH {mine}, who AS (
            SELECT d.owner AS id FROM device_changes d WHERE d.pos > $4 AND d.pos <= $5 AND (d.owner = $1 OR EXISTS
                (SELECT 1 FROM members t JOIN mine ON mine.room = t.room WHERE t."user" = d.owner AND t.membership = {join}))
            UNION SELECT t."user" FROM mine JOIN members t ON t.room = mine.room
                WHERE t.pos > $4 AND t.pos <= $5 AND t.membership = {join}
            UNION SELECT t."user" FROM mine JOIN members t ON t.room = mine.room
                WHERE t.membership = {join} AND ((mine.pos > $4 AND mine.pos <= $5) OR (mine.since > $4 AND mine.since <= $5)))
        SELECT a.value FROM who JOIN atoms a ON a.id = who.id ORDER BY a.value"#,
        mine = mine(),
        join = Membership::JOIN.0
    )
}

/// Those who left an encrypted room of the user, and those in encrypted rooms the user left, unless another is shared.
fn left() -> String {
    format!(
        r#"WITH {mine}, gone AS (
            SELECT t."user" AS id FROM mine JOIN members t ON t.room = mine.room
                WHERE t.pos > $4 AND t.pos <= $5 AND t.membership IN ({leave}, {ban})
            UNION SELECT t."user" FROM members m
                JOIN state s ON s.room = m.room AND s.kind = $2 AND s.state_key = $3 AND s.upto IS NULL
                JOIN members t ON t.room = m.room AND t.membership = {join}
                WHERE m."user" = $1 AND m.pos > $4 AND m.pos <= $5 AND m.membership IN ({leave}, {ban}))
        SELECT a.value FROM gone JOIN atoms a ON a.id = gone.id WHERE gone.id <> $1 AND NOT EXISTS
            (SELECT 1 FROM members t JOIN mine ON mine.room = t.room WHERE t."user" = gone.id AND t.membership = {join})
        ORDER BY a.value"#,
        mine = mine(),
        join = Membership::JOIN.0,
        leave = Membership::LEAVE.0,
        ban = Membership::BAN.0
    )
}
