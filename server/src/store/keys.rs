//! Keys for end-to-end encryption: of devices, for one use, of users, and who signed them.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::{FromQueryResult, Value};

use super::{Atom, DeviceNid, Store, StoreError, Tx, devices::devices_changed, list};
use crate::error::MatrixError;

/// A one-time or fallback key: `algorithm:key_id` and the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedKey {
    /// E.g. `signed_curve25519`.
    pub algorithm: String,
    /// The name behind the colon.
    pub key_id: String,
    /// The key, JSON.
    pub json: String,
}

/// What a device uploads at once.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    /// Its identity keys, a signed JSON object.
    pub device_keys: Option<String>,
    /// Keys to be handed out once each.
    pub one_time: Vec<NamedKey>,
    /// Keys for when there are no others; each replaces the one of its algorithm.
    pub fallback: Vec<NamedKey>,
}

/// The identity keys of a device.
#[derive(Clone, Debug, FromQueryResult)]
pub struct DeviceKeysRow {
    /// Whose device.
    pub owner: Atom,
    /// The device's id.
    pub device_id: String,
    /// The name the user gave it.
    pub display_name: Option<String>,
    /// As uploaded.
    pub json: String,
}

/// A cross-signing key of a user.
#[derive(Clone, Debug, FromQueryResult)]
pub struct CrossSigningRow {
    /// Whose.
    pub owner: Atom,
    /// `master`, `self_signing` or `user_signing`.
    pub usage: String,
    /// As uploaded.
    pub json: String,
}

/// A signature on a key.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct SignatureRow {
    /// Whose key.
    pub owner: Atom,
    /// Which: a device id, or the public half of a cross-signing key.
    pub target: String,
    /// Who signed.
    pub signer: Atom,
    /// With which key, e.g. `ed25519:DEVICE`.
    pub key_id: String,
    /// The signature.
    pub signature: String,
}

/// A key that was handed out.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ClaimedRow {
    id: i64,
    /// The device it is of.
    pub device: DeviceNid,
    /// Its algorithm.
    pub algorithm: String,
    /// Its name.
    pub key_id: String,
    /// The key.
    pub json: String,
}

/// A device by its user's and its own id.
#[derive(Clone, Debug, FromQueryResult)]
pub struct DeviceAddress {
    /// Its number.
    pub id: DeviceNid,
    /// Its user's number.
    pub owner: Atom,
    /// `@name:server`.
    pub user_id: String,
    /// Its id.
    pub device_id: String,
}

#[derive(FromQueryResult)]
struct Counted {
    algorithm: String,
    count: i64,
}

#[derive(FromQueryResult)]
struct Algorithm {
    algorithm: String,
}

#[derive(FromQueryResult)]
struct Json {
    json: String,
}

#[derive(FromQueryResult)]
struct Named {
    algorithm: String,
    key_id: String,
    json: String,
}

/// Values in one `IN (…)`.
const CHUNK: usize = 500;

impl Store {
    /// Takes over what a device uploads, all or nothing. A one-time key that is there already may only be sent again
    /// unchanged.
    pub async fn upload_keys(&self, owner: Atom, device: DeviceNid, upload: Upload) -> Result<(), MatrixError> {
        self.write(move |tx| {
            Box::pin(async move {
                if !add_one_time_keys(tx, device, upload.one_time).await? {
                    return Err(StoreError::Refused("key"));
                }
                for key in upload.fallback {
                    let sql = "INSERT INTO fallback_keys (device, algorithm, key_id, json, used) VALUES ($1, $2, $3, $4, $5) \
                               ON CONFLICT (device, algorithm) DO UPDATE SET used = excluded.used OR \
                               (fallback_keys.used AND fallback_keys.json = excluded.json), \
                               key_id = excluded.key_id, json = excluded.json";
                    let values: [Value; 5] =
                        [device.into(), key.algorithm.into(), key.key_id.into(), key.json.into(), false.into()];
                    tx.run(sql, values).await?;
                }
                if let Some(json) = upload.device_keys {
                    set_device_keys(tx, owner, device, json).await?;
                }
                Ok(())
            })
        })
        .await
        .map_err(|error| match error {
            StoreError::Refused(_) => MatrixError::invalid_param("A one-time key of this name is there already, and differs."),
            error => error.into(),
        })
    }

    /// How many one-time keys of each algorithm a device has left.
    pub async fn one_time_key_counts(&self, device: DeviceNid) -> Result<BTreeMap<String, i64>, StoreError> {
        let sql = "SELECT algorithm, COUNT(*) AS count FROM one_time_keys WHERE device = $1 GROUP BY algorithm";
        let rows: Vec<Counted> = self.all(sql, [device.into()]).await?;
        Ok(rows.into_iter().map(|row| (row.algorithm, row.count)).collect())
    }

