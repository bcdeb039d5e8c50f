//! The simulated clock: the machine's, plus what a test let pass; and the form Slack writes times in.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A clock whose hands a test can push forward. Copies show the same time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    ahead: Arc<AtomicU64>,
}

impl Clock {
    /// Unix microseconds.
    pub(crate) fn micros(&self) -> u64 {
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(machine.as_micros()).unwrap_or(u64::MAX) + self.ahead.load(Ordering::Relaxed)
    }

    /// Unix seconds.
    pub(crate) fn seconds(&self) -> u64 {
        self.micros() / 1_000_000
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.ahead.fetch_add(u64::try_from(by.as_micros()).unwrap_or(0), Ordering::Relaxed);
    }
}

/// `1795257905.000100`: seconds and six digits. Texts of this form sort as the times do.
pub(crate) fn ts(micros: u64) -> String {
    format!("{:010}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Whether a text has the form of a `ts`.
pub(crate) fn is_ts(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(seconds, rest)| digits(seconds) && digits(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_slack_writes_them() {
        for (micros, text) in [(1_355_517_523_000_005, "1355517523.000005"), (7, "0000000000.000007")] {
            assert_eq!(ts(micros), text);
            assert!(is_ts(text));
        }
        for text in ["", "1", "1.", "a.b", "1.2.3"] {
            assert!(!is_ts(text), "{text}");
        }
    }
}
