//! Attempt → delay.

use std::time::Duration;

/// How long to wait after the `tries`-th failure (from 0): half a second, doubling, at most a minute, less up to a
/// quarter by `jitter` (0 to 1), so that many waiters do not come back at once.
#[must_use]
pub fn delay(tries: u32, jitter: f64) -> Duration {
    let full = Duration::from_millis(500).saturating_mul(1 << tries.min(7)).min(Duration::from_secs(60));
    full.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 4.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_a_minute() {
        let cases = [(0, 500), (1, 1000), (2, 2000), (6, 32_000), (7, 60_000), (40, 60_000)];
        for (tries, millis) in cases {
            assert_eq!(delay(tries, 0.0), Duration::from_millis(millis), "{tries}");
        }
        assert_eq!(delay(1, 1.0), Duration::from_millis(750));
    }
}
