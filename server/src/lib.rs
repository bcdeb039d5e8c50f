//! The homeserver: rooms, sync, delivery to application services, and the HTTP surface over them.

pub mod app;
pub mod clock;
pub mod config;
pub mod data;
pub mod delivery;
pub mod error;
pub mod http;
pub mod keys;
pub mod media;
pub mod push;
pub mod receipts;
pub mod rooms;
pub mod services;
pub mod start;
pub mod store;
pub mod stream;
pub mod supervisor;
pub mod sync;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod typing;
pub mod users;
