//! Rate limits: the buckets that headers tell of, the hidden ones, and the global one.
//! <https://discord.com/developers/docs/topics/rate-limits>

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{settings::Limits, snowflake::Snowflake};

/// What one bucket lets through in how many milliseconds.
#[derive(Clone, Copy, Debug)]
struct Rule {
    bucket: &'static str,
    limit: u32,
    window: u64,
}

const fn rule(bucket: &'static str, limit: u32, window: u64) -> Rule {
    Rule { bucket, limit, window }
}

/// What webhooks may post into one channel, told by no header.
const POSTS: Rule = rule("webhook posts", 30, 60_000);
/// How often a channel's name or topic may change, told by no header.
const RENAMES: Rule = rule("renames", 2, 600_000);

/// The limits that only show when they are passed, with their channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Hidden {
    /// Messages of webhooks.
    Posts(Snowflake),
    /// Names and topics.
    Renames(Snowflake),
}

/// The bucket of a route, with the numbers Discord's headers show at the time of writing.
fn rule_of(route: &str) -> Rule {
    match route {
        "POST /channels/{channel}/messages" => rule("create message", 5, 5000),
        "PATCH /channels/{channel}/messages/{message}" => rule("edit message", 5, 5000),
        "DELETE /channels/{channel}/messages/{message}" => rule("delete message", 5, 1000),
        "POST /channels/{channel}/messages/bulk-delete" => rule("bulk delete", 1, 1000),
        "POST /channels/{channel}/typing" => rule("typing", 5, 5000),
        "PATCH /channels/{channel}" => rule("change channel", 5, 15_000),
        "POST /webhooks/{webhook}/{token}" => rule("execute webhook", 5, 2000),
        "PATCH /webhooks/{webhook}/{token}/messages/{message}" => rule("edit webhook message", 5, 2000),
        "DELETE /webhooks/{webhook}/{token}/messages/{message}" => rule("delete webhook message", 5, 2000),
        _ if route.contains("/reactions") && !route.starts_with("GET") => rule("reactions", 1, 250),
        _ if route.starts_with("GET") => rule("read", 50, 1000),
        _ => rule("write", 10, 1000),
    }
}

#[derive(Debug)]
struct Bucket {
    left: u32,
    resets: u64,
}

/// One request, as the limits see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted<'a> {
    /// `POST /channels/{channel}/messages`.
    pub(crate) route: &'a str,
    /// The channel, guild or webhook that has a bucket of its own.
    pub(crate) major: &'a str,
    pub(crate) hidden: Option<Hidden>,
    /// Unix milliseconds.
    pub(crate) now: u64,
}

/// A refusal: 429.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TooMany {
    /// Milliseconds until it may be tried again.
    pub(crate) wait: u64,
    pub(crate) scope: Scope,
}

/// Whose limit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// This bot's, of this bucket.
    User,
    /// The channel's, whoever asks.
    Shared,
    /// This bot's, of all routes.
    Global,
}

/// How full every bucket is.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    buckets: HashMap<(&'static str, String), Bucket>,
    hidden: HashMap<Hidden, VecDeque<u64>>,
    global: (u64, u32),
}

