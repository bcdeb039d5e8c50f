//! Takes what came in, one entry after the other, and stores what became of it together with the word that it is done.
//!
//! What cannot be understood because Slack or the database does not answer is tried again: skipping it would lose it.

pub(crate) mod channel;
pub(crate) mod digest;
pub(crate) mod message;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use appservice_sdk::prelude::*;
use tokio::time::sleep;

use crate::api::ApiError;
use crate::catch_up;
use crate::inlet::{Entry, Inlet, forget};
use crate::shared::Shared;

/// Most entries of one transaction.
const TOGETHER: usize = 64;
/// The longest wait before something is tried again.
const LONGEST: Duration = Duration::from_secs(30);

/// Why something could not be understood yet.
#[derive(Debug)]
pub(crate) enum Trouble {
    Slack(ApiError),
    Store(StoreError),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Slack(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Self {
        Self::Slack(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

pub(crate) struct Feed {
    shared: Arc<Shared>,
    inlet: Arc<Inlet>,
    /// What was understood and waits to be stored, and the keys of the entries it came of.
    batch: Batch,
    keys: Vec<String>,
}

impl Feed {
    pub(crate) fn new(shared: Arc<Shared>, inlet: Arc<Inlet>) -> Self {
        Self { shared, inlet, batch: Batch::new(), keys: Vec::new() }
    }

    /// For as long as the session lives.
    pub(crate) async fn run(mut self) {
        loop {
            let entries = self.inlet.oldest(TOGETHER).await;
            let count = entries.len();
            let mut entries = entries.into_iter().peekable();
            while let Some((key, entry)) = entries.next() {
                match entry {
                    // The beginning right after it covers this one.
                    Entry::Hello if matches!(entries.peek(), Some((_, Entry::Hello))) => {}
                    Entry::Hello => self.begin().await,
                    other => self.take(&other).await,
                }
                self.keys.push(key);
            }
            self.store().await;
            self.inlet.done(count).await;
        }
    }

    /// A connection began here: what was missed before it comes first.
    async fn begin(&mut self) {
        self.store().await;
        self.shared.atlas.forget();
        let shared = self.shared.clone();
        patiently("the list of channels", || catch_up::found(&shared)).await;
        for chat in shared.linked() {
            patiently("missed messages", || catch_up::chat(&shared, &chat)).await;
        }
    }

    async fn take(&mut self, entry: &Entry) {
        let understood = patiently("an event", || self.shared.digest(entry)).await;
        self.batch.events.extend(understood.events);
        // What one entry remembers the next may read.
        let reads = !understood.memory.is_empty();
        self.batch.memory.extend(understood.memory);
        if reads {
            self.store().await;
        }
    }

    async fn store(&mut self) {
        if self.batch.events.is_empty() && self.batch.memory.is_empty() && self.keys.is_empty() {
            return;
        }
        let batch = forget(std::mem::take(&mut self.batch), &std::mem::take(&mut self.keys));
        let mut wait = Wait::default();
        while let Err(error) = self.shared.remote.store(batch.clone()).await {
            tracing::error!(%error, "events of Slack could not be stored yet");
            wait.longer().await;
        }
    }
}

/// Does something until it is done.
async fn patiently<T, F: Future<Output = Result<T, Trouble>>>(what: &str, work: impl Fn() -> F) -> T {
    let mut wait = Wait::default();
    loop {
        match work().await {
            Ok(done) => return done,
            Err(why) => {
                tracing::warn!(%why, "{what} of Slack has to wait");
                match why {
                    Trouble::Slack(ApiError::Limited { after }) => sleep(after).await,
                    _ => wait.longer().await,
                }
            }
        }
    }
}

/// Waits that grow.
#[derive(Default)]
pub(crate) struct Wait(u32);

impl Wait {
    pub(crate) async fn longer(&mut self) {
        let wait = Duration::from_millis(250).saturating_mul(1_u32.checked_shl(self.0).unwrap_or(u32::MAX));
        self.0 = self.0.saturating_add(1);
        sleep(wait.min(LONGEST)).await;
    }
}
