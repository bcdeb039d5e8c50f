//! How long to leave an application service alone after it failed. Pure.

use std::time::Duration;

/// After the first failure.
const FIRST: Duration = Duration::from_secs(1);
/// However often it failed.
const LONGEST: Duration = Duration::from_secs(60);

/// The wait after the `failures`-th failure in a row: one second, doubling, at most sixty. `chance`, from 0 to 1, takes
/// up to a fifth off, so that services that fell together do not come back together.
#[must_use]
pub fn wait(failures: u32, chance: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST);
    doubled.mul_f64(1.0 - 0.2 * chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_minute() {
        for (failures, seconds) in [(0, 1), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (u32::MAX, 60)] {
            assert_eq!(wait(failures, 0.0), Duration::from_secs(seconds), "{failures}");
        }
    }

    #[test]
    fn chance_takes_off_a_fifth_at_most() {
        assert_eq!(wait(1, 1.0), Duration::from_millis(800));
        assert_eq!(wait(9, 0.5), Duration::from_secs(54));
        assert_eq!(wait(9, 7.0), Duration::from_secs(48));
    }
}
