//! What a room is here, and the one door into it: [`append`].

pub mod append;
pub mod authorize;
pub mod build;
mod event;
mod registry;
mod room;

pub use self::{
    append::append,
    build::Draft,
    event::{Event, Shared},
    registry::Rooms,
    room::Room,
};
