//! What Discord allows right now: one window per bucket and one for everything.
//!
//! Learned from `X-RateLimit-*` headers and from 429 answers, never computed ahead: Discord keeps some limits hidden.
//! <https://discord.com/developers/docs/topics/rate-limits>

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serenity::http::{RatelimitingBucket, Route};
use tokio::time::Instant;

/// Windows are forgotten once there are this many and they have passed.
const KEPT: usize = 1024;

/// Which requests share a window: same route, same channel, guild or webhook, same verb.
pub(crate) type Bucket = (RatelimitingBucket, Method);

/// The windows of one bot.
#[derive(Default)]
pub(crate) struct Limits(Mutex<Windows>);

#[derive(Default)]
struct Windows {
    everything: Option<Instant>,
    buckets: HashMap<Bucket, Window>,
}

struct Window {
    remaining: u32,
    opens: Instant,
}

impl Limits {
    /// The bucket of a route before Discord said anything about it.
    pub(crate) fn bucket(route: &Route<'_>, method: &Method) -> Bucket {
        (route.ratelimiting_bucket(), method.clone())
    }

    /// Takes a place in the window, or says how long it is closed.
    pub(crate) fn take(&self, bucket: &Bucket, now: Instant) -> Result<(), Duration> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opens) = windows.everything.filter(|opens| *opens > now) {
            return Err(opens - now);
        }
        match windows.buckets.get_mut(bucket) {
            Some(window) if window.opens > now && window.remaining == 0 => Err(window.opens - now),
            Some(window) if window.opens > now => {
                window.remaining -= 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// How long the window is closed, without taking a place in it.
    pub(crate) fn peek(&self, bucket: &Bucket, now: Instant) -> Option<Duration> {
        let windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.buckets.get(bucket).filter(|window| window.remaining == 0).map(|window| window.opens);
        window.max(windows.everything).filter(|opens| *opens > now).map(|opens| opens - now)
    }

    /// Reads the window from the headers of any answer.
    pub(crate) fn learn(&self, bucket: &Bucket, headers: &HeaderMap, now: Instant) {
        let (Some(remaining), Some(after)) =
            (number(headers, "x-ratelimit-remaining"), number(headers, "x-ratelimit-reset-after"))
        else {
            return;
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let window = Window { remaining: remaining as u32, opens: now + seconds(after) };
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.buckets.len() >= KEPT {
            windows.buckets.retain(|_, window| window.opens > now);
        }
        windows.buckets.insert(bucket.clone(), window);
    }

    /// Closes a window because Discord answered 429.
    pub(crate) fn close(&self, bucket: &Bucket, after: Duration, everything: bool, now: Instant) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if everything {
            windows.everything = Some(now + after);
        } else {
            windows.buckets.insert(bucket.clone(), Window { remaining: 0, opens: now + after });
        }
    }
}

/// A header that holds a number, perhaps with a fraction.
pub(super) fn number(headers: &HeaderMap, name: &str) -> Option<f64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// Seconds as Discord writes them; nonsense becomes one second.
pub(super) fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value).unwrap_or(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use serenity::model::id::ChannelId;

    use super::*;

    fn bucket(channel: u64) -> Bucket {
        Limits::bucket(&Route::ChannelMessages { channel_id: ChannelId::new(channel) }, &Method::GET)
    }

    fn headers(remaining: &str, after: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-remaining", remaining.parse().unwrap());
        headers.insert("x-ratelimit-reset-after", after.parse().unwrap());
        headers
    }

    #[test]
    fn an_empty_bucket_waits_until_it_opens_and_leaves_others_alone() {
        let (limits, now) = (Limits::default(), Instant::now());
        limits.learn(&bucket(1), &headers("1", "2.5"), now);
        assert_eq!(limits.take(&bucket(1), now), Ok(()));
        assert_eq!(limits.take(&bucket(1), now), Err(Duration::from_millis(2500)));
        assert_eq!(limits.take(&bucket(2), now), Ok(()));
        assert_eq!(limits.take(&bucket(1), now + Duration::from_millis(2500)), Ok(()));
    }

    #[test]
    fn a_global_limit_closes_everything_for_exactly_as_long() {
        let (limits, now) = (Limits::default(), Instant::now());
        limits.close(&bucket(1), Duration::from_millis(300), true, now);
        assert_eq!(limits.take(&bucket(2), now), Err(Duration::from_millis(300)));
        assert_eq!(limits.take(&bucket(2), now + Duration::from_millis(300)), Ok(()));
    }

    #[test]
    fn nonsense_in_a_header_is_not_learned_and_does_not_panic() {
        let (limits, now) = (Limits::default(), Instant::now());
        limits.learn(&bucket(1), &headers("soon", "x"), now);
        assert_eq!(limits.take(&bucket(1), now), Ok(()));
        assert_eq!(seconds(-4.0), Duration::from_secs(1));
        assert_eq!(seconds(f64::NAN), Duration::from_secs(1));
    }
}
