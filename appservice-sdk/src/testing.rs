//! For tests of bridges: a homeserver and a network that behave as told, and a recorder in place of a bridge.
//!
//! - [`FakeHomeserver`] keeps rooms, members, profiles and files, speaks the client-server API a bridge uses over a real
//!   socket, pushes transactions, and can be told to fail.
//! - [`ScriptedNetwork`] is a [`crate::network::Network`] whose people say what the test says.
//! - [`Recorder`] stands behind a [`crate::network::Remote`] and keeps what was emitted.

mod homeserver;
mod recorder;
mod scripted;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod world;

pub use self::{
    homeserver::{FakeHomeserver, Fault, PushFault},
    recorder::Recorder,
    scripted::{RemoteMessage, ScriptedNetwork, ScriptedSession, SendFault},
};

use std::time::{Duration, Instant};

/// Waits until `done` says something, at most twenty seconds; then panics with `what`.
///
/// # Panics
/// It did not happen.
pub async fn eventually<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "it never came to this: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
