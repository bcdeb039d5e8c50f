//! What a room is here, and the one door into it: [`append`].

pub mod aggregate;
mod annotate;
pub mod append;
pub mod authorize;
pub mod build;
pub mod client_event;
pub mod create;
pub mod directory;
mod event;
pub mod hierarchy;
pub mod membership;
pub mod operator;
pub mod power;
pub mod preset;
pub mod reader;
pub mod redact;
mod registry;
mod room;
pub mod visibility;

pub use self::{
    append::append,
    build::Draft,
    event::{Event, Shared},
    registry::Rooms,
    room::Room,
};
