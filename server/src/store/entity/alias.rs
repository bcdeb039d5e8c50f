//! An address (`#…`) that leads to a room.

use sea_orm::entity::prelude::*;

use crate::store::{Atom, RoomNid};

/// An address (`#…`) that leads to a room.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "aliases")]
pub struct Model {
    /// `#…`
    #[sea_orm(primary_key, auto_increment = false)]
    pub alias: String,
    /// Where it leads.
    pub room: RoomNid,
    /// Who made it.
    pub creator: Atom,
}

/// None are declared: joins are written by hand where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
