//! Rate limits: tiers per method, and messages per channel. <https://docs.slack.dev/apis/web-api/rate-limits>

use std::collections::{HashMap, VecDeque};

use super::settings::Limits;

/// How often a method may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    /// Once a minute.
    One,
    /// 20 a minute.
    Two,
    /// 50 a minute.
    Three,
    /// 100 a minute.
    Four,
    /// One a second in each channel, short bursts allowed.
    Posts,
    /// Hundreds a minute.
    Free,
}

impl Tier {
    /// How many in how many microseconds. Slack lets through a little more than it promises; so does this: tier 1
    /// takes the few connections that a restarting client opens.
    fn rule(self) -> (usize, u64) {
        match self {
            Self::One => (10, MINUTE),
            Self::Two => (20, MINUTE),
            Self::Three => (50, MINUTE),
            Self::Four => (100, MINUTE),
            Self::Posts => (5, 5_000_000),
            Self::Free => (600, MINUTE),
        }
    }
}

const MINUTE: u64 = 60_000_000;

/// What was called when.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    recent: HashMap<(String, String), VecDeque<u64>>,
}

impl Counted {
    /// Counts a call at `now`, in Unix microseconds, or says how many whole seconds it has to wait. `place` is the
    /// channel where it matters.
    pub(crate) fn count(
        &mut self,
        limits: &Limits,
        tier: Tier,
        (method, place): (&str, &str),
        now: u64,
    ) -> Result<(), u64> {
        if !limits.enabled {
            return Ok(());
        }
        let (most, window) = tier.rule();
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let window = (window as f64 / limits.speed) as u64;
        let place = if tier == Tier::Posts { place } else { "" };
        let recent = self.recent.entry((method.to_owned(), place.to_owned())).or_default();
        while recent.front().is_some_and(|first| first + window <= now) {
            recent.pop_front();
        }
        match recent.front() {
            Some(first) if recent.len() >= most => Err((first + window - now).div_ceil(1_000_000).max(1)),
            _ => {
                recent.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_of_tier_two_is_let_through_twenty_times_a_minute() {
        let mut counted = Counted::default();
        let limits = Limits::real();
        for n in 0..20 {
            assert_eq!(counted.count(&limits, Tier::Two, ("pins.add", ""), n), Ok(()));
        }
        assert_eq!(counted.count(&limits, Tier::Two, ("pins.add", ""), 20), Err(60));
        assert_eq!(counted.count(&limits, Tier::Two, ("pins.remove", ""), 20), Ok(()));
        assert_eq!(counted.count(&limits, Tier::Two, ("pins.add", ""), MINUTE), Ok(()));
    }

    #[test]
    fn messages_are_counted_in_each_channel() {
        let mut counted = Counted::default();
        for n in 0..5 {
            assert_eq!(counted.count(&Limits::real(), Tier::Posts, ("chat.postMessage", "C1"), n), Ok(()));
        }
        assert_eq!(counted.count(&Limits::real(), Tier::Posts, ("chat.postMessage", "C1"), 9), Err(5));
        assert_eq!(counted.count(&Limits::real(), Tier::Posts, ("chat.postMessage", "C2"), 9), Ok(()));
    }
}
