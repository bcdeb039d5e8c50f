//! Something an application service must hear and has not acknowledged.

use sea_orm::entity::prelude::*;

use crate::store::{Atom, Pos};

/// Something an application service must hear and has not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// The service, by the atom of its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub service: Atom,
    /// The event, or the position of the ephemeral data.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pos: Pos,
    /// The ephemeral data; none for an event.
    pub payload: Option<String>,
}

/// None are declared: joins are written by hand where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
