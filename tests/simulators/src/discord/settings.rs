//! How a test wants its Discord.

use std::{path::PathBuf, time::Duration};

/// Everything that can be chosen at the start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bot's token.
    pub token: String,
    /// The bot's user name.
    pub bot_name: String,
    /// A fixed port of 127.0.0.1, or any free one.
    pub port: Option<u16>,
    /// A file that keeps the state over restarts. Written a moment after each change and on `stop`; a
    /// simulator that is itself killed may forget the last tenth of a second.
    pub state: Option<PathBuf>,
    /// The privileged intents the portal allows, see [`super::intent`].
    pub privileged_intents: u64,
    /// What HELLO asks of clients.
    pub heartbeat_interval: Duration,
    /// How many intervals without a heartbeat until the socket is closed with 4009; 0 never.
    pub heartbeat_patience: u32,
    /// How long everything takes on its way over the gateway. With some delay, REST answers come before the
    /// events of what they did, as they sometimes do.
    pub gateway_delay: Duration,
    /// Events kept for RESUME, per session.
    pub replay: usize,
    /// How long a session without socket can be resumed.
    pub session_lifetime: Duration,
    /// How long a signed attachment address is good for.
    pub cdn_lifetime: Duration,
    /// Whether links in messages get an embed, which follows as a MESSAGE_UPDATE.
    pub unfurl: bool,
    /// REST requests that are recorded; older ones are forgotten. 0 records none.
    pub recorded: usize,
    /// Messages a channel keeps; older ones are forgotten without an event. 0 keeps all.
    pub kept_messages: usize,
    /// Rate limits.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: "simulated.bot.token".to_owned(),
            bot_name: "Causeway".to_owned(),
            port: None,
            state: None,
            privileged_intents: super::intent::PRIVILEGED,
            heartbeat_interval: Duration::from_millis(41_250),
            heartbeat_patience: 2,
            gateway_delay: Duration::ZERO,
            replay: 10_000,
            session_lifetime: Duration::from_secs(180),
            cdn_lifetime: Duration::from_secs(24 * 3600),
            unfurl: true,
            recorded: 100_000,
            kept_messages: 0,
            limits: Limits::default(),
        }
    }
}

/// How strictly requests are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Whether anything is ever answered with 429 on its own.
    pub enabled: bool,
    /// How many times faster than Discord's the windows pass: 1 is the real thing.
    pub speed: f64,
    /// Requests of the bot in one second (of the same speed), over all routes.
    pub global: u32,
    /// Whether webhooks have the second limit that no header tells: 30 in 60 s a channel.
    pub hidden: bool,
}

impl Limits {
    /// As strict as Discord.
    pub fn real() -> Self {
        Self { enabled: true, speed: 1.0, global: 50, hidden: true }
    }

    /// All of Discord's limits, in windows `speed` times as short.
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
