//! Which of two backups of the same session is kept. Specified in the client-server API, «Server-side key backups».

use serde::Deserialize;

#[derive(Deserialize)]
struct Quality {
    #[serde(default)]
    is_verified: bool,
    first_message_index: u64,
    forwarded_count: u64,
}

/// Whether `new` replaces `old`: verified before unverified, then the lower first index, then fewer hands.
pub fn is_better(new: &str, old: &str) -> bool {
    let read = |json| serde_json::from_str::<Quality>(json).ok();
    let (Some(new), Some(old)) = (read(new), read(old)) else { return true };
    let rank = |key: &Quality| (!key.is_verified, key.first_message_index, key.forwarded_count);
    rank(&new) < rank(&old)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_key_stays() {
        let key = |verified: bool, index: u64, forwarded: u64| {
            format!(r#"{{"is_verified":{verified},"first_message_index":{index},"forwarded_count":{forwarded}}}"#)
        };
        for (new, old, expected) in [
            (key(true, 9, 9), key(false, 0, 0), true),
            (key(false, 0, 0), key(true, 9, 9), false),
            (key(true, 1, 9), key(true, 2, 0), true),
            (key(true, 2, 0), key(true, 1, 9), false),
            (key(true, 1, 0), key(true, 1, 1), true),
            (key(true, 1, 1), key(true, 1, 1), false),
        ] {
            assert_eq!(is_better(&new, &old), expected, "{new} {old}");
        }
    }
}
