//! Ids of messages: one number, written as each service writes its own, and read back from that.
//!
//! The number is a Discord snowflake: milliseconds since 2015 above 22 bits, of which the upper ten count messages of
//! one millisecond and the rest are zero, so that Slack's `ts` and Telegram's short numbers say the same.

use std::sync::atomic::{AtomicU64, Ordering};

use appservice_sdk::prelude::*;

/// Discord's first moment, in milliseconds since 1970.
const EPOCH: i64 = 1_420_070_400_000;
/// Messages of one millisecond: as many as `ts` has digits left.
const EACH_MS: u64 = 1000;

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A new id of this moment.
#[must_use]
pub fn new(at: Timestamp) -> String {
    let since = u64::try_from(at.0.saturating_sub(EPOCH)).unwrap_or_default() & ((1 << 41) - 1);
    let count = NEXT.fetch_add(1, Ordering::Relaxed) % EACH_MS;
    ((since << 22) | (count << 12)).to_string()
}

/// The moment of an id.
#[must_use]
pub fn moment(id: &str) -> Timestamp {
    let since = id.parse::<u64>().unwrap_or_default() >> 22;
    Timestamp(i64::try_from(since).unwrap_or_default().saturating_add(EPOCH))
}

/// A number that always stands for this text: ids of channels and webhooks, 18 digits.
#[must_use]
pub fn of(text: &str) -> String {
    let key = SendKey::derive(&[text]);
    let number = u64::from_str_radix(key.as_str().get(..15).unwrap_or_default(), 16).unwrap_or_default();
    (100_000_000_000_000_000 + number % 900_000_000_000_000_000).to_string()
}

/// As Slack writes it: `1503435956.000247`.
#[must_use]
pub fn to_ts(id: &str) -> String {
    let number = id.parse::<u64>().unwrap_or_default();
    let ms = moment(id).0;
    format!("{}.{:03}{:03}", ms.div_euclid(1000), ms.rem_euclid(1000), (number >> 12) & 0x3ff)
}

/// From Slack's form.
#[must_use]
pub fn from_ts(ts: &str) -> Option<String> {
    let (seconds, micros) = ts.split_once('.')?;
    let seconds: i64 = seconds.parse().ok()?;
    let micros: i64 = Some(micros).filter(|micros| micros.len() == 6)?.parse().ok()?;
    let ms = seconds.checked_mul(1000)?.checked_add(micros / 1000)?.checked_sub(EPOCH)?;
    let since = u64::try_from(ms).ok().filter(|since| *since < 1 << 41)?;
    Some(((since << 22) | (u64::try_from(micros % 1000).ok()? << 12)).to_string())
}

/// As a number that every language's floating point holds exactly: Telegram's, Gotify's.
#[must_use]
pub fn to_short(id: &str) -> u64 {
    id.parse::<u64>().unwrap_or_default() >> 12
}

/// From the short form.
#[must_use]
pub fn from_short(short: u64) -> String {
    (short & ((1 << 52) - 1)).wrapping_shl(12).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_id_leads_back_to_it() {
        for at in [1_795_254_896_000, 1_795_254_896_999, 1_500_000_000_001] {
            let id = new(Timestamp(at));
            assert_eq!(moment(&id), Timestamp(at));
            assert_eq!(from_ts(&to_ts(&id)).as_ref(), Some(&id));
            assert_eq!(from_short(to_short(&id)), id);
            assert!(to_short(&id) < 1 << 53);
            assert!(to_ts(&id).starts_with(&(at / 1000).to_string()) && to_ts(&id).len() == 17);
        }
    }

    #[test]
    fn ids_grow_and_are_new_each_time() {
        let id = |ms| new(Timestamp(ms)).parse::<u64>().unwrap();
        assert!(id(1_795_254_896_000) < id(1_795_254_896_001));
        assert_ne!(id(1_795_254_896_000), id(1_795_254_896_000));
        assert!((17..=19).contains(&new(Timestamp(1_795_254_896_000)).len()));
        assert_eq!(of("k3f9").len(), 18);
        assert_ne!(of("a"), of("b"));
    }

    #[test]
    fn nonsense_is_no_ts() {
        for ts in ["", "1", "1.2", "x.000001", "99999999999999999999.000000", "-5.000000", "1503435956.00024ä"] {
            assert_eq!(from_ts(ts), None, "{ts}");
        }
    }
}
