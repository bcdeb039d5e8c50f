//! What is known in memory of one service's queue: what is newest in it, and how its last tries went.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::store::{Atom, Pos};

/// However often a failing service is heard from, it is not tried more often than this.
const APART: Duration = Duration::from_millis(250);

/// One service's queue.
pub(super) struct Line {
    /// The service.
    pub(super) service: Atom,
    /// Its id.
    pub(super) id: String,
    newest: AtomicI64,
    wake: Notify,
    nudge: Notify,
    waiting: AtomicBool,
    health: Mutex<Health>,
}

/// How the last tries went. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    /// Failures since the last success, or since the last sign of life.
    pub(super) failures: u32,
    pub(super) last_error: Option<(u64, String)>,
    pub(super) last_success: Option<u64>,
    pub(super) next_try: Option<u64>,
}

impl Line {
    pub(super) fn new(service: Atom, id: &str) -> Self {
        Self {
            service,
            id: id.to_owned(),
            newest: AtomicI64::new(0),
            wake: Notify::new(),
            nudge: Notify::new(),
            waiting: AtomicBool::new(false),
            health: Mutex::default(),
        }
    }

    /// Something was queued at `pos`, and committed.
    pub(super) fn queued(&self, pos: Pos) {
        self.newest.fetch_max(pos.0, Ordering::Release);
        self.wake.notify_one();
    }

    /// The newest thing queued in this run. Read it before the queue: what is found below it is all there is.
    pub(super) fn newest(&self) -> Pos {
        Pos(self.newest.load(Ordering::Acquire))
    }

    /// Until something may have been queued.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// The service gave a sign of life.
    pub(super) fn nudge(&self) {
        if self.waiting.load(Ordering::Acquire) {
            self.nudge.notify_one();
        }
    }

    /// Waits until `until`, or, after a sign of life, until shortly after `tried`. Whether there was one.
    pub(super) async fn pause(&self, tried: Instant, until: Instant) -> bool {
        self.waiting.store(true, Ordering::Release);
        let nudged = tokio::select! {
            () = tokio::time::sleep_until(until) => false,
            () = self.nudge.notified() => true,
        };
        self.paused();
        if nudged {
            tokio::time::sleep_until(until.min(tried + APART)).await;
        }
        nudged
    }

    /// The pause is over.
    pub(super) fn paused(&self) {
        self.waiting.store(false, Ordering::Release);
    }

    pub(super) fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
