//! Storms: a hook may notify twenty times at once and once a second for ever. What comes faster is kept and shown, but
//! folded: into the thread of one message, which says how many there are. Deciding is pure; [`fire`] brings a digest up to
//! date.

use std::collections::BTreeMap;

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    desk::{Desk, Work},
    hooks::Hook,
    say,
    when::{MINUTE, SECOND, span},
};

/// Messages at once that each stand for themselves.
const BURST: i64 = 20;
/// Messages at once that are taken at all: more is abuse.
const CEILING: i64 = 1200;
/// Messages a second that are taken for ever.
const FLOOD: i64 = 20;
/// A storm is over when nothing was folded for so long.
const CALM: i64 = MINUTE;
/// How often the digest is brought up to date.
pub const EVERY: i64 = 10 * SECOND;
/// Most different messages that are counted apart.
const COUNTED: usize = 100;

/// How busy a hook is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storm {
    /// What is left of [`BURST`], in thousandths.
    notify: i64,
    /// What is left of [`CEILING`], in thousandths.
    take: i64,
    /// When that was so.
    at: i64,
    /// What is folded now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// Messages that were folded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The message that says how many.
    pub root: String,
    /// The room it is in.
    pub room: String,
    /// The highest level that has notified.
    pub level: u8,
    /// When it began.
    pub since: i64,
    /// When something was folded last.
    pub last: i64,
    /// How many were folded.
    pub count: u32,
    /// How many when the message was last edited.
    pub shown: u32,
    /// How often the same was said, by what it is called.
    pub by: BTreeMap<String, u32>,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It stands for itself.
    Alone,
    /// It is folded, and begins a digest.
    First,
    /// It is folded; it notifies all the same, because nothing so urgent was folded yet.
    Louder,
    /// It is folded, silently.
    Folded,
    /// It is not taken: wait so many seconds.
    Refused(u32),
}

/// What is due with a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// Its number changed.
    Update,
    /// Nothing new.
    Wait,
    /// It is over.
    Over,
}

impl Default for Storm {
    fn default() -> Self {
        Self { notify: BURST * 1000, take: CEILING * 1000, at: 0, digest: None }
    }
}

impl Storm {
    /// Decides about one message of this level at this time; `what` is what it is called.
    pub fn take(&mut self, level: u8, now: i64, what: &str) -> Verdict {
        let passed = now.saturating_sub(self.at).clamp(0, 3_600_000);
        self.notify = (self.notify + passed).min(BURST * 1000);
        self.take = (self.take + passed * FLOOD).min(CEILING * 1000);
        self.at = self.at.max(now);
        if self.take < 1000 {
            return Verdict::Refused(1 + u32::try_from((1000 - self.take) / (FLOOD * 1000)).unwrap_or(1));
        }
        self.take -= 1000;
        // What is urgent is never folded, and what is silent bothers nobody.
        if level >= 5 || level <= 1 {
            return Verdict::Alone;
        }
        let Some(digest) = &mut self.digest else {
            if self.notify >= 1000 {
                self.notify -= 1000;
                return Verdict::Alone;
            }
            let by = BTreeMap::from([(what.to_owned(), 1)]);
            self.digest = Some(Digest { level, since: now, last: now, count: 1, shown: 1, by, ..Digest::default() });
            return Verdict::First;
        };
        digest.last = now;
        digest.count = digest.count.saturating_add(1);
        if digest.by.len() < COUNTED || digest.by.contains_key(what) {
            *digest.by.entry(what.to_owned()).or_default() += 1;
        }
        if level > digest.level {
            digest.level = level;
            return Verdict::Louder;
        }
        Verdict::Folded
    }

    /// What is due with the digest now.
    #[must_use]
    pub fn tick(&self, now: i64) -> Tick {
        match &self.digest {
            Some(digest) if now.saturating_sub(digest.last) >= CALM => Tick::Over,
            Some(digest) if digest.shown != digest.count => Tick::Update,
            Some(_) => Tick::Wait,
            None => Tick::Over,
        }
    }
}

impl Digest {
    /// What the digest says.
    #[must_use]
    pub fn text(&self, over: bool) -> String {
        let lasted = span(self.last.saturating_sub(self.since).max(1000));
        let count = match self.count {
            1 => "1 message".to_owned(),
            count => format!("{count} messages"),
        };
        let head = match over {
            true => format!("🌤 The storm is over: {count} in {lasted}, all in this thread."),
            false => format!("🌩 More than I can call out one by one: {count} in {lasted}, all in this thread."),
        };
        let mut by: Vec<(&String, &u32)> = self.by.iter().collect();
        by.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        let top: String = by.iter().take(5).map(|(what, count)| format!("\n{count} × {what}")).collect();
        match by.len() {
            6.. => format!("{head}{top}\n… and {} others", by.len() - 5),
            _ => format!("{head}{top}"),
        }
    }
}

