//! An event, once. Its JSON is the event as servers exchange it, without an id.

use sea_orm::entity::prelude::*;

use crate::store::{Atom, DeviceNid, Pos, RoomNid};

/// An event, once. Its JSON is the event as servers exchange it, without an id.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// Where it stands in the stream.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pos: Pos,
    /// Its room.
    pub room: RoomNid,
    /// `$…`.
    pub event_id: String,
    /// Its type.
    pub kind: Atom,
    /// Its state key, if it is state.
    pub state_key: Option<Atom>,
    /// Who sent it.
    pub sender: Atom,
    /// `origin_server_ts`, in milliseconds.
    pub ts: i64,
    /// The device that sent it with a transaction id.
    pub device: Option<DeviceNid>,
    /// That transaction id.
    pub txn: Option<String>,
    /// The redaction that emptied it.
    pub redacted_by: Option<Pos>,
    /// The event.
    pub json: String,
}

/// None are declared: joins are written by hand where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
