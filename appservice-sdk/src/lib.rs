//! Everything an application service or bridge author needs.
//!
//! A bridge implements two traits, [`network::Network`] and [`network::Session`]; `examples/echo.rs` is a whole one.

pub mod content;
pub mod network;
pub mod prelude;
