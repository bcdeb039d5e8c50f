//! Push: what rang and is to be told to a push gateway, and up to where events were looked at.

use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261121_000007_push"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}

// `push_cursor` has one row. `push_queue.tweaks` is a JSON object.
const SQL: &str = r#"
CREATE TABLE push_cursor (pos BIGINT NOT NULL);
INSERT INTO push_cursor (pos) VALUES (0);

CREATE TABLE push_queue (
    owner BIGINT NOT NULL,
    app_id TEXT NOT NULL,
    pushkey TEXT NOT NULL,
    pos BIGINT NOT NULL,
    tweaks TEXT NOT NULL,
    PRIMARY KEY (owner, app_id, pushkey, pos)
);
"#;
