//! How often one person, or one address, may ask: a token bucket each.
//! The specification names the endpoints that may answer 429 but no numbers; these are generous enough that a person
//! never meets them and a runaway script does. Application services with `rate_limited: false` are never counted.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use ruma::OwnedUserId;

use crate::error::{MatrixError, Result};

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Signing in, refreshing a token.
    Login,
    /// Making an account or asking whether a name is free.
    Register,
    /// Sending events, state and redactions.
    Message,
    /// Joining, knocking, making rooms.
    Join,
    /// Inviting.
    Invite,
    /// Everything else the specification marks as limited.
    Other,
}

/// A bucket holds `burst` tokens and regains `per_second` of them.
#[derive(Clone, Copy, Debug)]
struct Rate {
    per_second: f64,
    burst: f64,
}

impl Limit {
    fn rate(self) -> Rate {
        let (per_second, burst) = match self {
            Self::Login => (0.5, 30.0),
            Self::Register => (0.2, 30.0),
            Self::Message => (20.0, 400.0),
            Self::Join => (2.0, 100.0),
            Self::Invite => (2.0, 200.0),
            Self::Other => (30.0, 600.0),
        };
        Rate { per_second, burst }
    }
}

/// Whose bucket: a known person's, or an address's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Asker {
    /// A signed-in user, over all devices.
    User(OwnedUserId),
    /// Somebody not signed in; an IPv6 address counts by its /64.
    Address(IpAddr),
}

impl Asker {
    /// An address, IPv6 shortened to the network a single customer usually has.
    pub fn address(address: IpAddr) -> Self {
        Self::Address(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        })
    }
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// Takes one token, or says how long until there is one.
    fn take(&mut self, rate: Rate, now: Instant) -> Result<(), Duration> {
        let regained = now.saturating_duration_since(self.at).as_secs_f64() * rate.per_second;
        self.tokens = (self.tokens + regained).min(rate.burst);
        self.at = now;
        if self.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.tokens) / rate.per_second));
        }
        self.tokens -= 1.0;
        Ok(())
    }

    fn is_full(&self, rate: Rate, now: Instant) -> bool {
        self.tokens + now.saturating_duration_since(self.at).as_secs_f64() * rate.per_second >= rate.burst
    }
}

/// Buckets kept before full ones are swept out.
const SWEEP_AT: usize = 10_000;

/// All buckets of the server.
#[derive(Debug)]
pub struct Limits {
    enabled: bool,
    buckets: Mutex<HashMap<(Limit, Asker), Bucket>>,
}

impl Limits {
    /// With `enabled` false (`limits.enabled`) nobody is ever told to wait.
    pub fn new(enabled: bool) -> Self {
        Self { enabled, buckets: Mutex::new(HashMap::new()) }
    }

    /// Counts one request; 429 `M_LIMIT_EXCEEDED` when there were too many.
    pub fn check(&self, limit: Limit, asker: Asker, now: Instant) -> Result<()> {
        if !self.enabled {
            return Ok(());
        }
        let rate = limit.rate();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= SWEEP_AT {
            buckets.retain(|(limit, _), bucket| !bucket.is_full(limit.rate(), now));
        }
        let bucket = buckets.entry((limit, asker)).or_insert(Bucket { tokens: rate.burst, at: now });
        bucket.take(rate, now).map_err(MatrixError::limit_exceeded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 2.0, burst: 3.0 };

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let start = Instant::now();
        let mut bucket = Bucket { tokens: RATE.burst, at: start };
        for _ in 0..3 {
            assert!(bucket.take(RATE, start).is_ok());
        }
        assert_eq!(bucket.take(RATE, start), Err(Duration::from_millis(500)));
        assert!(bucket.take(RATE, start + Duration::from_millis(500)).is_ok());
        assert!(bucket.take(RATE, start + Duration::from_millis(600)).is_err());
    }

    #[test]
    fn one_person_does_not_use_up_anothers_tokens() {
        let (limits, now) = (Limits::new(true), Instant::now());
        let [one, two] = ["10.0.0.1", "10.0.0.2"].map(|ip| Asker::address(ip.parse().unwrap()));
        while limits.check(Limit::Login, one.clone(), now).is_ok() {}
        assert!(limits.check(Limit::Login, two, now).is_ok());
        assert_eq!(limits.check(Limit::Login, one, now).unwrap_err().errcode(), "M_LIMIT_EXCEEDED");
    }

    #[test]
    fn switched_off_nobody_waits() {
        let (limits, now) = (Limits::new(false), Instant::now());
        let one = Asker::address("::1".parse().unwrap());
        assert!((0..1000).all(|_| limits.check(Limit::Login, one.clone(), now).is_ok()));
    }

    #[test]
    fn addresses_of_one_network_share_a_bucket() {
        let [a, b] = ["2001:db8::1", "2001:db8::ffff:1"].map(|ip| Asker::address(ip.parse().unwrap()));
        assert_eq!(a, b);
    }
}
