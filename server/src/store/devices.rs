//! Devices and the tokens that speak for them. Tokens are kept as SHA-256 hashes only.
//!
//! Tokens of a device come in generations: signing in is generation 0, each refresh makes the next. The older generation
//! stays valid until the newer one is used for the first time, so that an answer lost on the way costs nothing.

use sea_orm::{FromQueryResult, Value};

use super::{Atom, DeviceNid, Store, StoreError, Tx, list};
use crate::stream::{Change, What};

/// The SHA-256 of a token.
pub type TokenHash = [u8; 32];

/// A device of a user.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Device {
    /// Its number.
    pub id: DeviceNid,
    /// Its id, chosen by the client or by us.
    pub device_id: String,
    /// The name the user gave it.
    pub display_name: Option<String>,
    /// Where it was last seen.
    pub last_seen_ip: Option<String>,
    /// When, in milliseconds since 1970.
    pub last_seen_ts: Option<i64>,
}

/// A token with everything a request needs to know about who holds it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct TokenRow {
    /// The user's atom.
    pub owner: Atom,
    /// `@name:server`.
    pub user_id: String,
    /// Administrator.
    pub admin: bool,
    /// Guest.
    pub guest: bool,
    /// The device's number.
    pub device: DeviceNid,
    /// The device's id.
    pub device_id: String,
    /// Refresh token rather than access token.
    pub refresh: bool,
    /// Which generation of the device's tokens.
    pub generation: i64,
    /// Milliseconds since 1970.
    pub expires: Option<i64>,
    /// The lowest generation that is still there.
    pub oldest: i64,
}

/// Hashes of new tokens.
#[derive(Clone, Debug)]
pub struct NewTokens {
    /// The access token.
    pub access: TokenHash,
    /// When it expires, in milliseconds since 1970.
    pub expires: Option<i64>,
    /// The refresh token.
    pub refresh: Option<TokenHash>,
}

/// Signing in: as whom, with which device.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// The user's atom.
    pub owner: Atom,
    /// The device's id.
    pub device_id: String,
    /// Its name, if one is given; an existing name stays otherwise.
    pub display_name: Option<String>,
}

#[derive(FromQueryResult)]
struct Id {
    id: DeviceNid,
}

#[derive(FromQueryResult)]
struct Hash {
    hash: Vec<u8>,
}

const COLUMNS: &str = "id, device_id, display_name, last_seen_ip, last_seen_ts";

impl Store {
    /// Everything about the holder of a token, in one query.
    pub async fn token(&self, hash: TokenHash) -> Result<Option<TokenRow>, StoreError> {
        let sql = "SELECT d.owner, a.value AS user_id, u.admin, u.guest, t.device, d.device_id, t.refresh, t.generation, \
                   t.expires, (SELECT MIN(o.generation) FROM tokens o WHERE o.device = t.device) AS oldest \
                   FROM tokens t JOIN devices d ON d.id = t.device JOIN users u ON u.id = d.owner \
                   JOIN atoms a ON a.id = d.owner WHERE t.hash = $1 AND u.deactivated = $2";
        self.one(sql, [Value::from(hash.to_vec()), false.into()]).await
    }

    /// Makes the device, or takes over the one of that id, and gives it these tokens; its older ones are void.
    /// Answers the device and the hashes that became void.
    pub async fn sign_in(
        &self,
        device: NewDevice,
        tokens: Option<NewTokens>,
    ) -> Result<(DeviceNid, Vec<TokenHash>), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let owner = device.owner;
                let known = device_of(tx, owner, &device.device_id).await?;
                let nid = upsert_device(tx, device).await?;
                let void =
                    if known.is_some() && tokens.is_some() { void_tokens(tx, &[nid]).await? } else { Vec::new() };
                if let Some(tokens) = tokens {
                    insert_tokens(tx, nid, 0, tokens).await?;
                }
                if known.is_none() {
                    devices_changed(tx, owner).await?;
                }
                Ok((nid, void))
            })
        })
        .await
    }

    /// Gives the device the next generation of tokens. Newer ones than the refresh token's own were never used: void.
    pub async fn refresh(&self, device: DeviceNid, from: i64, tokens: NewTokens) -> Result<Vec<TokenHash>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "DELETE FROM tokens WHERE device = $1 AND generation > $2 RETURNING hash";
                let void = hashes(tx.all(sql, [device.into(), from.into()]).await?);
                insert_tokens(tx, device, from + 1, tokens).await?;
                Ok(void)
            })
        })
        .await
    }

    /// A token of `generation` was used: the older ones are void now.
    pub async fn settle_generation(&self, device: DeviceNid, generation: i64) -> Result<Vec<TokenHash>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "DELETE FROM tokens WHERE device = $1 AND generation < $2 RETURNING hash";
                Ok(hashes(tx.all(sql, [device.into(), generation.into()]).await?))
            })
        })
        .await
    }

    /// All devices of a user.
    pub async fn devices(&self, owner: Atom) -> Result<Vec<Device>, StoreError> {
        self.all(format!("SELECT {COLUMNS} FROM devices WHERE owner = $1 ORDER BY id"), [owner.into()]).await
    }

    /// One device of a user.
    pub async fn device(&self, owner: Atom, device_id: &str) -> Result<Option<Device>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM devices WHERE owner = $1 AND device_id = $2");
        self.one(sql, [owner.into(), device_id.into()]).await
    }

    /// Names a device; false when there is none.
    pub async fn rename_device(
        &self,
        owner: Atom,
        device_id: String,
        name: Option<String>,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE devices SET display_name = $1 WHERE owner = $2 AND device_id = $3";
                let found = tx.run(sql, [name.into(), owner.into(), device_id.into()]).await? > 0;
                if found {
                    devices_changed(tx, owner).await?;
                }
                Ok(found)
            })
        })
        .await
    }

    /// Notes that a device was seen.
    pub async fn saw_device(&self, device: DeviceNid, ip: Option<String>, ts: i64) -> Result<(), StoreError> {
        let sql = "UPDATE devices SET last_seen_ip = $1, last_seen_ts = $2 WHERE id = $3";
        self.run(sql, vec![ip.into(), ts.into(), device.into()]).await.map(drop)
    }

    /// Deletes devices with their tokens, pushers and keys, all of the user's but one if `only` is `None`.
    /// Answers the token hashes that became void.
    pub async fn delete_devices(
        &self,
        owner: Atom,
        only: Option<Vec<String>>,
        but: Option<DeviceNid>,
    ) -> Result<Vec<TokenHash>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let sql =
                    "SELECT id, device_id, display_name, last_seen_ip, last_seen_ts FROM devices WHERE owner = $1";
                let devices: Vec<Device> = tx.all(sql, [owner.into()]).await?;
                let chosen = |device: &&Device| {
                    Some(device.id) != but && only.as_ref().is_none_or(|only| only.contains(&device.device_id))
                };
                let gone: Vec<&Device> = devices.iter().filter(chosen).collect();
                for device in &gone {
                    forget_signatures(tx, owner, &device.device_id).await?;
                }
                let gone: Vec<DeviceNid> = gone.into_iter().map(|device| device.id).collect();
                if gone.is_empty() {
                    return Ok(Vec::new());
                }
                let void = void_tokens(tx, &gone).await?;
                for chunk in gone.chunks(500) {
                    for (table, column) in OF_A_DEVICE {
                        let sql = format!("DELETE FROM {table} WHERE {column} IN {}", list(1, chunk.len()));
                        tx.run(sql, chunk.iter().map(|&id| id.into())).await?;
                    }
                }
                devices_changed(tx, owner).await?;
                Ok(void)
            })
        })
        .await
    }
}