/// Where it is kept how busy a hook is.
#[must_use]
pub fn key(hook: &str) -> String {
    format!("busy/{hook}")
}

/// What the timer of a digest is called.
#[must_use]
pub fn timer(hook: &str) -> String {
    format!("storm/{hook}")
}

/// Brings the digest of a hook up to date, or ends it.
///
/// # Errors
/// The database failed; it comes again.
pub async fn fire(desk: &Desk, hook: &str, now: i64) -> Result<(), StoreError> {
    let room = desk.get::<Storm>(&key(hook)).await?.and_then(|storm| Some(storm.digest?.room)).unwrap_or_default();
    let _turn = desk.turn(&room).await;
    let mut work = Work::default();
    let mut storm = desk.get::<Storm>(&key(hook)).await?.unwrap_or_default();
    let tick = storm.tick(now);
    let Some(digest) = storm.digest.as_mut() else {
        work.never(timer(hook));
        return desk.commit(work).await;
    };
    if tick != Tick::Wait {
        digest.shown = digest.count;
        let parts = vec![Part::Text(Doc::text(&digest.text(tick == Tick::Over)))];
        let author = Hook::by_id(hook, desk).await?.map_or(Author::Me, |hook| hook.author());
        if author != Author::Me {
            work.emit(say::edit(&digest.room, author, &digest.root, parts, (digest.level, Timestamp(now))));
        }
    }
    match tick {
        Tick::Over => {
            storm.digest = None;
            work.never(timer(hook));
        }
        Tick::Update | Tick::Wait => work.at(timer(hook), now + EVERY),
    }
    work.put(key(hook), &storm);
    desk.commit(work).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_stand_alone_then_all_is_folded_until_it_is_calm() {
        let mut storm = Storm::default();
        let now = 1_000_000;
        for _ in 0..20 {
            assert_eq!(storm.take(3, now, "a"), Verdict::Alone);
        }
        assert_eq!(storm.take(3, now, "a"), Verdict::First);
        for (level, expected) in [
            (3, Verdict::Folded),
            (4, Verdict::Louder),
            (4, Verdict::Folded),
            (2, Verdict::Folded),
            (5, Verdict::Alone),
            (1, Verdict::Alone),
        ] {
            assert_eq!(storm.take(level, now, "b"), expected, "{level}");
        }
        assert_eq!(storm.digest.as_ref().unwrap().count, 5);
        assert_eq!(storm.tick(now), Tick::Update);
        storm.digest.as_mut().unwrap().shown = 5;
        assert_eq!(storm.tick(now + 59_999), Tick::Wait);
        assert_eq!(storm.tick(now + 60_000), Tick::Over);
        storm.digest = None;
        assert_eq!(storm.take(3, now + 60_000, "a"), Verdict::Alone);
    }

    #[test]
    fn one_a_second_is_no_storm() {
        let mut storm = Storm::default();
        for second in 0..1000 {
            assert_eq!(storm.take(3, second * 1000, "a"), Verdict::Alone, "{second}");
        }
    }

    #[test]
    fn only_a_flood_is_refused_and_told_when_to_come_back() {
        let mut storm = Storm::default();
        let taken = (0..2000).filter(|_| !matches!(storm.take(5, 0, "a"), Verdict::Refused(_))).count();
        assert_eq!(taken, 1200);
        assert_eq!(storm.take(5, 0, "a"), Verdict::Refused(1));
        assert_eq!(storm.take(5, 1000, "a"), Verdict::Alone);
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away() {
        let mut storm = Storm::default();
        for _ in 0..20 {
            storm.take(3, 5000, "a");
        }
        assert_eq!(storm.take(3, 0, "a"), Verdict::First);
    }

    #[test]
    fn a_digest_names_what_came_most() {
        let by = [("disk", 3), ("cpu", 9), ("a", 1), ("b", 1), ("c", 1), ("d", 1)];
        let by = by.into_iter().map(|(what, count)| (what.to_owned(), count)).collect();
        let digest = Digest { count: 16, since: 0, last: 125_000, by, ..Digest::default() };
        let text = digest.text(false);
        assert!(text.contains("16 messages in 2 min 5 s"), "{text}");
        assert!(text.contains("\n9 × cpu\n3 × disk\n"), "{text}");
        assert!(text.ends_with("… and 1 others"), "{text}");
        assert!(digest.text(true).starts_with("🌤 The storm is over"));
    }
}
