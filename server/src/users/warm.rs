//! A bounded cache of rows that may be forgotten at any moment: what was read before the row changed never stays.

use std::{
    hash::Hash,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use moka::sync::Cache;

use crate::error::Result;

/// Rows change in another process too (the command line): after this long they are read again.
const AT_MOST: Duration = Duration::from_secs(5 * 60);

pub(super) struct Warm<K, V> {
    cache: Cache<K, V>,
    /// Counts what was forgotten. A read that began before is not kept.
    epoch: AtomicU64,
}

impl<K, V> Warm<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(super) fn new(capacity: u64) -> Self {
        let cache = Cache::builder().max_capacity(capacity).time_to_live(AT_MOST).build();
        Self { cache, epoch: AtomicU64::new(0) }
    }

    /// What is kept for `key`, or what `load` finds. That there is nothing is not kept.
    pub(super) async fn get(&self, key: K, load: impl Future<Output = Result<Option<V>>>) -> Result<Option<V>> {
        if let Some(value) = self.cache.get(&key) {
            return Ok(Some(value));
        }
        let epoch = self.epoch.load(Ordering::SeqCst);
        let Some(value) = load.await? else { return Ok(None) };
        self.cache.insert(key.clone(), value.clone());
        if self.epoch.load(Ordering::SeqCst) != epoch {
            self.cache.invalidate(&key);
        }
        Ok(Some(value))
    }

    /// To be called after the change was committed.
    pub(super) fn forget<'a>(&self, keys: impl IntoIterator<Item = &'a K>)
    where
        K: 'a,
    {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        keys.into_iter().for_each(|key| self.cache.invalidate(key));
    }

    /// As [`forget`](Self::forget), for everything.
    pub(super) fn forget_all(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.cache.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_read_before_a_change_is_not_kept() {
        let warm: Warm<u8, &str> = Warm::new(10);
        let read = warm.get(1, async {
            warm.forget([&1]);
            Ok(Some("old"))
        });
        assert_eq!(read.await.unwrap(), Some("old"));
        assert_eq!(warm.get(1, async { Ok(Some("new")) }).await.unwrap(), Some("new"));
        assert_eq!(warm.get(1, async { panic!("kept") }).await.unwrap(), Some("new"));
    }
}
