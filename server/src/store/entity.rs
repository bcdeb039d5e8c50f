//! One file a table.

pub mod alias;
pub mod event;
pub mod media;
pub mod member;
pub mod outbox;
pub mod relation;
pub mod room;
pub mod state;
