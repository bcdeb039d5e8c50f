//! Delivery: the transaction each application service is being handed, and a mark that tells this database from others.

use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261121_000005_delivery"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}

// `frozen.body` is sent byte for byte, as often as it takes. `outbox_mark` has one row, written at the first start.
const SQL: &str = r#"
CREATE TABLE frozen (
    service {id},
    txn TEXT NOT NULL,
    upto BIGINT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE outbox_mark (mark TEXT NOT NULL);

CREATE TABLE network_rooms (
    service BIGINT NOT NULL,
    network TEXT NOT NULL,
    room BIGINT NOT NULL,
    PRIMARY KEY (service, network, room)
);
CREATE INDEX network_rooms_room ON network_rooms (room);
"#;
