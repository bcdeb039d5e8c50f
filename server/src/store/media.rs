//! Files that were uploaded or promised.

use sea_orm::{EntityTrait, FromQueryResult, IntoActiveModel};

use super::{Atom, Store, StoreError, Tx, entity::media};

impl Store {
    /// A file by the last part of its address.
    pub async fn media(&self, id: &str) -> Result<Option<media::Model>, StoreError> {
        self.get::<media::Entity>(id.to_owned()).await
    }

    /// A new file or promise.
    pub async fn add_media(&self, row: media::Model) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(insert(tx, row))).await
    }

    /// Fills in a promise; false if somebody was faster.
    pub async fn keep_promise(&self, row: media::Model) -> Result<bool, StoreError> {
        let sql = "UPDATE media SET hash = $1, size = $2, content_type = $3, name = $4 WHERE id = $5 AND hash IS NULL";
        let values = [row.hash.into(), row.size.into(), row.content_type.into(), row.name.into(), row.id.into()];
        Ok(self.write(move |tx| Box::pin(async move { tx.run(sql, values).await })).await? == 1)
    }

    /// How many promises made to `user` after `since` (milliseconds since 1970) are open.
    pub async fn open_promises(&self, user: Atom, since: i64) -> Result<i64, StoreError> {
        #[derive(FromQueryResult)]
        struct Row {
            count: i64,
        }
        let sql = "SELECT COUNT(*) AS count FROM media WHERE \"user\" = $1 AND created >= $2 AND hash IS NULL";
        Ok(self.one::<Row>(sql, [user.into(), since.into()]).await?.map_or(0, |row| row.count))
    }
}

async fn insert(tx: &Tx<'_>, row: media::Model) -> Result<(), StoreError> {
    media::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}
