//! From a room to application services, in the order of a message's way: [`interest`] names the services, [`outbox`]
//! queues for them inside the event's own transaction, one [`worker`] per service takes the head of its queue, [`batch`]
//! makes a transaction of it, which is frozen and handed over until it is acknowledged, with [`backoff`] between tries.
//!
//! Nothing is dropped while a service is down, nothing overtakes, and every retry is the same id and the same bytes.
//! Specified in the application-service API, «Pushing events».

pub mod ask;
pub mod backoff;
pub mod batch;
pub mod call;
pub mod encryption;
pub mod ephemeral;
mod freezing;
pub mod interest;
mod line;
mod listing;
pub mod outbox;
pub mod status;
mod wire;
mod worker;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock, atomic::AtomicU64},
};

use tokio::task::JoinSet;

pub(crate) use self::listing::Kept;
use self::{call::Calls, line::Line, listing::Listing};
use crate::{
    app::App,
    clock::Clock,
    store::Atom,
    stream::{Freezer, Listener, What},
};

/// The application services and their queues. Cheap to clone.
#[derive(Clone, Default)]
pub struct Delivery(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// The services that are pushed to, as last seen.
    listing: RwLock<Arc<Listing>>,
    listing_made: tokio::sync::Mutex<()>,
    generations: AtomicU64,
    /// Everything about a queue that is not in the database.
    lines: Mutex<HashMap<Atom, Arc<Line>>>,
    owners: listing::Owned,
    calls: Calls,
    /// Somebody's devices changed.
    devices: tokio::sync::Notify,
}

/// The workers. They stop when this is dropped; what they had not finished is taken up at the next start.
pub struct Running(tokio::task::JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts a worker for every application service there is or will be.
#[must_use]
pub fn start(app: &App) -> Running {
    Running(tokio::spawn(watch_over(app.clone())))
}

/// Sees to it that every service that is pushed to has its worker. A worker outlives its service, idle: it may return.
async fn watch_over(app: App) {
    let mut changes = app.services.changes();
    let mut workers = JoinSet::new();
    workers.spawn(encryption::follow(app.clone()));
    let mut started = std::collections::HashSet::new();
    loop {
        changes.mark_unchanged();
        match listing::current(&app).await {
            Ok(listing) => {
                for heard in &listing.services {
                    if started.insert(heard.line.service) {
                        workers.spawn(worker::run(app.clone(), Arc::clone(&heard.line)));
                    }
                }
            }
            Err(error) => {
                tracing::error!(%error, "the application services could not be listed");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                continue;
            }
        }
        if changes.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Delivery {
    /// What makes transactions for idle services while events are committed. To be given to
    /// [`Stream::freeze_by`](crate::stream::Stream::freeze_by).
    #[must_use]
    pub fn freezer(&self, clock: Clock) -> Box<dyn Freezer> {
        Box::new(freezing::Freezing { delivery: self.clone(), clock })
    }

    /// What wakes the workers. To be given to [`Stream::listen`](crate::stream::Stream::listen).
    #[must_use]
    pub fn listener(&self) -> Listener {
        let delivery = self.clone();
        Box::new(move |_, changes| {
            for change in changes {
                match change.what {
                    What::Outbox { service } => {
                        if let Some(line) = delivery.lines().get(&service) {
                            line.queued(change.pos);
                        }
                    }
                    What::Devices { .. } => delivery.0.devices.notify_one(),
                    _ => {}
                }
            }
        })
    }

    /// A service has made a request, so it is alive: whoever waits to try it again tries now.
    pub fn heard_from(&self, id: &str) {
        let listing = self.listing();
        if let Some(heard) = listing.services.iter().find(|heard| heard.registration.id == id) {
            heard.line.nudge();
        }
    }

    fn listing(&self) -> Arc<Listing> {
        Arc::clone(&self.0.listing.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, HashMap<Atom, Arc<Line>>> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