type Headers = Vec<(&'static str, String)>;

impl Buckets {
    /// Counts a request. The headers go with the answer, whether it is let through or not.
    pub(crate) fn count(&mut self, limits: &Limits, request: Counted<'_>) -> (Headers, Result<(), TooMany>) {
        if !limits.enabled {
            return (vec![], Ok(()));
        }
        let (rule, now) = (rule_of(request.route), request.now);
        if let Some(wait) = self.count_global(limits, &request) {
            return (vec![("x-ratelimit-global", "true".to_owned())], Err(TooMany { wait, scope: Scope::Global }));
        }
        let window = scaled(rule.window, limits.speed);
        let bucket =
            self.buckets.entry((rule.bucket, request.major.to_owned())).or_insert(Bucket { left: 0, resets: 0 });
        if bucket.resets <= now {
            *bucket = Bucket { left: rule.limit, resets: now + window };
        }
        let wait = bucket.resets - now;
        let allowed = bucket.left > 0;
        bucket.left = bucket.left.saturating_sub(1);
        let headers = headers(rule, bucket, wait);
        if !allowed {
            return (headers, Err(TooMany { wait, scope: Scope::User }));
        }
        match self.count_hidden(limits, &request) {
            Some(wait) => (headers, Err(TooMany { wait, scope: Scope::Shared })),
            None => (headers, Ok(())),
        }
    }

    fn count_global(&mut self, limits: &Limits, request: &Counted<'_>) -> Option<u64> {
        if request.route.contains("{token}") {
            return None;
        }
        let window = scaled(1000, limits.speed);
        if self.global.0 <= request.now {
            self.global = (request.now + window, 0);
        }
        self.global.1 += 1;
        (self.global.1 > limits.global).then(|| self.global.0 - request.now)
    }

    fn count_hidden(&mut self, limits: &Limits, request: &Counted<'_>) -> Option<u64> {
        let hidden = request.hidden.filter(|_| limits.hidden)?;
        let rule = if matches!(hidden, Hidden::Posts(_)) { POSTS } else { RENAMES };
        let window = scaled(rule.window, limits.speed);
        let recent = self.hidden.entry(hidden).or_default();
        recent.retain(|time| time + window > request.now);
        if recent.len() >= rule.limit as usize {
            return recent.front().map(|first| first + window - request.now);
        }
        recent.push_back(request.now);
        None
    }
}

fn scaled(window: u64, speed: f64) -> u64 {
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let window = (window as f64 / speed) as u64;
    window.max(1)
}

fn headers(rule: Rule, bucket: &Bucket, wait: u64) -> Headers {
    vec![
        ("x-ratelimit-limit", rule.limit.to_string()),
        ("x-ratelimit-remaining", bucket.left.to_string()),
        ("x-ratelimit-reset", seconds(bucket.resets)),
        ("x-ratelimit-reset-after", seconds(wait)),
        ("x-ratelimit-bucket", hex::encode(&Sha256::digest(rule.bucket)[..16])),
    ]
}

/// Milliseconds as decimal seconds.
fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

impl TooMany {
    /// The body of the 429.
    pub(crate) fn body(&self) -> Value {
        let wait: f64 = seconds(self.wait).parse().unwrap_or(1.0);
        let message = match self.scope {
            Scope::Shared => "The resource is being rate limited.",
            _ => "You are being rate limited.",
        };
        json!({ "message": message, "retry_after": wait, "global": self.scope == Scope::Global })
    }

    /// `Retry-After` counts whole seconds; `X-RateLimit-Scope` says whose limit it is.
    pub(crate) fn headers(&self) -> Headers {
        let scope = match self.scope {
            Scope::User => "user",
            Scope::Shared => "shared",
            Scope::Global => "global",
        };
        vec![("retry-after", self.wait.div_ceil(1000).to_string()), ("x-ratelimit-scope", scope.to_owned())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn execute(now: u64) -> Counted<'static> {
        Counted {
            route: "POST /webhooks/{webhook}/{token}",
            major: "1",
            hidden: Some(Hidden::Posts(Snowflake(1))),
            now,
        }
    }

    #[test]
    fn a_webhook_may_be_executed_five_times_in_two_seconds() {
        let mut buckets = Buckets::default();
        let outcomes: Vec<_> = (0..6).map(|n| buckets.count(&Limits::real(), execute(1000 + n)).1).collect();
        assert!(outcomes[..5].iter().all(Result::is_ok));
        assert_eq!(outcomes[5], Err(TooMany { wait: 1995, scope: Scope::User }));
        assert!(buckets.count(&Limits::real(), execute(3000)).1.is_ok());
    }

    #[test]
    fn thirty_a_minute_is_a_limit_that_no_header_announces() {
        let mut buckets = Buckets::default();
        let limits = Limits::real();
        for n in 0..30 {
            let (headers, outcome) = buckets.count(&limits, execute(n * 500));
            assert!(outcome.is_ok(), "{n}");
            assert!(headers.iter().any(|(name, value)| *name == "x-ratelimit-limit" && value == "5"));
        }
        let (headers, outcome) = buckets.count(&limits, execute(20_000));
        assert_eq!(outcome, Err(TooMany { wait: 40_000, scope: Scope::Shared }));
        assert!(headers.contains(&("x-ratelimit-remaining", "4".to_owned())), "the visible bucket is nearly full");
    }

    #[test]
    fn all_routes_share_the_global_limit_and_webhooks_do_not() {
        let mut buckets = Buckets::default();
        let at = |route, major| Counted { route, major, hidden: None, now: 5 };
        let limits = Limits { global: 3, ..Limits::real() };
        for major in ["1", "2", "3"] {
            assert!(buckets.count(&limits, at("GET /channels/{channel}", major)).1.is_ok());
        }
        assert_eq!(
            buckets.count(&limits, at("GET /channels/{channel}", "4")).1,
            Err(TooMany { wait: 1000, scope: Scope::Global })
        );
        assert!(buckets.count(&limits, execute(5)).1.is_ok());
    }
}
