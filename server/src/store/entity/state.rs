//! One piece of state of a room and the stretch of the stream in which it held. State at a position is a range query; a change costs one row.

use sea_orm::entity::prelude::*;

use crate::store::{Atom, Pos, RoomNid};

/// One piece of state of a room and the stretch of the stream in which it held. State at a position is a range query; a change costs one row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "state")]
pub struct Model {
    /// The room.
    #[sea_orm(primary_key, auto_increment = false)]
    pub room: RoomNid,
    /// Event type.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: Atom,
    /// State key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_key: Atom,
    /// The event that set it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub since: Pos,
    /// The event that replaced it; none while it holds.
    pub upto: Option<Pos>,
}

/// None are declared: joins are written by hand where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
