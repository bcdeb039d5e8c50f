//! What application services that encrypt have to know of devices and keys.

use sea_orm::FromQueryResult;

use super::{Atom, DeviceNid, Membership, Pos, Store, StoreError, list};
use crate::stream::{Change, What};

/// The keys that others can still claim from a device: how many of each algorithm.
#[derive(Clone, Debug, FromQueryResult)]
pub struct KeysLeft {
    /// The device.
    pub device: DeviceNid,
    /// The algorithm.
    pub algorithm: String,
    /// How many.
    pub count: i64,
}

#[derive(FromQueryResult)]
struct Who {
    value: String,
}

#[derive(FromQueryResult)]
struct Cursor {
    pos: Pos,
}

impl Store {
    /// Up to where a service was told of devices; `now` from now on if it never was.
    pub async fn device_cursor(&self, service: Atom, now: Pos) -> Result<Pos, StoreError> {
        let sql = "SELECT pos FROM device_cursors WHERE service = $1";
        if let Some(row) = self.one::<Cursor>(sql, [service.into()]).await? {
            return Ok(row.pos);
        }
        let sql = "INSERT INTO device_cursors (service, pos) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.write(move |tx| Box::pin(async move { tx.run(sql, [service.into(), now.into()]).await })).await?;
        Ok(now)
    }

    /// The users whose devices or keys changed between two positions and who share a room with a user of the service.
    pub async fn devices_changed_for(&self, id: &str, after: Pos, upto: Pos) -> Result<Vec<String>, StoreError> {
        let sql = format!(
            "SELECT a.value FROM device_changes d JOIN atoms a ON a.id = d.owner \
             WHERE d.pos > $1 AND d.pos <= $2 AND EXISTS (SELECT 1 FROM members t \
             JOIN members g ON g.room = t.room AND g.membership = {join} \
             JOIN users u ON u.id = g.\"user\" AND u.service = $3 \
             WHERE t.\"user\" = d.owner AND t.membership = {join}) ORDER BY a.value",
            join = Membership::JOIN.0
        );
        let rows: Vec<Who> = self.all(sql, [after.into(), upto.into(), id.into()]).await?;
        Ok(rows.into_iter().map(|row| row.value).collect())
    }

    /// Queues what a service is told of devices, and moves its cursor; one write.
    pub async fn queue_devices(&self, service: Atom, payload: String, cursor: Pos) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let pos = tx.position();
                let sql = "INSERT INTO outbox (service, pos, payload) VALUES ($1, $2, $3)";
                tx.run(sql, [service.into(), pos.into(), payload.into()]).await?;
                let sql = "UPDATE device_cursors SET pos = $1 WHERE service = $2";
                tx.run(sql, [cursor.into(), service.into()]).await?;
                tx.announce(Change { pos, what: What::Outbox { service } });
                Ok(())
            })
        })
        .await
    }

    /// What is left to claim from these devices: one-time keys, and fallback keys nobody was given yet.
    pub async fn keys_left(&self, devices: &[DeviceNid]) -> Result<(Vec<KeysLeft>, Vec<KeysLeft>), StoreError> {
        let marks = list(1, devices.len());
        let values = || devices.iter().map(|&device| device.into());
        let sql = format!(
            "SELECT device, algorithm, COUNT(*) AS count FROM one_time_keys WHERE device IN {marks} \
             GROUP BY device, algorithm"
        );
        let once = self.all(sql, values()).await?;
        let sql = format!(
            "SELECT device, algorithm, COUNT(*) AS count FROM fallback_keys WHERE device IN {marks} AND NOT used \
             GROUP BY device, algorithm"
        );
        Ok((once, self.all(sql, values()).await?))
    }
}
