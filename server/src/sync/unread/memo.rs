//! What is remembered of one user in one room: where something rang, and how far they have read.

use std::collections::{BTreeMap, HashMap};

use crate::{
    store::{Pos, receipts::Receipt},
    sync::answer::Unread,
};

/// Unread events that are looked at in a room, and places that are remembered.
pub(super) const MOST: usize = 1_000;

/// What is remembered of one user in one room.
#[derive(Clone, Debug, Default)]
pub(super) struct Memo {
    /// By which rules it was counted.
    pub(super) fingerprint: u64,
    /// Up to where events were looked at; 0 when nothing was.
    pub(super) upto: Pos,
    /// How far the user has read …
    pub(super) marks: Marks,
    /// … as it was at this position.
    pub(super) marks_at: Pos,
    /// Where something rang.
    pub(super) rings: Vec<Ring>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ring {
    pub(super) pos: Pos,
    pub(super) highlight: bool,
    pub(super) thread: Option<String>,
}

/// How far a user has read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Everything.
    pub(super) all: Pos,
    /// A thread by its root, `main` for what is in none.
    threads: HashMap<String, Pos>,
}

impl Marks {
    pub(super) fn add(&mut self, receipt: &Receipt) {
        let mark = match receipt.thread.as_str() {
            "" => &mut self.all,
            thread => self.threads.entry(thread.to_owned()).or_default(),
        };
        *mark = (*mark).max(receipt.event);
    }

    pub(super) fn have_read(&self, pos: Pos, thread: Option<&str>) -> bool {
        pos <= self.all || self.threads.get(thread.unwrap_or("main")).is_some_and(|mark| pos <= *mark)
    }
}

/// What is unread in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Outside of threads.
    pub main: Unread,
    /// In each thread, by its root.
    pub threads: BTreeMap<String, Unread>,
}

impl Count {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> Unread {
        self.threads.values().fold(self.main, |sum, one| Unread {
            notifications: sum.notifications + one.notifications,
            highlights: sum.highlights + one.highlights,
        })
    }
}

impl Memo {
    /// Takes away what is read, and the oldest if there is too much.
    pub(super) fn settle(&mut self, upto: Pos) {
        self.upto = self.upto.max(upto);
        let marks = &self.marks;
        self.rings.retain(|ring| !marks.have_read(ring.pos, ring.thread.as_deref()));
        let surplus = self.rings.len().saturating_sub(MOST);
        self.rings.drain(..surplus);
    }

    pub(super) fn count(&self) -> Count {
        let mut count = Count::default();
        for ring in &self.rings {
            let unread = match &ring.thread {
                None => &mut count.main,
                Some(thread) => count.threads.entry(thread.clone()).or_default(),
            };
            unread.notifications += 1;
            unread.highlights += u64::from(ring.highlight);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memo(rings: &[(i64, Option<&str>)], all: i64, threads: &[(&str, i64)]) -> Memo {
        Memo {
            marks: Marks {
                all: Pos(all),
                threads: threads.iter().map(|(thread, pos)| ((*thread).to_owned(), Pos(*pos))).collect(),
            },
            rings: rings
                .iter()
                .map(|(pos, thread)| Ring {
                    pos: Pos(*pos),
                    highlight: pos % 2 == 0,
                    thread: thread.map(str::to_owned),
                })
                .collect(),
            ..Memo::default()
        }
    }

    #[test]
    fn a_receipt_takes_away_what_it_covers() {
        let rings = [(1, None), (2, Some("$t")), (3, None), (4, Some("$t")), (5, Some("$u"))];
        for (all, threads, main, in_threads) in [
            (0, &[][..], 2, &[("$t", 2), ("$u", 1)][..]),
            (3, &[][..], 0, &[("$t", 1), ("$u", 1)][..]),
            (0, &[("main", 9)][..], 0, &[("$t", 2), ("$u", 1)][..]),
            (0, &[("$t", 2)][..], 2, &[("$t", 1), ("$u", 1)][..]),
            (9, &[][..], 0, &[][..]),
        ] {
            let mut memo = memo(&rings, all, threads);
            memo.settle(Pos(10));
            let count = memo.count();
            let found: Vec<(&str, u64)> =
                count.threads.iter().map(|(thread, unread)| (thread.as_str(), unread.notifications)).collect();
            assert_eq!((count.main.notifications, found.as_slice()), (main, in_threads), "{all} {threads:?}");
        }
    }
}
