//! How a test wants its Slack.

use std::{path::PathBuf, time::Duration};

/// The scopes that a bridge asks for in its manifest.
pub const SCOPES: &str = "app_mentions:read,bookmarks:read,channels:history,channels:join,channels:manage,channels:read,\
    channels:write.invites,channels:write.topic,chat:write,chat:write.customize,chat:write.public,commands,emoji:read,\
    files:read,files:write,groups:history,groups:read,groups:write,groups:write.invites,groups:write.topic,im:history,\
    im:read,im:write,mpim:history,mpim:read,mpim:write,pins:read,pins:write,reactions:read,reactions:write,team:read,\
    usergroups:read,users.profile:read,users:read,users:read.email";

/// Everything that can be chosen at the start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bot's token.
    pub token: String,
    /// The app-level token, which opens Socket Mode.
    pub app_token: String,
    /// What HTTP callbacks are signed with.
    pub signing_secret: String,
    /// The bot's scopes, with commas.
    pub scopes: String,
    /// The events the app subscribed to; none: all.
    pub events: Option<Vec<String>>,
    /// The bot's name.
    pub bot_name: String,
    /// The workspace's name.
    pub team_name: String,
    /// A fixed port of 127.0.0.1, or any free one.
    pub port: Option<u16>,
    /// A file that keeps the state over restarts. Written a moment after each change and on `stop`; a simulator
    /// that is itself killed may forget the last tenth of a second.
    pub state: Option<PathBuf>,
    /// How long an envelope or callback may stay unacknowledged.
    pub ack_patience: Duration,
    /// How long after that each redelivery waits; after the last, the event is given up.
    pub retries: Vec<Duration>,
    /// How long a completed upload takes to appear in its channel.
    pub file_delay: Duration,
    /// Whether files in events are only their ids, to be looked up by `files.info`.
    pub slim_files: bool,
    /// How long after a `warning` or `refresh_requested` the socket is closed.
    pub refresh_grace: Duration,
    /// How often each socket is pinged.
    pub ping: Duration,
    /// Requests that are recorded; older ones are forgotten. 0 records none.
    pub recorded: usize,
    /// Messages a channel keeps; older ones are forgotten without an event. 0 keeps all.
    pub kept_messages: usize,
    /// Rate limits.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: "xoxb-simulated-bot-token".to_owned(),
            app_token: "xapp-1-simulated-app-token".to_owned(),
            signing_secret: "simulated signing secret".to_owned(),
            scopes: SCOPES.to_owned(),
            events: None,
            bot_name: "causeway".to_owned(),
            team_name: "Harbour".to_owned(),
            port: None,
            state: None,
            ack_patience: Duration::from_secs(3),
            // Slack's own are: at once, after a minute, after five. These are twenty times as fast.
            retries: vec![Duration::ZERO, Duration::from_secs(3), Duration::from_secs(15)],
            file_delay: Duration::from_millis(50),
            slim_files: true,
            refresh_grace: Duration::from_millis(500),
            ping: Duration::from_secs(10),
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
    /// How many times faster than Slack's the windows pass: 1 is the real thing. `Retry-After` stays whole seconds.
    pub speed: f64,
}

impl Limits {
    /// As strict as Slack.
    pub fn real() -> Self {
        Self { enabled: true, speed: 1.0 }
    }

    /// All of Slack's limits, in windows `speed` times as short.
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
