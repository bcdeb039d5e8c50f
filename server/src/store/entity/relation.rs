//! An event that speaks of another (`m.relates_to`).

use sea_orm::entity::prelude::*;

use crate::store::{Atom, Pos, RoomNid};

/// An event that speaks of another (`m.relates_to`).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "relations")]
pub struct Model {
    /// The event that speaks.
    #[sea_orm(primary_key, auto_increment = false)]
    pub child: Pos,
    /// Their room.
    pub room: RoomNid,
    /// The event id it speaks of.
    pub parent: String,
    /// How: `m.replace`, `m.thread`, `m.annotation` …
    pub rel_type: Atom,
    /// The type of the event that speaks.
    pub kind: Atom,
    /// Who speaks.
    pub sender: Atom,
}

/// None are declared: joins are written by hand where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
