//! Everything an application service or bridge author needs.
//!
//! A bridge implements two traits, [`network::Network`] and [`network::Session`], and is run by [`Bridge`];
//! `examples/echo.rs` is a whole one. The life of a message, folder by folder:
//!
//! - **From Matrix**: `ingress` and `inbox` store it and only then acknowledge it; its lane takes it in order;
//!   `engine` decides (`to_remote`), journals, calls the session, and records outcome and ids in one transaction.
//! - **To Matrix**: [`network::Remote::emit`] stores it, and only then may the connector move on; its lane takes it;
//!   `engine` decides (`to_matrix`) and [`intent`] sends it as the ghost of whoever spoke, under a transaction id that
//!   is derived from the network's id, so that a replay is no second event.

#[cfg(test)]
extern crate self as appservice_sdk;

pub mod appservice;
pub mod bridge;
mod command;
mod connect;
pub mod content;
mod core;
mod engine;
mod health;
mod host;
mod inbox;
mod ingress;
pub mod intent;
mod media;
pub mod network;
mod portal;
pub mod prelude;
pub mod settings;
mod store;
pub mod testing;

pub use appservice::AppService;
pub use bridge::{Bridge, BridgeConfig, LinkConfig, Running};