    /// The algorithms of which a device has a fallback key nobody was given yet.
    pub async fn unused_fallback_types(&self, device: DeviceNid) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT algorithm FROM fallback_keys WHERE device = $1 AND used = $2 ORDER BY algorithm";
        let rows: Vec<Algorithm> = self.all(sql, [device.into(), false.into()]).await?;
        Ok(rows.into_iter().map(|row| row.algorithm).collect())
    }

    /// The identity keys of all devices of these users that have any.
    pub async fn device_keys(&self, owners: &[Atom]) -> Result<Vec<DeviceKeysRow>, StoreError> {
        let sql = "SELECT d.owner, d.device_id, d.display_name, k.json FROM devices d JOIN device_keys k ON k.device = d.id \
                   WHERE d.owner IN";
        self.of_owners(sql, owners).await
    }

    /// The cross-signing keys of these users.
    pub async fn cross_signing_keys(&self, owners: &[Atom]) -> Result<Vec<CrossSigningRow>, StoreError> {
        self.of_owners("SELECT owner, usage, json FROM cross_signing_keys WHERE owner IN", owners).await
    }

    /// All signatures added to keys of these users.
    pub async fn key_signatures(&self, owners: &[Atom]) -> Result<Vec<SignatureRow>, StoreError> {
        let sql = "SELECT owner, target, signer, key_id, signature FROM key_signatures WHERE owner IN";
        self.of_owners(sql, owners).await
    }

    async fn of_owners<T: FromQueryResult>(&self, sql: &str, owners: &[Atom]) -> Result<Vec<T>, StoreError> {
        let mut rows = Vec::new();
        for chunk in owners.chunks(CHUNK) {
            rows.extend(self.all(format!("{sql} {}", list(1, chunk.len())), chunk.iter().map(|&id| id.into())).await?);
        }
        Ok(rows)
    }

    /// All devices of these users of this server.
    pub async fn devices_of_users(&self, user_ids: &[&str]) -> Result<Vec<DeviceAddress>, StoreError> {
        let mut rows = Vec::new();
        for chunk in user_ids.chunks(CHUNK) {
            let sql = format!(
                "SELECT d.id, d.owner, a.value AS user_id, d.device_id FROM atoms a JOIN devices d ON d.owner = a.id \
                 WHERE a.value IN {}",
                list(1, chunk.len())
            );
            rows.extend(self.all(sql, chunk.iter().map(|&id| id.into())).await?);
        }
        Ok(rows)
    }

    /// Hands out one key for each wanted device and algorithm: the oldest one-time key, for the first and last time, or
    /// else the fallback key.
    pub async fn claim_keys(&self, wanted: Vec<(DeviceNid, String)>) -> Result<Vec<ClaimedRow>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut claimed = Vec::new();
                for chunk in wanted.chunks(CHUNK) {
                    claimed.extend(claim(tx, chunk).await?);
                }
                Ok(claimed)
            })
        })
        .await
    }

    /// Sets cross-signing keys (`usage`, JSON) of a user and announces it.
    pub async fn set_cross_signing_keys(
        &self,
        owner: Atom,
        keys: Vec<(&'static str, String)>,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                for (usage, json) in keys {
                    let sql = "INSERT INTO cross_signing_keys (owner, usage, json) VALUES ($1, $2, $3) \
                               ON CONFLICT (owner, usage) DO UPDATE SET json = excluded.json";
                    tx.run(sql, [owner.into(), usage.into(), json.into()]).await?;
                }
                devices_changed(tx, owner).await.map(drop)
            })
        })
        .await
    }

    /// Adds signatures; whoever's keys are signed is announced as changed.
    pub async fn add_key_signatures(&self, rows: Vec<SignatureRow>) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut changed = HashSet::new();
                for row in rows {
                    // A signature on somebody else's key is for the eyes of the signer alone.
                    changed.insert(row.signer);
                    let sql = "INSERT INTO key_signatures (owner, target, signer, key_id, signature) \
                               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (owner, target, signer, key_id) \
                               DO UPDATE SET signature = excluded.signature";
                    let (target, key_id) = (row.target.into(), row.key_id.into());
                    tx.run(sql, [row.owner.into(), target, row.signer.into(), key_id, row.signature.into()]).await?;
                }
                for owner in changed {
                    devices_changed(tx, owner).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

/// False if a key of the same name is there with other content.
async fn add_one_time_keys(tx: &Tx<'_>, device: DeviceNid, keys: Vec<NamedKey>) -> Result<bool, StoreError> {
    if keys.is_empty() {
        return Ok(true);
    }
    let sql = "SELECT algorithm, key_id, json FROM one_time_keys WHERE device = $1";
    let present: Vec<Named> = tx.all(sql, [device.into()]).await?;
    let present: HashMap<(&str, &str), &str> =
        present.iter().map(|row| ((row.algorithm.as_str(), row.key_id.as_str()), row.json.as_str())).collect();
    let mut new = Vec::new();
    for key in keys {
        match present.get(&(key.algorithm.as_str(), key.key_id.as_str())) {
            None => new.push(key),
            Some(json) if same(json, &key.json) => {}
            Some(_) => return Ok(false),
        }
    }
    for chunk in new.chunks(100) {
        let rows: Vec<String> = (0..chunk.len()).map(|row| list(row * 4 + 1, 4)).collect();
        let sql = format!("INSERT INTO one_time_keys (device, algorithm, key_id, json) VALUES {}", rows.join(","));
        let values = chunk.iter().flat_map(|key| -> [Value; 4] {
            [device.into(), key.algorithm.as_str().into(), key.key_id.as_str().into(), key.json.as_str().into()]
        });
        tx.run(sql, values.collect::<Vec<_>>()).await?;
    }
    Ok(true)
}

fn same(one: &str, other: &str) -> bool {
    let parse = |json| serde_json::from_str::<serde_json::Value>(json).ok();
    one == other || parse(one) == parse(other)
}

async fn set_device_keys(tx: &Tx<'_>, owner: Atom, device: DeviceNid, json: String) -> Result<(), StoreError> {
    let present: Option<Json> = tx.one("SELECT json FROM device_keys WHERE device = $1", [device.into()]).await?;
    if present.as_ref().is_some_and(|present| same(&present.json, &json)) {
        return Ok(());
    }
    if present.is_some() {
        let sql =
            "DELETE FROM key_signatures WHERE owner = $1 AND target = (SELECT device_id FROM devices WHERE id = $2)";
        tx.run(sql, [owner.into(), device.into()]).await?;
    }
    let sql = "INSERT INTO device_keys (device, json) VALUES ($1, $2) ON CONFLICT (device) DO UPDATE SET json = excluded.json";
    tx.run(sql, [device.into(), json.into()]).await?;
    devices_changed(tx, owner).await
}

async fn claim(tx: &Tx<'_>, wanted: &[(DeviceNid, String)]) -> Result<Vec<ClaimedRow>, StoreError> {
    let devices: Vec<Value> = wanted.iter().map(|(device, _)| (*device).into()).collect();
    let is_wanted =
        |row: &ClaimedRow| wanted.iter().any(|(device, kind)| *device == row.device && *kind == row.algorithm);
    let sql = format!(
        "SELECT id, device, algorithm, key_id, json FROM one_time_keys k WHERE device IN {} AND id = \
         (SELECT MIN(o.id) FROM one_time_keys o WHERE o.device = k.device AND o.algorithm = k.algorithm)",
        list(1, devices.len())
    );
    let mut claimed: Vec<ClaimedRow> = tx.all(sql, devices.clone()).await?;
    claimed.retain(is_wanted);
    if !claimed.is_empty() {
        let sql = format!("DELETE FROM one_time_keys WHERE id IN {}", list(1, claimed.len()));
        tx.run(sql, claimed.iter().map(|row| row.id.into()).collect::<Vec<Value>>()).await?;
    }
    if claimed.len() == wanted.len() {
        return Ok(claimed);
    }
    let sql = "SELECT 0 AS id, device, algorithm, key_id, json FROM fallback_keys WHERE device IN";
    let sql = sql.replace("SELECT 0", "SELECT CAST(0 AS BIGINT)");
    let mut fallback: Vec<ClaimedRow> = tx.all(format!("{sql} {}", list(1, devices.len())), devices).await?;
    let has = |row: &ClaimedRow| claimed.iter().any(|c| c.device == row.device && c.algorithm == row.algorithm);
    fallback.retain(|row| is_wanted(row) && !has(row));
    let algorithms: HashSet<String> = fallback.iter().map(|row| row.algorithm.clone()).collect();
    for algorithm in algorithms {
        let of = fallback.iter().filter(|row| row.algorithm == algorithm);
        let mut values: Vec<Value> = vec![true.into(), algorithm.as_str().into()];
        values.extend(of.map(|row| Value::from(row.device)));
        let marks = list(3, values.len() - 2);
        let sql = format!("UPDATE fallback_keys SET used = $1 WHERE algorithm = $2 AND device IN {marks}");
        tx.run(sql, values).await?;
    }
    claimed.extend(fallback);
    Ok(claimed)
}
