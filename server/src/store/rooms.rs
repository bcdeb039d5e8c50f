//! Rooms, and the addresses that lead to them.

use std::sync::atomic::Ordering;

use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::{
    Atom, RoomNid, Store, StoreError, Tx,
    entity::{alias, room},
};

impl Store {
    /// The room with this id.
    pub async fn room(&self, room_id: &str) -> Result<Option<room::Model>, StoreError> {
        Ok(room::Entity::find().filter(room::Column::RoomId.eq(room_id)).one(self.reader()).await?)
    }

    /// The room with this number.
    pub async fn room_by_nid(&self, nid: RoomNid) -> Result<Option<room::Model>, StoreError> {
        self.get::<room::Entity>(nid).await
    }

    /// The number of a room to be. Nothing is written: the row follows together with the room's first events.
    #[must_use]
    pub fn new_room(&self) -> RoomNid {
        RoomNid(self.0.next_room.fetch_add(1, Ordering::Relaxed))
    }

    /// The room an address leads to.
    pub async fn room_by_alias(&self, alias: &str) -> Result<Option<room::Model>, StoreError> {
        let sql = "SELECT r.id, r.room_id, r.version, r.listed FROM aliases a JOIN rooms r ON r.id = a.room \
                   WHERE a.alias = $1";
        self.one(sql, [alias.into()]).await
    }

    /// The addresses of a room.
    pub async fn aliases_of(&self, room: RoomNid) -> Result<Vec<alias::Model>, StoreError> {
        let found = alias::Entity::find().filter(alias::Column::Room.eq(room)).order_by_asc(alias::Column::Alias);
        Ok(found.all(self.reader()).await?)
    }

    /// An address, with who made it.
    pub async fn alias(&self, alias: &str) -> Result<Option<alias::Model>, StoreError> {
        self.get::<alias::Entity>(alias.to_owned()).await
    }

    /// A new address; [`StoreError::Taken`] if it leads somewhere already.
    pub async fn add_alias(&self, row: alias::Model) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(insert_alias(tx, row))).await
    }

    /// All addresses of one room lead to another from now on.
    pub async fn move_aliases(&self, from: RoomNid, to: RoomNid) -> Result<(), StoreError> {
        let sql = "UPDATE aliases SET room = $1 WHERE room = $2";
        self.write(move |tx| Box::pin(async move { tx.run(sql, [to.into(), from.into()]).await })).await?;
        Ok(())
    }

    /// The numbers of the rooms with these ids that this server knows, in the order asked.
    pub async fn room_nids(&self, ids: &[String]) -> Result<Vec<RoomNid>, StoreError> {
        let mut found = std::collections::HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(500) {
            let rooms = room::Entity::find().filter(room::Column::RoomId.is_in(chunk)).all(self.reader()).await?;
            found.extend(rooms.into_iter().map(|room| (room.room_id, room.id)));
        }
        Ok(ids.iter().filter_map(|id| found.get(id).copied()).collect())
    }

    /// Takes an address away.
    pub async fn remove_alias(&self, alias: String) -> Result<(), StoreError> {
        let sql = "DELETE FROM aliases WHERE alias = $1";
        self.write(move |tx| Box::pin(async move { tx.run(sql, [alias.into()]).await })).await?;
        Ok(())
    }

    /// Puts a room into the public directory, or takes it out.
    pub async fn list_room(&self, room: RoomNid, listed: bool) -> Result<(), StoreError> {
        let sql = "UPDATE rooms SET listed = $1 WHERE id = $2";
        self.write(move |tx| Box::pin(async move { tx.run(sql, [listed.into(), room.into()]).await })).await?;
        Ok(())
    }

    /// The rooms in the public directory.
    pub async fn listed_rooms(&self) -> Result<Vec<room::Model>, StoreError> {
        let listed = room::Entity::find().filter(room::Column::Listed.eq(true)).order_by_asc(room::Column::Id);
        Ok(listed.all(self.reader()).await?)
    }
}

/// The lists of application services.
impl Store {
    /// Puts a room into the list that a service keeps of a network, or takes it out.
    pub async fn list_in_network(
        &self,
        service: Atom,
        network: String,
        room: RoomNid,
        listed: bool,
    ) -> Result<(), StoreError> {
        let sql = if listed {
            "INSERT INTO network_rooms (service, network, room) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM network_rooms WHERE service = $1 AND network = $2 AND room = $3"
        };
        let values = [service.into(), network.into(), room.into()];
        self.write(move |tx| Box::pin(async move { tx.run(sql, values).await })).await?;
        Ok(())
    }

    /// The rooms that a service lists in a network.
    pub async fn listed_in_network(&self, service: Atom, network: &str) -> Result<Vec<room::Model>, StoreError> {
        let sql = "SELECT r.id, r.room_id, r.version, r.listed FROM network_rooms n JOIN rooms r ON r.id = n.room \
                   WHERE n.service = $1 AND n.network = $2 ORDER BY r.id";
        self.all(sql, [service.into(), network.into()]).await
    }

    /// The rooms in the public directory or in any service's list.
    pub async fn listed_anywhere(&self) -> Result<Vec<room::Model>, StoreError> {
        let sql = "SELECT id, room_id, version, listed FROM rooms WHERE listed \
                   OR id IN (SELECT room FROM network_rooms) ORDER BY id";
        self.all(sql, []).await
    }
}

async fn insert_alias(tx: &Tx<'_>, row: alias::Model) -> Result<(), StoreError> {
    alias::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// The number of the next room.
pub(super) async fn first_free(db: &DatabaseConnection) -> Result<i64, DbErr> {
    let newest = room::Entity::find().order_by_desc(room::Column::Id).one(db).await?;
    Ok(newest.map_or(1, |room| room.id.0 + 1))
}
