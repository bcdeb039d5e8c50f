//! Where everything that Slack tells comes in: stored before it is acknowledged, whatever way it came, and taken in order.
//!
//! Slack wants an answer within three seconds, and understanding an event may take longer (names, files, a limit). So an
//! event is first kept as it came, then acknowledged, then understood; what it became and that it is done are stored
//! together. That a connection began stands in the same row: what was missed before it is fetched before what came after.

use std::collections::VecDeque;

use appservice_sdk::prelude::{Batch, Remote, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{Mutex, Notify};

/// Memory: what waits, by its number.
const QUEUE: &str = "queue/";
/// So much may wait; beyond that Slack is not answered, and tells it again.
const MOST: usize = 5_000;

/// Something Slack told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    /// Listening begins: what happened before has to be fetched.
    Hello,
    /// An event with its envelope (`event_callback`).
    Event(Value),
    /// A slash command.
    Command(Value),
    /// A click on something of ours.
    Click(Value),
}

/// An entry and the key it is kept under.
pub(crate) type Kept = (String, Entry);

#[derive(Default)]
pub(crate) struct Inlet {
    row: Mutex<Row>,
    more: Notify,
}

#[derive(Default)]
struct Row {
    /// The number of the next entry; `None` before the row was read.
    next: Option<u64>,
    waiting: VecDeque<Kept>,
}

/// Why something was not taken in.
#[derive(Debug)]
pub(crate) enum NotNow {
    Full,
    Store(StoreError),
}

impl std::fmt::Display for NotNow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Full => f.write_str("too much waits already"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Inlet {
    /// Reads what waits from an earlier run.
    ///
    /// # Errors
    /// The bridge's database failed.
    pub(crate) async fn load(&self, remote: &Remote) -> Result<(), StoreError> {
        self.row.lock().await.load(remote).await?;
        self.more.notify_one();
        Ok(())
    }

    /// Keeps an entry. When this returns, it is stored and may be acknowledged.
    ///
    /// # Errors
    /// It is not stored and must not be acknowledged.
    pub(crate) async fn put(&self, remote: &Remote, entry: Entry) -> Result<(), NotNow> {
        let mut row = self.row.lock().await;
        if row.next.is_none() {
            row.load(remote).await.map_err(NotNow::Store)?;
        }
        if row.waits(&entry) {
            return Ok(());
        }
        if row.waiting.len() >= MOST && entry != Entry::Hello {
            return Err(NotNow::Full);
        }
        let number = row.next.unwrap_or_default();
        let key = format!("{QUEUE}{number:020}");
        remote.put(&key, &entry).await.map_err(NotNow::Store)?;
        row.next = Some(number + 1);
        row.waiting.push_back((key, entry));
        self.more.notify_one();
        Ok(())
    }

    /// The oldest entries, at least one; they stay until they are [`Inlet::done`].
    pub(crate) async fn oldest(&self, most: usize) -> Vec<Kept> {
        loop {
            let more = self.more.notified();
            let found: Vec<Kept> = self.row.lock().await.waiting.iter().take(most).cloned().collect();
            if !found.is_empty() {
                return found;
            }
            more.await;
        }
    }

    /// The oldest entries were stored as done.
    pub(crate) async fn done(&self, count: usize) {
        let mut row = self.row.lock().await;
        let count = count.min(row.waiting.len());
        row.waiting.drain(..count);
    }
}

impl Row {
    async fn load(&mut self, remote: &Remote) -> Result<(), StoreError> {
        let kept: Vec<Kept> = remote.get_all(QUEUE).await?;
        let last = kept.last().and_then(|(key, _)| key.strip_prefix(QUEUE)?.parse::<u64>().ok());
        // What is done is forgotten, so numbers may begin anew when nothing waits.
        self.next = Some(self.next.unwrap_or_default().max(last.map_or(0, |last| last + 1)));
        self.waiting = kept.into();
        Ok(())
    }

    /// Whether the same waits already: Slack tells an event again when its answer got lost.
    fn waits(&self, entry: &Entry) -> bool {
        let id = |entry: &Entry| match entry {
            Entry::Event(event) => event["event_id"].as_str().map(str::to_owned),
            Entry::Command(command) => command["trigger_id"].as_str().map(str::to_owned),
            _ => None,
        };
        let wanted = id(entry);
        match entry {
            // What waits may be under way, and have looked at history already: each beginning counts.
            Entry::Hello => false,
            Entry::Click(_) => self.waiting.iter().any(|(_, waiting)| waiting == entry),
            _ => wanted.is_some() && self.waiting.iter().any(|(_, waiting)| id(waiting) == wanted),
        }
    }
}

/// Marks entries as done in the same transaction as what they became.
pub(crate) fn forget(mut batch: Batch, keys: &[String]) -> Batch {
    batch.memory.extend(keys.iter().map(|key| (key.clone(), None)));
    batch
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_waits_is_not_kept_twice_but_every_beginning_is() {
        let event = |id: &str| Entry::Event(json!({ "event_id": id, "event": {} }));
        let mut row = Row::default();
        for (at, entry) in [event("Ev1"), Entry::Hello, Entry::Click(json!({ "a": 1 }))].into_iter().enumerate() {
            row.waiting.push_back((at.to_string(), entry));
        }
        assert!(row.waits(&event("Ev1")) && row.waits(&Entry::Click(json!({ "a": 1 }))));
        assert!(!row.waits(&event("Ev2")) && !row.waits(&Entry::Hello) && !row.waits(&Entry::Event(json!({}))));
    }
}
