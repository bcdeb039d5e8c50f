//! What is due when. Each entry is kept in the database (`due/KEY`), in the same transaction as what it belongs to; in
//! memory they stand in the order of time. A moment that passed while the bridge was away is not lost.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use crate::when::{MINUTE, SECOND};

/// Where entries are kept.
pub const PREFIX: &str = "due/";
/// Entries that are overdue after a start come one after the other, so far apart in milliseconds.
const APART: i64 = 2 * SECOND;
/// Being away for less is no downtime.
const SHORT: i64 = MINUTE;

/// What is due when.
#[derive(Default)]
pub struct Agenda {
    entries: Mutex<Entries>,
    changed: Notify,
}

#[derive(Default)]
struct Entries {
    by_time: BTreeSet<(i64, String)>,
    by_key: HashMap<String, i64>,
}

impl Agenda {
    /// Puts an entry at another time, or takes it away.
    pub fn set(&self, key: &str, at: Option<i64>) {
        let mut entries = self.lock();
        if let Some(before) = entries.by_key.remove(key) {
            entries.by_time.remove(&(before, key.to_owned()));
        }
        if let Some(at) = at {
            entries.by_key.insert(key.to_owned(), at);
            entries.by_time.insert((at, key.to_owned()));
        }
        drop(entries);
        self.changed.notify_one();
    }

    /// What is due now.
    #[must_use]
    pub fn due(&self, now: i64) -> Vec<String> {
        self.lock().by_time.iter().take_while(|(at, _)| *at <= now).map(|(_, key)| key.clone()).collect()
    }

    /// Waits until something is due, or the agenda changed; at most half a minute.
    pub async fn wait(&self, now: i64) {
        let next = self.lock().by_time.first().map_or(30 * SECOND, |(at, _)| at.saturating_sub(now));
        let next = Duration::from_millis(u64::try_from(next.clamp(0, 30 * SECOND)).unwrap_or_default());
        let _ = tokio::time::timeout(next, self.changed.notified()).await;
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long the bridge was away, in milliseconds; 0 for a mere restart.
#[must_use]
pub fn away(alive: Option<i64>, now: i64) -> i64 {
    let away = alive.map_or(0, |alive| now.saturating_sub(alive));
    if away < SHORT { 0 } else { away }
}

/// When entries are due after the bridge was away: heartbeats get the time that it was away, because nobody could be
/// heard; everything else that is overdue comes one by one.
#[must_use]
pub fn resumed(entries: Vec<(String, i64)>, away: i64, now: i64) -> Vec<(String, i64)> {
    let mut late = 0;
    let mut entries = entries;
    entries.sort_by_key(|(_, at)| *at);
    let mut at = |key: &str, at: i64| {
        if key.starts_with("beat/") {
            return at.saturating_add(away);
        }
        if at > now {
            return at;
        }
        late += 1;
        now + (late - 1) * APART
    };
    entries
        .into_iter()
        .map(|(key, due)| {
            let due = at(&key, due);
            (key, due)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_in_order_and_once_per_key() {
        let agenda = Agenda::default();
        agenda.set("b", Some(20));
        agenda.set("a", Some(10));
        agenda.set("c", Some(30));
        assert_eq!(agenda.due(20), ["a", "b"]);
        agenda.set("a", Some(40));
        agenda.set("b", None);
        assert_eq!(agenda.due(39), ["c"]);
    }

    #[test]
    fn after_downtime_heartbeats_get_it_back_and_the_rest_comes_one_by_one() {
        let entries = [("repeat/1", 5), ("beat/x", 50), ("repeat/2", 7), ("repeat/3", 2_000_000)];
        let entries = entries.into_iter().map(|(key, at)| (key.to_owned(), at)).collect();
        let resumed = resumed(entries, 500_000, 1_000_000);
        let at = |key: &str| resumed.iter().find(|(known, _)| known == key).unwrap().1;
        assert_eq!((at("repeat/1"), at("repeat/2")), (1_000_000, 1_002_000));
        assert_eq!((at("beat/x"), at("repeat/3")), (500_050, 2_000_000));
    }

    #[test]
    fn a_restart_is_no_downtime() {
        for (alive, away_for) in [(None, 0), (Some(1_000_000), 0), (Some(950_000), 0), (Some(400_000), 600_000)] {
            assert_eq!(away(alive, 1_000_000), away_for, "{alive:?}");
        }
        assert_eq!(away(Some(2_000_000), 1_000_000), 0);
    }
}
