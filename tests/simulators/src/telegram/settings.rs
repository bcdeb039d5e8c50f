//! How a test wants its Telegram.

use std::{path::PathBuf, time::Duration};

/// Everything that can be chosen at the start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bot's user id, the first half of its token.
    pub bot_id: i64,
    /// The second half of its token.
    pub secret: String,
    /// The bot's first name.
    pub bot_name: String,
    /// The bot's user name, without `@`.
    pub bot_username: String,
    /// Whether the bot hears only what is meant for it in groups where it is no administrator.
    pub privacy: bool,
    /// A fixed port of 127.0.0.1, or any free one.
    pub port: Option<u16>,
    /// A file that keeps the state over restarts. Written a moment after each change and on `stop`.
    pub state: Option<PathBuf>,
    /// The `update_id` of the first update.
    pub first_update: i64,
    /// How long an update that nobody fetched is kept.
    pub update_lifetime: Duration,
    /// How long a message of the bot can be deleted by it.
    pub delete_window: Duration,
    /// How fast a webhook that failed is tried again; doubled each time, a minute at most.
    pub webhook_retry: Duration,
    /// Rate limits.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bot_id: 7_000_000_001,
            secret: "AAF-simulated-telegram-token-0123456".to_owned(),
            bot_name: "Causeway".to_owned(),
            bot_username: "causeway_bot".to_owned(),
            privacy: false,
            port: None,
            state: None,
            first_update: 100_000_001,
            update_lifetime: Duration::from_secs(24 * 3600),
            delete_window: Duration::from_secs(48 * 3600),
            webhook_retry: Duration::from_millis(100),
            limits: Limits::default(),
        }
    }
}

/// How strictly messages are counted. <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Whether anything is ever answered with 429 on its own.
    pub enabled: bool,
    /// How many times faster than Telegram's the windows pass: 1 is the real thing. `retry_after` stays in whole
    /// seconds, one at least.
    pub speed: f64,
    /// How many messages a chat takes at once before the rule of one a second holds; Telegram allows short bursts.
    pub burst: u32,
    /// Messages a minute in one group.
    pub group: u32,
    /// Messages a second over all chats.
    pub global: u32,
}

impl Limits {
    /// As strict as Telegram.
    pub fn real() -> Self {
        Self { enabled: true, speed: 1.0, burst: 3, group: 20, global: 30 }
    }

    /// All of Telegram's limits, in windows `speed` times as short.
    pub fn faster(speed: f64) -> Self {
        Self { speed, ..Self::real() }
    }

    /// None at all.
    pub fn off() -> Self {
        Self { enabled: false, ..Self::real() }
    }
}

impl Default for Limits {
    /// Every limit is there, twenty times as fast, so that tests meet 429 without waiting a minute for it.
    fn default() -> Self {
        Self::faster(20.0)
    }
}
