//! The simulated Slack against clients that were not written for it, and against what Slack documents.

// Clippy knows tests by their attribute, and not what they call.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod callbacks;
mod messages;
mod morphism;
mod python;
mod sockets;
mod web;
mod wire;
