//! One thing that should be heard from: its schedule, its deadline, and what a ping means. Pure.
//! The life of a check is that of healthchecks: new, up, started, late for as long as its grace, down.

use std::{fmt, str::FromStr as _, time::SystemTime};

use croner::Cron;
use serde::{Deserialize, Serialize};

use crate::when::{self, MINUTE, span};

/// When it should be heard from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// At least this often, in milliseconds.
    Every(i64),
    /// At the times of a cron expression, in UTC.
    Cron(String),
}

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ping {
    /// It went well.
    Success,
    /// It begins.
    Start,
    /// It went wrong.
    Fail,
    /// Only words.
    Log,
    /// It ended with this code; 0 is success.
    Exit(u8),
}

/// How it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Never heard from.
    #[default]
    New,
    /// Heard from in time.
    Up,
    /// Failed, or not heard from.
    Down,
}

/// What is new about a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Not heard from in time.
    Missing,
    /// It began and did not end in time.
    TooLong,
    /// It said that it failed.
    Failed(Option<u8>),
    /// It is heard from again.
    Back,
    /// It said something.
    Said,
}

/// What is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tell {
    /// A line.
    pub text: String,
    /// 1 to 5.
    pub level: u8,
}

/// A check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name in the address; empty for the one a hook itself is.
    pub slug: String,
    /// For people.
    pub name: String,
    /// When it should be heard from.
    pub schedule: Schedule,
    /// How much later is still in time, in milliseconds.
    pub grace: i64,
    /// How loud its absence is, 1 to 5.
    pub level: u8,
    /// How it is.
    #[serde(default)]
    pub health: Health,
    /// When it was last well, in milliseconds since 1970.
    #[serde(default)]
    pub last: Option<i64>,
    /// When it began and did not end yet.
    #[serde(default)]
    pub started: Option<i64>,
    /// Since when it is down.
    #[serde(default)]
    pub down_since: Option<i64>,
    /// When it is looked at next; none while it is down or new.
    #[serde(default)]
    pub due: Option<i64>,
    /// How much its present deadline was moved because we were away.
    #[serde(default)]
    pub extended: i64,
}

impl Schedule {
    /// Reads `5m`, or a cron expression of five fields.
    ///
    /// # Errors
    /// A sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        if let Some(every) = when::read(text) {
            return Ok(Self::Every(every));
        }
        match Cron::from_str(text) {
            Ok(_) => Ok(Self::Cron(text.to_owned())),
            Err(_) => Err(format!("`{text}` is no schedule: write a span like 5m, or a cron expression in quotes.")),
        }
    }

    /// The next time after this one.
    fn after(&self, at: i64) -> Option<i64> {
        match self {
            Self::Every(every) => at.checked_add(*every),
            Self::Cron(expression) => next(expression, at),
        }
    }
}

/// The next moment of a cron expression after this one.
fn next(expression: &str, at: i64) -> Option<i64> {
    let cron = Cron::from_str(expression).ok()?;
    let after = chrono_of(at)?;
    let found = cron.find_next_occurrence(&after, false).ok()?;
    Some(found.timestamp_millis())
}

fn chrono_of(at: i64) -> Option<chrono::DateTime<chrono::Utc>> {
    let since = std::time::Duration::from_millis(u64::try_from(at).ok()?);
    Some(SystemTime::UNIX_EPOCH.checked_add(since)?.into())
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(every) => write!(f, "every {}", span(*every)),
            Self::Cron(expression) => write!(f, "at {expression} (UTC)"),
        }
    }
}

impl Check {
    /// A check with healthchecks' own schedule.
    #[must_use]
    pub fn new(slug: &str, name: &str) -> Self {
        Self {
            slug: slug.to_owned(),
            name: if slug.is_empty() { name.to_owned() } else { slug.to_owned() },
            schedule: Schedule::Every(24 * 60 * MINUTE),
            grace: 60 * MINUTE,
            level: 4,
            health: Health::New,
            last: None,
            started: None,
            down_since: None,
            due: None,
            extended: 0,
        }
    }

    /// Something came.
    pub fn ping(&mut self, ping: Ping, now: i64) -> Option<News> {
        match ping {
            Ping::Log => Some(News::Said),
            Ping::Start => {
                self.started = Some(now);
                self.extended = 0;
                // Whoever begins must end within the grace; who is down stays down until it ends well.
                self.due = Some(now.saturating_add(self.grace));
                None
            }
            Ping::Success | Ping::Exit(0) => {
                let back = self.health == Health::Down;
                (self.health, self.last, self.started) = (Health::Up, Some(now), None);
                self.extended = 0;
                self.due = self.schedule.after(now).map(|next| next.saturating_add(self.grace));
                back.then_some(News::Back)
            }
            Ping::Fail => self.fails(News::Failed(None), now),
            Ping::Exit(code) => self.fails(News::Failed(Some(code)), now),
        }
    }

    fn fails(&mut self, news: News, now: i64) -> Option<News> {
        (self.due, self.started) = (None, None);
        if self.health == Health::Down {
            return None;
        }
        (self.health, self.down_since) = (Health::Down, Some(now));
        Some(news)
    }

