//! What is known in memory of one service's queue: what is newest in it, and how its last tries went.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::store::{Atom, Pos, outbox::Frozen};

/// However often a failing service is heard from, it is not tried more often than this.
const APART: Duration = Duration::from_millis(250);

/// One service's queue.
pub(super) struct Line {
    /// The service.
    pub(super) service: Atom,
    /// Its id.
    pub(super) id: String,
    head: Mutex<Head>,
    wake: Notify,
    nudge: Notify,
    waiting: AtomicBool,
    health: Mutex<Health>,
}

/// Where the queue stands.
///
/// While the worker is idle and knows of nothing, the writer freezes what it is about to commit as the next transaction,
/// in the same commit (`claimed`, and `ready` once it is committed). In all other cases the worker reads the queue.
#[derive(Default)]
struct Head {
    /// The newest thing queued in this run.
    newest: Pos,
    /// Everything up to here has been looked at; none before the first look at the database.
    looked: Option<Pos>,
    /// How transactions are named, while the worker waits for one.
    idle: Option<String>,
    claimed: Option<Frozen>,
    ready: Option<Frozen>,
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

impl Head {
    fn is_known(&self) -> bool {
        self.looked.is_some_and(|looked| self.newest <= looked)
    }
}

/// The writer's side, called in commit order.
impl Line {
    /// Whether what is about to be committed may become the next transaction; `make` makes it, given the mark.
    pub(super) fn claim(&self, make: impl FnOnce(&str) -> Option<Frozen>) -> Option<Frozen> {
        let mut head = self.head();
        if !head.is_known() || head.ready.is_some() {
            return None;
        }
        head.claimed = head.idle.as_deref().and_then(make);
        head.claimed.clone()
    }

    /// What was claimed was not committed.
    pub(super) fn unclaim(&self) {
        self.head().claimed = None;
    }

    /// Something was queued at `pos`, and committed.
    pub(super) fn queued(&self, pos: Pos) {
        let mut head = self.head();
        head.newest = head.newest.max(pos);
        match &head.claimed {
            Some(claimed) if claimed.upto > pos => return,
            Some(_) => {
                head.ready = head.claimed.take();
                head.looked = Some(head.newest);
            }
            None => {}
        }
        drop(head);
        self.wake.notify_one();
    }
}

/// The worker's side.
impl Line {
    /// The worker starts anew and knows nothing.
    pub(super) fn reset(&self) {
        let mut head = self.head();
        (head.looked, head.idle, head.ready) = (None, None, None);
    }

    /// Whether there is nothing in the queue that has not been looked at.
    pub(super) fn is_known(&self) -> bool {
        self.head().is_known()
    }

    /// The newest thing queued in this run. Read it before the queue: what is found below it is all there is.
    pub(super) fn newest(&self) -> Pos {
        self.head().newest
    }

    /// Everything up to `pos` has been looked at.
    pub(super) fn looked(&self, pos: Pos) {
        let mut head = self.head();
        head.looked = head.looked.max(Some(pos));
    }

    /// Waits until something is queued. Answers the transaction if it is frozen already.
    pub(super) async fn woken(&self, mark: &str) -> Option<Frozen> {
        loop {
            {
                let mut head = self.head();
                head.idle = None;
                if head.ready.is_some() || !head.is_known() {
                    return head.ready.take();
                }
                head.idle = Some(mark.to_owned());
            }
            self.wake.notified().await;
        }
    }

    fn head(&self) -> MutexGuard<'_, Head> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Pauses, and how the tries went.
impl Line {
    pub(super) fn new(service: Atom, id: &str) -> Self {
        Self {
            service,
            id: id.to_owned(),
            head: Mutex::default(),
            wake: Notify::new(),
            nudge: Notify::new(),
            waiting: AtomicBool::new(false),
            health: Mutex::default(),
        }
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
