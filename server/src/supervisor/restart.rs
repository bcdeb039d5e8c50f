//! How long to wait before a bridge is started again. Pure.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);
/// Who has worked this long did not die of the start.
const HEALTHY: Duration = Duration::from_secs(2);

/// The pause so far.
#[derive(Debug, Default)]
pub(super) struct Pause(Option<Duration>);

impl Pause {
    /// The pause after a run that took transactions for `listened`.
    pub(super) fn after(&mut self, listened: Duration) -> Duration {
        let pause = match self.0 {
            Some(last) if listened < HEALTHY => (last * 2).min(LONGEST),
            _ => FIRST,
        };
        self.0 = Some(pause);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_a_run_was_healthy() {
        let mut pause = Pause::default();
        for (listened, expected) in [
            (0, 250),
            (0, 500),
            (1999, 1000),
            (0, 2000),
            (2000, 250),
            (0, 500),
            (0, 1000),
            (0, 2000),
            (0, 4000),
            (0, 8000),
            (0, 16000),
            (0, 30000),
            (0, 30000),
        ] {
            assert_eq!(pause.after(Duration::from_millis(listened)), Duration::from_millis(expected));
        }
    }
}
