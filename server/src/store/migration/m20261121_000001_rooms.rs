//! Rooms: events, state, members, relations, aliases, and what application services must hear.

use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261121_000001_rooms"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}

const SQL: &str = r#"
CREATE TABLE reserved (upto BIGINT NOT NULL);
INSERT INTO reserved (upto) VALUES (1);

CREATE TABLE atoms (id {serial}, value TEXT NOT NULL UNIQUE);

CREATE TABLE rooms (
    id {id},
    room_id TEXT NOT NULL UNIQUE,
    version TEXT NOT NULL,
    listed BOOLEAN NOT NULL
);
CREATE INDEX rooms_listed ON rooms (id) WHERE listed;

CREATE TABLE aliases (
    alias TEXT NOT NULL PRIMARY KEY,
    room BIGINT NOT NULL,
    creator BIGINT NOT NULL
);
CREATE INDEX aliases_room ON aliases (room);

CREATE TABLE events (
    pos {id},
    room BIGINT NOT NULL,
    event_id TEXT NOT NULL UNIQUE,
    kind BIGINT NOT NULL,
    state_key BIGINT,
    sender BIGINT NOT NULL,
    ts BIGINT NOT NULL,
    device BIGINT,
    txn TEXT,
    redacted_by BIGINT,
    json TEXT NOT NULL
);
CREATE INDEX events_room ON events (room, pos);
CREATE UNIQUE INDEX events_txn ON events (sender, room, txn, device, kind) WHERE txn IS NOT NULL;

CREATE TABLE state (
    room BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    state_key BIGINT NOT NULL,
    since BIGINT NOT NULL,
    upto BIGINT,
    PRIMARY KEY (room, kind, state_key, since)
);

CREATE INDEX state_now ON state (room, kind, state_key) WHERE upto IS NULL;

CREATE TABLE members (
    room BIGINT NOT NULL,
    "user" BIGINT NOT NULL,
    membership SMALLINT NOT NULL,
    pos BIGINT NOT NULL,
    forgotten BOOLEAN NOT NULL,
    PRIMARY KEY (room, "user")
);
CREATE INDEX members_user ON members ("user", membership, room);
CREATE INDEX members_room ON members (room, membership);

CREATE TABLE relations (
    child {id},
    room BIGINT NOT NULL,
    parent TEXT NOT NULL,
    rel_type BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    sender BIGINT NOT NULL
);
CREATE INDEX relations_parent ON relations (parent, rel_type, child);
CREATE INDEX relations_thread ON relations (room, rel_type, child);

CREATE TABLE outbox (
    service BIGINT NOT NULL,
    pos BIGINT NOT NULL,
    payload TEXT,
    PRIMARY KEY (service, pos)
);
"#;