/// What goes with a device.
const OF_A_DEVICE: [(&str, &str); 6] = [
    ("pushers", "device"),
    ("device_keys", "device"),
    ("one_time_keys", "device"),
    ("fallback_keys", "device"),
    ("to_device", "device"),
    ("devices", "id"),
];

/// Notes, in the caller's transaction, that somebody's devices or keys changed, and announces it.
pub(super) async fn devices_changed(tx: &Tx<'_>, owner: Atom) -> Result<(), StoreError> {
    let pos = tx.position();
    let sql =
        "INSERT INTO device_changes (owner, pos) VALUES ($1, $2) ON CONFLICT (owner) DO UPDATE SET pos = excluded.pos";
    tx.run(sql, [owner.into(), pos.into()]).await?;
    tx.announce(Change { pos, what: What::Devices { user: owner } });
    Ok(())
}

/// A later device of the same name, or with other keys, is not vouched for by who signed this one.
pub(super) async fn forget_signatures(tx: &Tx<'_>, owner: Atom, device_id: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM key_signatures WHERE owner = $1 AND target = $2";
    tx.run(sql, [owner.into(), device_id.into()]).await.map(drop)
}

async fn device_of(tx: &Tx<'_>, owner: Atom, device_id: &str) -> Result<Option<DeviceNid>, StoreError> {
    let sql = "SELECT id FROM devices WHERE owner = $1 AND device_id = $2";
    Ok(tx.one::<Id>(sql, [owner.into(), device_id.into()]).await?.map(|row| row.id))
}

async fn upsert_device(tx: &Tx<'_>, device: NewDevice) -> Result<DeviceNid, StoreError> {
    let sql = "INSERT INTO devices (owner, device_id, display_name) VALUES ($1, $2, $3) ON CONFLICT (owner, device_id) \
               DO UPDATE SET display_name = COALESCE(excluded.display_name, devices.display_name) RETURNING id";
    let row: Option<Id> =
        tx.one(sql, [device.owner.into(), device.device_id.into(), device.display_name.into()]).await?;
    row.map(|row| row.id).ok_or_else(|| StoreError::Damaged("the new device has no number".into()))
}

async fn insert_tokens(tx: &Tx<'_>, device: DeviceNid, generation: i64, tokens: NewTokens) -> Result<(), StoreError> {
    let sql = "INSERT INTO tokens (hash, device, refresh, generation, expires) VALUES ($1, $2, $3, $4, $5)";
    let access: [Value; 5] =
        [tokens.access.to_vec().into(), device.into(), false.into(), generation.into(), tokens.expires.into()];
    tx.run(sql, access).await?;
    if let Some(refresh) = tokens.refresh {
        let none: Option<i64> = None;
        tx.run(sql, [refresh.to_vec().into(), device.into(), true.into(), generation.into(), none.into()]).await?;
    }
    Ok(())
}

async fn void_tokens(tx: &Tx<'_>, devices: &[DeviceNid]) -> Result<Vec<TokenHash>, StoreError> {
    let mut void = Vec::new();
    for chunk in devices.chunks(500) {
        let sql = format!("DELETE FROM tokens WHERE device IN {} RETURNING hash", list(1, chunk.len()));
        void.extend(hashes(tx.all(sql, chunk.iter().map(|&id| id.into())).await?));
    }
    Ok(void)
}

fn hashes(rows: Vec<Hash>) -> Vec<TokenHash> {
    rows.into_iter().filter_map(|row| row.hash.try_into().ok()).collect()
}
