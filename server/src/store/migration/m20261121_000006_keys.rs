//! End-to-end encryption: keys of devices and users, messages to devices, backed-up room keys.

use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261121_000006_keys"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}

// `key_signatures` holds signatures by others than the owner of a key, and those added later by the owner.
const SQL: &str = r#"
CREATE TABLE device_keys (
    device {id},
    json TEXT NOT NULL
);

CREATE TABLE one_time_keys (
    id {serial},
    device BIGINT NOT NULL,
    algorithm TEXT NOT NULL,
    key_id TEXT NOT NULL,
    json TEXT NOT NULL,
    UNIQUE (device, algorithm, key_id)
);
CREATE INDEX one_time_keys_oldest ON one_time_keys (device, algorithm, id);

CREATE TABLE fallback_keys (
    device BIGINT NOT NULL,
    algorithm TEXT NOT NULL,
    key_id TEXT NOT NULL,
    json TEXT NOT NULL,
    used BOOLEAN NOT NULL,
    PRIMARY KEY (device, algorithm)
);

CREATE TABLE cross_signing_keys (
    owner BIGINT NOT NULL,
    usage TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (owner, usage)
);

CREATE TABLE key_signatures (
    owner BIGINT NOT NULL,
    target TEXT NOT NULL,
    signer BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (owner, target, signer, key_id)
);

CREATE TABLE to_device (
    pos {id},
    device BIGINT NOT NULL,
    json TEXT NOT NULL
);
CREATE INDEX to_device_device ON to_device (device, pos);

CREATE TABLE to_device_txns (
    sender BIGINT NOT NULL,
    device BIGINT NOT NULL,
    txn TEXT NOT NULL,
    ts BIGINT NOT NULL,
    PRIMARY KEY (sender, device, txn)
);
CREATE INDEX to_device_txns_ts ON to_device_txns (ts);

CREATE TABLE backups (
    owner BIGINT NOT NULL,
    version BIGINT NOT NULL,
    json TEXT NOT NULL,
    etag BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    PRIMARY KEY (owner, version)
);

CREATE TABLE backup_keys (
    owner BIGINT NOT NULL,
    version BIGINT NOT NULL,
    room_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (owner, version, room_id, session_id)
);

CREATE INDEX members_changed ON members (room, pos);
"#;
