//! Who is what to which room.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::OnConflict,
};

use super::{Atom, Membership, RoomNid, Store, StoreError, entity::member, list};

/// Writes what users are now, the last word for each.
pub(super) async fn upsert(tx: &DatabaseTransaction, rows: Vec<member::Model>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let latest: HashMap<(RoomNid, Atom), member::Model> =
        rows.into_iter().map(|row| ((row.room, row.user), row)).collect();
    let replace = OnConflict::columns([member::Column::Room, member::Column::User])
        .update_columns([member::Column::Membership, member::Column::Pos, member::Column::Forgotten])
        .to_owned();
    member::Entity::insert_many(latest.into_values().map(IntoActiveModel::into_active_model))
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Count {
    membership: Membership,
    count: i64,
}

impl Store {
    /// What `user` is to `room` now.
    pub async fn member(&self, room: RoomNid, user: Atom) -> Result<Option<member::Model>, StoreError> {
        self.get::<member::Entity>((room, user)).await
    }

    /// The rooms to which `user` is one of `memberships`, forgotten ones left out.
    pub async fn rooms_of(&self, user: Atom, memberships: &[Membership]) -> Result<Vec<member::Model>, StoreError> {
        Ok(member::Entity::find()
            .filter(member::Column::User.eq(user))
            .filter(member::Column::Membership.is_in(memberships.iter().copied()))
            .filter(member::Column::Forgotten.eq(false))
            .all(self.reader())
            .await?)
    }

    /// The ids of the rooms `user` is in.
    pub async fn joined_room_ids(&self, user: Atom) -> Result<Vec<String>, StoreError> {
        #[derive(FromQueryResult)]
        struct Row {
            room_id: String,
        }
        let sql = "SELECT r.room_id FROM members m JOIN rooms r ON r.id = m.room \
                   WHERE m.\"user\" = $1 AND m.membership = $2";
        let rows: Vec<Row> = self.all(sql, [user.into(), Membership::JOIN.into()]).await?;
        Ok(rows.into_iter().map(|row| row.room_id).collect())
    }

    /// The users who are `membership` to `room`.
    pub async fn members(&self, room: RoomNid, membership: Membership) -> Result<Vec<Atom>, StoreError> {
        Ok(member::Entity::find()
            .select_only()
            .column(member::Column::User)
            .filter(member::Column::Room.eq(room))
            .filter(member::Column::Membership.eq(membership))
            .into_tuple()
            .all(self.reader())
            .await?)
    }

    /// How many users are what to `room`.
    pub async fn member_counts(&self, room: RoomNid) -> Result<HashMap<Membership, i64>, StoreError> {
        let sql = "SELECT membership, COUNT(*) AS count FROM members WHERE room = $1 GROUP BY membership";
        let rows: Vec<Count> = self.all(sql, [room.into()]).await?;
        Ok(rows.into_iter().map(|row| (row.membership, row.count)).collect())
    }

    /// How many users are in each of `rooms`; rooms without anybody are left out.
    pub async fn joined_counts(&self, rooms: &[RoomNid]) -> Result<HashMap<RoomNid, i64>, StoreError> {
        #[derive(FromQueryResult)]
        struct Row {
            room: RoomNid,
            count: i64,
        }
        let mut counts = HashMap::with_capacity(rooms.len());
        for chunk in rooms.chunks(1000) {
            let sql = format!(
                "SELECT room, COUNT(*) AS count FROM members WHERE membership = $1 AND room IN {} GROUP BY room",
                list(2, chunk.len()),
            );
            let values = std::iter::once(Membership::JOIN.into()).chain(chunk.iter().map(|&room| room.into()));
            let rows: Vec<Row> = self.all(sql, values).await?;
            counts.extend(rows.into_iter().map(|row| (row.room, row.count)));
        }
        Ok(counts)
    }

    /// Marks that `user`, who has left, does not want to see `room` any more.
    pub async fn forget_room(&self, room: RoomNid, user: Atom) -> Result<(), StoreError> {
        let sql = "UPDATE members SET forgotten = $1 WHERE room = $2 AND \"user\" = $3";
        self.write(move |tx| Box::pin(async move { tx.run(sql, [true.into(), room.into(), user.into()]).await }))
            .await?;
        Ok(())
    }
}
