//! The simulated clock: the machine's, plus what a test let pass.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A clock whose hands a test can push forward. Copies show the same time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    ahead: Arc<AtomicU64>,
}

impl Clock {
    /// Unix milliseconds.
    pub(crate) fn now(&self) -> u64 {
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(machine.as_millis()).unwrap_or(u64::MAX) + self.ahead.load(Ordering::Relaxed)
    }

    /// Whole seconds: finer than that Telegram tells no bot.
    pub(crate) fn date(&self) -> i64 {
        i64::try_from(self.now() / 1000).unwrap_or(i64::MAX)
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.ahead.fetch_add(u64::try_from(by.as_millis()).unwrap_or(0), Ordering::Relaxed);
    }
}
