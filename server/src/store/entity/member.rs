//! What a user is to a room now.

use sea_orm::entity::prelude::*;

use crate::store::{Atom, Membership, Pos, RoomNid};

/// What a user is to a room now.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "members")]
pub struct Model {
    /// The room.
    #[sea_orm(primary_key, auto_increment = false)]
    pub room: RoomNid,
    /// The user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user: Atom,
    /// What they are.
    pub membership: Membership,
    /// The member event that says so.
    pub pos: Pos,
    /// They left and do not want to see it any more.
    pub forgotten: bool,
}

/// None are declared: joins are written by hand where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
