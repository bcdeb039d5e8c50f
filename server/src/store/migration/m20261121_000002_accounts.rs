//! Accounts: users and profiles, devices and tokens, account data, filters, pushers.

use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261121_000002_accounts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}

// `users.id` is the atom of the user id. `tokens.hash` is the SHA-256 of a token; the token itself is nowhere.
const SQL: &str = r#"
CREATE TABLE users (
    id {id},
    password TEXT,
    admin BOOLEAN NOT NULL,
    guest BOOLEAN NOT NULL,
    service TEXT,
    deactivated BOOLEAN NOT NULL,
    created BIGINT NOT NULL,
    displayname TEXT,
    avatar_url TEXT,
    fields TEXT NOT NULL
);

CREATE TABLE devices (
    id {serial},
    owner BIGINT NOT NULL,
    device_id TEXT NOT NULL,
    display_name TEXT,
    last_seen_ip TEXT,
    last_seen_ts BIGINT,
    UNIQUE (owner, device_id)
);

CREATE TABLE tokens (
    hash {blob} NOT NULL PRIMARY KEY,
    device BIGINT NOT NULL,
    refresh BOOLEAN NOT NULL,
    generation BIGINT NOT NULL,
    expires BIGINT
);
CREATE INDEX tokens_device ON tokens (device, generation);

CREATE TABLE account_data (
    owner BIGINT NOT NULL,
    room BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    pos BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (owner, room, kind)
);
CREATE INDEX account_data_pos ON account_data (owner, pos);

CREATE TABLE filters (
    owner BIGINT NOT NULL,
    filter_id TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (owner, filter_id)
);

CREATE TABLE pushers (
    owner BIGINT NOT NULL,
    app_id TEXT NOT NULL,
    pushkey TEXT NOT NULL,
    device BIGINT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (owner, app_id, pushkey)
);
CREATE INDEX pushers_key ON pushers (app_id, pushkey);

CREATE TABLE device_changes (
    owner {id},
    pos BIGINT NOT NULL
);
CREATE INDEX device_changes_pos ON device_changes (pos);
"#;