    /// Its deadline may have passed.
    pub fn tick(&mut self, now: i64) -> Option<News> {
        if self.due.is_none_or(|due| due > now) {
            return None;
        }
        let news = if self.started.is_some() { News::TooLong } else { News::Missing };
        self.fails(news, now)
    }

    /// We were away and could not hear it.
    pub fn extend(&mut self, away: i64) {
        if let Some(due) = &mut self.due {
            *due = due.saturating_add(away);
            self.extended = self.extended.saturating_add(away);
        }
    }

    /// What is told of news.
    #[must_use]
    pub fn tell(&self, news: News, now: i64) -> Tell {
        let name = &self.name;
        let ago = |at: Option<i64>| at.map_or("never".to_owned(), |at| format!("{} ago", span(now.saturating_sub(at))));
        let (text, level) = match news {
            News::Missing => (format!("🔴 {name} is missing: last heard from {}.", ago(self.last)), self.level),
            News::TooLong => (format!("🔴 {name} began and did not end in {}.", span(self.grace)), self.level),
            News::Failed(None) => (format!("🔴 {name} failed."), self.level),
            News::Failed(Some(code)) => (format!("🔴 {name} failed with exit code {code}."), self.level),
            News::Back => {
                let since = self.down_since.map_or(0, |since| now.saturating_sub(since));
                (format!("🟢 {name} is back after {}.", span(since)), 3)
            }
            News::Said => (format!("📋 {name} says:"), 1),
        };
        Tell { text, level }
    }

    /// How it stands, in a line.
    #[must_use]
    pub fn line(&self, now: i64) -> String {
        let health = match self.health {
            Health::New => "not heard from yet".to_owned(),
            Health::Up => format!("well {} ago", span(now.saturating_sub(self.last.unwrap_or(now)))),
            Health::Down => format!("down for {}", span(now.saturating_sub(self.down_since.unwrap_or(now)))),
        };
        format!("{}: {health}; expected {}, grace {}, level {}", self.name, self.schedule, span(self.grace), self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> Check {
        Check { schedule: Schedule::Every(60_000), grace: 10_000, ..Check::new("", "backup") }
    }

    #[test]
    fn a_check_lives_as_at_healthchecks() {
        let mut one = check();
        assert_eq!((one.tick(i64::MAX), one.due), (None, None), "what was never heard from is not missed");
        assert_eq!((one.ping(Ping::Success, 1000), one.due), (None, Some(71_000)));
        assert_eq!(one.tick(70_999), None);
        assert_eq!(one.tick(71_000), Some(News::Missing));
        assert_eq!((one.health, one.due, one.tick(i64::MAX)), (Health::Down, None, None));
        assert_eq!(one.ping(Ping::Fail, 72_000), None, "it is known to be down");
        assert_eq!(one.ping(Ping::Success, 80_000), Some(News::Back));
        assert_eq!(one.ping(Ping::Exit(3), 81_000), Some(News::Failed(Some(3))));
        assert_eq!(one.ping(Ping::Exit(0), 82_000), Some(News::Back));
        assert_eq!(one.ping(Ping::Log, 83_000), Some(News::Said));
    }

    #[test]
    fn what_begins_must_end() {
        let mut one = check();
        one.ping(Ping::Start, 1000);
        assert_eq!(one.due, Some(11_000));
        assert_eq!(one.tick(11_000), Some(News::TooLong));
        let mut one = check();
        one.ping(Ping::Start, 1000);
        one.ping(Ping::Success, 2000);
        assert_eq!((one.due, one.started), (Some(72_000), None));
    }

    #[test]
    fn our_own_absence_is_given_back() {
        let mut one = check();
        one.ping(Ping::Success, 0);
        one.extend(500_000);
        assert_eq!((one.due, one.extended), (Some(570_000), 500_000));
        assert_eq!(one.tick(569_999), None);
        one.ping(Ping::Success, 569_999);
        assert_eq!(one.extended, 0);
        let mut new = check();
        new.extend(1);
        assert_eq!(new.due, None);
    }

    #[test]
    fn schedules_are_spans_or_cron() {
        assert_eq!(Schedule::read("5m").unwrap(), Schedule::Every(300_000));
        assert_eq!(Schedule::read("0 3 * * *").unwrap().after(0), Some(3 * 3_600_000));
        assert_eq!(Schedule::read("*/5 * * * *").unwrap().after(299_999), Some(300_000));
        assert_eq!(Schedule::read("*/5 * * * *").unwrap().after(300_000), Some(600_000));
        for wrong in ["", "soon", "99 * * * *", "* *"] {
            assert!(Schedule::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_told_says_what_happened_and_since_when() {
        let mut one = check();
        one.ping(Ping::Success, 0);
        one.tick(100_000);
        let told = one.tell(News::Missing, 120_000);
        assert_eq!((told.text.as_str(), told.level), ("🔴 backup is missing: last heard from 2 min ago.", 4));
        assert_eq!(one.tell(News::Back, 160_000).text, "🟢 backup is back after 1 min.");
        assert!(one.line(160_000).starts_with("backup: down for 1 min; expected every 1 min, grace 10 s"));
    }
}
