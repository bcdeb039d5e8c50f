//! A room this server knows.

use sea_orm::entity::prelude::*;

use crate::store::RoomNid;

/// A room this server knows.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rooms")]
pub struct Model {
    /// Its number here.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RoomNid,
    /// `!…`.
    pub room_id: String,
    /// Its room version.
    pub version: String,
    /// Whether it is in the public directory.
    pub listed: bool,
}

/// None are declared: joins are written by hand where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
