//! Ids of Slack and what they tell: a message is known by the time it was written, within its channel.
//!
//! <https://docs.slack.dev/messaging/retrieving-messages> (`ts`: «seconds.microseconds», a string and not a number).

use appservice_sdk::prelude::*;

/// Whether this is the id of a channel or conversation.
pub(crate) fn is_channel(chat: &ChatId) -> bool {
    is_id(chat.as_str(), &['C', 'G', 'D'])
}

/// Whether this is the id of a workspace, which is the space of its channels.
pub(crate) fn is_team(chat: &ChatId) -> bool {
    is_id(chat.as_str(), &['T', 'E'])
}

/// Whether this is the id of a person (or of a bot's account).
pub(crate) fn is_user(id: &str) -> bool {
    is_id(id, &['U', 'W'])
}

fn is_id(id: &str, kinds: &[char]) -> bool {
    let mut letters = id.chars();
    letters.next().is_some_and(|kind| kinds.contains(&kind))
        && id.len() >= 2
        && letters.all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
}

/// A message's time in microseconds: later messages have greater ones.
pub(crate) fn micros(ts: &str) -> Option<u64> {
    let (seconds, micros) = ts.split_once('.')?;
    if micros.len() != 6 {
        return None;
    }
    seconds.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(micros.parse().ok()?)
}

/// The opposite of [`micros`].
pub(crate) fn ts(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// When a message was written.
pub(crate) fn time(ts: &str) -> Option<Timestamp> {
    micros(ts).and_then(|micros| i64::try_from(micros / 1000).ok()).map(Timestamp)
}

/// The `ts` of a moment.
pub(crate) fn ts_at(at: Timestamp) -> String {
    ts(u64::try_from(at.0).unwrap_or_default().saturating_mul(1000))
}

/// Where Slack's own client opens a message: `https://team.slack.com/archives/C1/p1700000000000100`.
pub(crate) fn permalink(workspace: &str, channel: &str, message: Option<&str>) -> String {
    let mut url = format!("{}/archives/{channel}", workspace.trim_end_matches('/'));
    if let Some(ts) = message.filter(|ts| micros(ts).is_some()) {
        url.push_str("/p");
        url.extend(ts.chars().filter(char::is_ascii_digit));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ts_is_a_time_and_an_order() {
        assert_eq!(micros("1700000000.000100"), Some(1_700_000_000_000_100));
        assert_eq!(ts(1_700_000_000_000_100), "1700000000.000100");
        assert_eq!(time("1700000000.123999"), Some(Timestamp(1_700_000_000_123)));
        assert_eq!(ts_at(Timestamp(1_700_000_000_123)), "1700000000.123000");
        for wrong in ["", "1", "1.1", "a.000000", "1700000000.00000x", "99999999999999999999.000000"] {
            assert_eq!(micros(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ids_tell_their_kind_by_their_first_letter() {
        assert!(is_channel(&"C012AB3CD".into()) && is_channel(&"G1".into()) && is_team(&"T1".into()));
        assert!(is_user("U061F7AUR") && is_user("W1") && !is_user("B1"));
        for wrong in ["", "C", "c1", "C1/..", "general", "Cä1"] {
            assert!(!is_channel(&wrong.into()), "{wrong}");
        }
    }

    #[test]
    fn a_message_has_an_address() {
        let at = permalink("https://a.slack.com/", "C1", Some("1700000000.000100"));
        assert_eq!(at, "https://a.slack.com/archives/C1/p1700000000000100");
        assert_eq!(permalink("https://a.slack.com", "C1", None), "https://a.slack.com/archives/C1");
    }
}
