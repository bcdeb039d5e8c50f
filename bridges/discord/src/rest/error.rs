//! Why a request to Discord failed, named by what may be done next.
//!
//! <https://discord.com/developers/docs/topics/opcodes-and-status-codes>

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::limits::{number, seconds};

pub(crate) const UNKNOWN_CHANNEL: u32 = 10003;
pub(crate) const UNKNOWN_MESSAGE: u32 = 10008;
pub(crate) const UNKNOWN_WEBHOOK: u32 = 10015;
pub(crate) const UNKNOWN_EMOJI: u32 = 10014;
pub(crate) const UNKNOWN_MEMBER: u32 = 10007;
pub(crate) const UNKNOWN_USER: u32 = 10013;
pub(crate) const UNKNOWN_BAN: u32 = 10026;
pub(crate) const TOO_MANY_PINS: u32 = 30003;
pub(crate) const THREAD_LOCKED: u32 = 50083;
pub(crate) const TOO_MANY_WEBHOOKS: u32 = 30007;
pub(crate) const TOO_MANY_REACTIONS: u32 = 30010;
pub(crate) const TOO_LARGE: u32 = 40005;
pub(crate) const MISSING_ACCESS: u32 = 50001;
pub(crate) const MISSING_PERMISSIONS: u32 = 50013;
pub(crate) const THREAD_EXISTS: u32 = 160_004;
pub(crate) const BLOCKED: u32 = 200_000;
pub(crate) const BLOCKED_TITLE: u32 = 200_001;

/// Why a request failed.
#[derive(Debug)]
pub(crate) enum RestError {
    /// Nothing was done; ask again after exactly this long.
    Limited { after: Duration },
    /// Nothing was done: the request never reached Discord.
    Unreached(String),
    /// The request left, and nobody knows what became of it.
    Unsure(String),
    /// The bot's token is not valid (any more).
    SignedOut,
    /// Discord understood and said no. The code is Discord's own, 0 if it gave none.
    Refused { status: StatusCode, code: u32, message: String },
}

impl RestError {
    /// Whether Discord answered with this code of its own.
    pub(crate) fn is(&self, wanted: u32) -> bool {
        matches!(self, Self::Refused { code, .. } if *code == wanted)
    }

    /// Whether what the request was about does not exist (any more).
    pub(crate) fn not_found(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == StatusCode::NOT_FOUND)
    }
}

impl std::fmt::Display for RestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Limited { after } => write!(f, "Discord asked to wait {} ms", after.as_millis()),
            Self::Unreached(why) => write!(f, "Discord could not be reached: {why}"),
            Self::Unsure(why) => write!(f, "Discord did not answer: {why}"),
            Self::SignedOut => f.write_str("Discord does not accept the bot's token"),
            Self::Refused { status, code: 0, message } => write!(f, "Discord refused ({}): {message}", status.as_u16()),
            Self::Refused { code, message, .. } => write!(f, "Discord refused ({code}): {message}"),
        }
    }
}

impl std::error::Error for RestError {}

/// What Discord writes into the body of an error. All of it may be missing: a proxy in front answers HTML.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    code: u32,
    message: String,
    retry_after: Option<f64>,
    global: bool,
}

/// Sorts an answer that was not a success. The flag says whether a 429 concerns everything the bot does.
pub(super) fn sort(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> (RestError, bool) {
    let said: Said = serde_json::from_slice(body).unwrap_or_default();
    if status == StatusCode::TOO_MANY_REQUESTS {
        // The body is exact, the header is rounded up to whole seconds.
        let after = said.retry_after.or_else(|| number(headers, "retry-after")).unwrap_or(1.0);
        let everything = said.global || headers.contains_key("x-ratelimit-global");
        return (RestError::Limited { after: seconds(after) }, everything);
    }
    let error = if status == StatusCode::UNAUTHORIZED {
        RestError::SignedOut
    } else if status.is_server_error() {
        RestError::Unsure(format!("status {}", status.as_u16()))
    } else {
        let message = if said.message.is_empty() { status.to_string() } else { said.message };
        RestError::Refused { status, code: said.code, message }
    };
    (error, false)
}

/// Sorts a failure below HTTP. The address is left out: it holds the token of a webhook.
pub(super) fn transport(error: reqwest::Error) -> RestError {
    let never_left = error.is_connect() || error.is_builder();
    let error = error.without_url();
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        why = format!("{why}: {inner}");
        cause = inner.source();
    }
    if never_left { RestError::Unreached(why) } else { RestError::Unsure(why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(status: u16, header: Option<&str>, body: &str) -> (RestError, bool) {
        let mut headers = HeaderMap::new();
        if let Some(value) = header {
            headers.insert("retry-after", value.parse().unwrap());
        }
        sort(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes())
    }

    #[test]
    fn the_wait_is_the_exact_one() {
        let cases = [
            (Some("1"), r#"{"retry_after": 0.283, "global": false}"#, 283, false),
            (Some("2"), "<html>", 2000, false),
            (None, r#"{"retry_after": 5, "global": true}"#, 5000, true),
            (None, "", 1000, false),
        ];
        for (header, body, wait, everything) in cases {
            let (error, all) = sorted(429, header, body);
            let RestError::Limited { after } = error else { panic!("{error}") };
            assert_eq!((after, all), (Duration::from_millis(wait), everything), "{body}");
        }
    }

    #[test]
    fn errors_are_named_by_what_may_be_done_next() {
        assert!(matches!(sorted(401, None, "").0, RestError::SignedOut));
        assert!(matches!(sorted(502, None, "<html>").0, RestError::Unsure(_)));
        let (error, _) = sorted(403, None, r#"{"code": 50013, "message": "Missing Permissions"}"#);
        assert!(error.is(MISSING_PERMISSIONS));
        assert!(sorted(404, None, "").0.not_found());
    }
}
