//! Files.

use sea_orm::DbErr;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261121_000004_media"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await
    }
}

const SQL: &str = r#"
CREATE TABLE media (
    id TEXT NOT NULL PRIMARY KEY,
    "user" BIGINT NOT NULL,
    created BIGINT NOT NULL,
    hash TEXT,
    size BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    name TEXT
);
CREATE INDEX media_promised ON media ("user", created) WHERE hash IS NULL;
"#;
