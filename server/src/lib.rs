//! The homeserver: rooms, sync, delivery to application services, and the HTTP surface over them.

pub mod app;
pub mod config;
pub mod error;
pub mod http;
pub mod services;
pub mod telemetry;
