//! How many messages go where: one a second in a chat, twenty a minute in a group, thirty a second in all.

use std::collections::{HashMap, VecDeque};

use super::{error, error::Refusal, settings::Limits};

/// What a sending costs and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending {
    pub(crate) chat: i64,
    /// Groups, supergroups and channels have a limit a minute.
    pub(crate) group: bool,
    /// How many messages: an album counts each.
    pub(crate) messages: u32,
    /// Unix milliseconds.
    pub(crate) now: u64,
}

/// When messages were sent.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    chats: HashMap<i64, VecDeque<u64>>,
    all: VecDeque<u64>,
}

impl Windows {
    /// Counts messages, or refuses them all. An album may begin while one place is left.
    pub(crate) fn count(&mut self, limits: &Limits, sending: Sending) -> Result<(), Refusal> {
        if !limits.enabled {
            return Ok(());
        }
        let (second, now) = (scaled(1000, limits.speed), sending.now);
        let minute = second * 60;
        let chat = self.chats.entry(sending.chat).or_default();
        forget(chat, minute, now);
        forget(&mut self.all, second, now);
        let burst = wait(chat, limits.burst, u64::from(limits.burst) * second, now);
        let group = if sending.group { wait(chat, limits.group, minute, now) } else { 0 };
        let wait = burst.max(group).max(wait(&self.all, limits.global, second, now));
        if wait > 0 {
            return Err(error::too_many(wait.div_ceil(1000)));
        }
        for _ in 0..sending.messages {
            chat.push_back(now);
            self.all.push_back(now);
        }
        Ok(())
    }
}

/// Milliseconds until fewer than `most` lie within the window.
fn wait(sent: &VecDeque<u64>, most: u32, window: u64, now: u64) -> u64 {
    let within = sent.iter().filter(|at| **at + window > now).count();
    let Some(over) = within.checked_sub(most as usize) else { return 0 };
    let leaves = sent.len() - within + over;
    sent.get(leaves).map_or(0, |at| (at + window).saturating_sub(now))
}

fn forget(sent: &mut VecDeque<u64>, window: u64, now: u64) {
    while sent.front().is_some_and(|at| at + window <= now) {
        sent.pop_front();
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "milliseconds"
)]
fn scaled(window: u64, speed: f64) -> u64 {
    ((window as f64 / speed.max(0.001)) as u64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(now: u64) -> Sending {
        Sending { chat: -1, group: true, messages: 1, now }
    }

    #[test]
    fn a_chat_takes_a_short_burst_and_then_one_a_second() {
        let mut windows = Windows::default();
        for now in [0, 1, 2] {
            assert_eq!(windows.count(&Limits::real(), at(now)), Ok(()));
        }
        let refused = windows.count(&Limits::real(), at(3)).unwrap_err();
        assert_eq!((refused.status, refused.parameters["retry_after"].as_u64()), (429, Some(3)));
        assert_eq!(windows.count(&Limits::real(), at(3000)), Ok(()));
    }

    #[test]
    fn a_group_takes_twenty_a_minute() {
        let mut windows = Windows::default();
        for n in 0..20 {
            assert_eq!(windows.count(&Limits::real(), at(n * 1000)), Ok(()), "{n}");
        }
        let refused = windows.count(&Limits::real(), at(20_000)).unwrap_err();
        assert_eq!(refused.parameters["retry_after"], 40);
        assert_eq!(windows.count(&Limits::real(), at(60_000)), Ok(()));
    }

    #[test]
    fn an_album_counts_every_picture() {
        let mut windows = Windows::default();
        assert_eq!(windows.count(&Limits::real(), Sending { messages: 10, ..at(0) }), Ok(()));
        assert!(windows.count(&Limits::real(), at(2000)).is_err());
    }
}
