//! Rooms, and the addresses that lead to them.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{RoomNid, Store, StoreError, entity::room};

impl Store {
    /// The room with this id.
    pub async fn room(&self, room_id: &str) -> Result<Option<room::Model>, StoreError> {
        Ok(room::Entity::find().filter(room::Column::RoomId.eq(room_id)).one(self.reader()).await?)
    }

    /// The room with this number.
    pub async fn room_by_nid(&self, nid: RoomNid) -> Result<Option<room::Model>, StoreError> {
        self.get::<room::Entity>(nid).await
    }

    /// A new room. Its events follow in a write of their own; a room without a create event counts as absent.
    pub async fn create_room(&self, room_id: String, version: String) -> Result<RoomNid, StoreError> {
        #[derive(sea_orm::FromQueryResult)]
        struct Created {
            id: RoomNid,
        }
        let row = self
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "INSERT INTO rooms (room_id, version, listed) VALUES ($1, $2, $3) RETURNING id";
                    tx.one::<Created>(sql, [room_id.into(), version.into(), false.into()]).await
                })
            })
            .await?;
        row.map(|row| row.id).ok_or_else(|| StoreError::Damaged("the new room has no number".into()))
    }
}
