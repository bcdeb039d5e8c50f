//! What Telegram allows right now: one message a second in a chat, twenty a minute in a group, thirty a second in all,
//! and whatever an answer 429 said.
//!
//! <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::ids;

/// Chats are forgotten once there are this many and nothing has to be waited for in them.
const KEPT: usize = 1024;

/// How fast messages may follow each other. Telegram's own numbers unless a test says otherwise.
#[derive(Clone, Debug)]
pub struct Pace {
    /// The least time between two messages of one chat.
    pub chat: Duration,
    /// The most messages of one group within [`Pace::window`].
    pub group: usize,
    /// The time over which a group's messages are counted.
    pub window: Duration,
    /// The most messages in all within a second.
    pub all: usize,
    /// How long an album's next picture is waited for.
    pub album: Duration,
    /// The longest wait before updates are asked for again after a failure.
    pub longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            chat: Duration::from_secs(1),
            group: 20,
            window: Duration::from_secs(60),
            all: 30,
            album: Duration::from_millis(1500),
            longest: Duration::from_secs(30),
        }
    }
}

/// The windows of one bot.
pub(crate) struct Limits {
    pace: Pace,
    windows: Mutex<Windows>,
}

#[derive(Default)]
struct Windows {
    /// When the last messages went out, whichever chat they went to.
    all: VecDeque<Instant>,
    chats: HashMap<i64, Chat>,
}

#[derive(Default)]
struct Chat {
    sent: VecDeque<Instant>,
    /// Closed until then, because Telegram said so.
    opens: Option<Instant>,
}

impl Limits {
    pub(crate) fn new(pace: Pace) -> Self {
        Self { pace, windows: Mutex::default() }
    }

    /// Takes a place in every window, or says how long the one that opens last is closed.
    pub(crate) fn take(&self, chat: i64, now: Instant) -> Result<(), Duration> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.chats.len() >= KEPT {
            let window = self.pace.window;
            let waits = |chat: &Chat| {
                chat.sent.back().is_some_and(|sent| now < *sent + window) || chat.opens.is_some_and(|opens| opens > now)
            };
            windows.chats.retain(|_, chat| waits(chat));
        }
        let second = Duration::from_secs(1);
        let all = opens(&mut windows.all, self.pace.all, second, now);
        let here = windows.chats.entry(chat).or_default();
        let group = match ids::is_shared(chat) {
            true => opens(&mut here.sent, self.pace.group, self.pace.window, now),
            false => None,
        };
        let next = here.sent.back().map(|sent| *sent + self.pace.chat);
        let opens = [all, group, next, here.opens].into_iter().flatten().max().filter(|opens| *opens > now);
        match opens {
            Some(opens) => Err(opens - now),
            None => {
                here.sent.push_back(now);
                if !ids::is_shared(chat) {
                    while here.sent.len() > 1 {
                        here.sent.pop_front();
                    }
                }
                windows.all.push_back(now);
                Ok(())
            }
        }
    }

    /// How long the chat is closed because Telegram said so.
    pub(crate) fn closed(&self, chat: i64, now: Instant) -> Option<Duration> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.chats.get(&chat)?.opens.filter(|opens| *opens > now).map(|opens| opens - now)
    }

    /// Closes a chat because Telegram answered 429.
    pub(crate) fn close(&self, chat: i64, after: Duration, now: Instant) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.chats.entry(chat).or_default().opens = Some(now + after);
    }
}

/// When a window takes another message, if it is full.
fn opens(sent: &mut VecDeque<Instant>, most: usize, window: Duration, now: Instant) -> Option<Instant> {
    while sent.front().is_some_and(|first| *first + window <= now) {
        sent.pop_front();
    }
    if sent.len() < most {
        return None;
    }
    sent.get(sent.len() - most).map(|first| *first + window)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: i64 = -1_001_000_000_000;

    #[test]
    fn one_message_a_second_in_a_chat() {
        let (limits, now) = (Limits::new(Pace::default()), Instant::now());
        assert_eq!(limits.take(GROUP, now), Ok(()));
        assert_eq!(limits.take(GROUP, now), Err(Duration::from_secs(1)));
        assert_eq!(limits.take(7, now), Ok(()), "another chat is not held up");
        assert_eq!(limits.take(GROUP, now + Duration::from_secs(1)), Ok(()));
    }

    #[test]
    fn twenty_messages_a_minute_in_a_group_but_not_in_a_conversation() {
        let (limits, start) = (Limits::new(Pace::default()), Instant::now());
        for second in 0..20 {
            let now = start + Duration::from_secs(second);
            assert_eq!(limits.take(GROUP, now), Ok(()));
            assert_eq!(limits.take(7, now), Ok(()));
        }
        let now = start + Duration::from_secs(20);
        assert_eq!(limits.take(GROUP, now), Err(Duration::from_secs(40)));
        assert_eq!(limits.take(7, now), Ok(()));
        assert_eq!(limits.take(GROUP, start + Duration::from_secs(60)), Ok(()));
    }

    #[test]
    fn thirty_messages_a_second_in_all() {
        let (limits, now) = (Limits::new(Pace::default()), Instant::now());
        for chat in 1..=30 {
            assert_eq!(limits.take(chat, now), Ok(()));
        }
        assert_eq!(limits.take(31, now), Err(Duration::from_secs(1)));
    }

    #[test]
    fn what_telegram_says_is_obeyed_exactly() {
        let (limits, now) = (Limits::new(Pace::default()), Instant::now());
        limits.close(GROUP, Duration::from_secs(17), now);
        assert_eq!(limits.take(GROUP, now), Err(Duration::from_secs(17)));
        assert_eq!(limits.closed(GROUP, now), Some(Duration::from_secs(17)));
        assert_eq!(limits.take(GROUP, now + Duration::from_secs(17)), Ok(()));
    }
}
