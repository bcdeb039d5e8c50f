//! Receipts, and a way to what a state event replaced.

use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261121_000003_receipts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}

const SQL: &str = r#"
CREATE TABLE receipts (
    room BIGINT NOT NULL,
    owner BIGINT NOT NULL,
    private BOOLEAN NOT NULL,
    thread TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event BIGINT NOT NULL,
    ts BIGINT NOT NULL,
    pos BIGINT NOT NULL,
    PRIMARY KEY (room, owner, private, thread)
);
CREATE INDEX receipts_pos ON receipts (room, pos);
CREATE INDEX receipts_owner ON receipts (owner, room);

CREATE INDEX state_ended ON state (room, upto) WHERE upto IS NOT NULL;

"#;
