//! What a room is here, and the one door into it: [`append`].

pub mod append;
pub mod authorize;
pub mod build;
pub mod create;
mod event;
pub mod power;
pub mod redact;
mod registry;
mod room;

pub use self::{
    append::append,
    build::Draft,
    event::{Event, Shared},
    registry::Rooms,
    room::Room,
};
