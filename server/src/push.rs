//! From a room to people's pockets: what rings for somebody with a pusher is told to the push gateway of their app.
//!
//! [`ring`] follows the stream and queues what rings in the database; one task per pusher, in [`tell`], sends it until
//! the [`gateway`] takes it. A gateway that is down holds up nobody but its own pusher.
//! Specified in the client-server API, «Push Notifications», and in the Push Gateway API.

pub mod gateway;
pub mod notification;
mod ring;
mod tell;

#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use tokio::sync::Notify;

use self::gateway::Gateways;
use crate::{
    app::App,
    store::{Pos, push::PusherKey},
    stream::{Listener, What},
};

/// The pushers. Cheap to clone.
#[derive(Clone, Default)]
pub struct Push(Arc<Inner>);

#[derive(Default)]
struct Inner {
    wake: Notify,
    /// The pushers that are being told something.
    busy: Mutex<HashSet<PusherKey>>,
    gateways: Gateways,
    /// Counts the pushers that were set.
    edition: AtomicU64,
    /// The edition in which there was none, plus one.
    none_in: AtomicU64,
    /// The cursor in the database.
    written: AtomicI64,
}

/// Push at work. It stops when this is dropped; what was not told yet is told after the next start.
pub struct Running(tokio::task::JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts to tell gateways what rings.
#[must_use]
pub fn start(app: &App) -> Running {
    Running(tokio::spawn(ring::run(app.clone())))
}

impl Push {
    /// What wakes push. To be given to [`Stream::listen`](crate::stream::Stream::listen).
    #[must_use]
    pub fn listener(&self) -> Listener {
        let push = self.clone();
        Box::new(move |_, changes| {
            if changes.iter().any(|change| matches!(change.what, What::Event { .. })) {
                push.0.wake.notify_one();
            }
        })
    }

    /// A pusher was set.
    pub fn changed(&self) {
        self.0.edition.fetch_add(1, Ordering::SeqCst);
        self.0.wake.notify_one();
    }

    fn edition(&self) -> u64 {
        self.0.edition.load(Ordering::SeqCst)
    }

    /// Whether there is no pusher; only what was found out in this edition counts.
    fn has_none(&self, edition: u64) -> bool {
        self.0.none_in.load(Ordering::SeqCst) == edition + 1
    }

    fn keep_none(&self, edition: u64) {
        self.0.none_in.store(edition + 1, Ordering::SeqCst);
    }

    fn written(&self) -> i64 {
        self.0.written.load(Ordering::Relaxed)
    }

    fn wrote(&self, cursor: Pos) {
        self.0.written.store(cursor.0, Ordering::Relaxed);
    }

    /// Takes a pusher into work, unless it is.
    fn begin(&self, key: &PusherKey) -> bool {
        self.busy().insert(key.clone())
    }

    fn end(&self, key: &PusherKey) {
        self.busy().remove(key);
    }

    fn busy(&self) -> std::sync::MutexGuard<'_, HashSet<PusherKey>> {
        self.0.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
