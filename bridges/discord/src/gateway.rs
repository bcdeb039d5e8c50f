//! The ordered stream of everything that happens on Discord.
//!
//! serenity hands every event to a task of its own, which loses the order, and keeps the session to itself, which loses
//! what happened while the bridge was down. So the socket is ours: frames are read one after the other, handed over one
//! after the other through a bounded channel, and the session can be taken up again by the next process.
//! <https://discord.com/developers/docs/events/gateway>

mod connection;
mod ending;
mod frame;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use rand::RngExt as _;
use serde::Deserialize;
use serde_json::value::RawValue;
use serenity::http::Route;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use self::connection::Connection;
pub(crate) use self::ending::{Ending, Fatal};
pub(crate) use self::frame::Position;
use crate::config::Secret;
use crate::rest::{Call, Rest, RestError};

/// Events that were read but not yet taken. Beyond this the socket is not read: Discord waits, nothing is dropped.
pub(crate) const READ_AHEAD: usize = 256;

/// A connection that held for this many of the shortest waits counts as a good one.
const SETTLED: u32 = 5;

/// What the gateway tells, in order.
#[derive(Debug)]
pub(crate) enum Signal {
    /// Something happened.
    Event(Dispatch),
    /// The connection is gone; it is being made anew.
    Interrupted(String),
}

/// One event, with the place in the stream that may be stored once the event is.
#[derive(Debug)]
pub(crate) struct Dispatch {
    pub(crate) name: String,
    pub(crate) data: Box<RawValue>,
    pub(crate) position: Position,
}

/// How long to wait between attempts.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Before a new session after one became invalid; Discord asks for a random 1 to 5 seconds.
    pub invalid_session: Range<Duration>,
    /// Before the second attempt to connect; doubles up to `longest`.
    pub shortest: Duration,
    /// The longest wait between two attempts.
    pub longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            invalid_session: Duration::from_secs(1)..Duration::from_secs(5),
            shortest: Duration::from_secs(1),
            longest: Duration::from_secs(60),
        }
    }
}

/// Keeps one session with the gateway alive.
pub(crate) struct Gateway {
    pub(crate) rest: Arc<Rest>,
    pub(crate) token: Secret,
    /// Set: this address is used for everything. Not set: Discord is asked, and its resume address is used.
    pub(crate) address: Option<String>,
    pub(crate) pace: Pace,
    /// Where the former process stopped, and where this one is.
    pub(crate) position: Option<Position>,
}

/// `GET /gateway/bot`.
#[derive(Deserialize)]
struct Entrance {
    url: String,
    #[serde(default)]
    session_start_limit: Option<StartLimit>,
}

#[derive(Deserialize)]
struct StartLimit {
    remaining: u64,
    reset_after: u64,
}

impl Gateway {
    /// Runs until a person has to do something, or nobody listens any more.
    pub(crate) async fn run(mut self, signals: mpsc::Sender<Signal>) -> Option<Fatal> {
        let mut failures = 0_u32;
        loop {
            let began = Instant::now();
            let ending = self.once(&signals).await;
            if began.elapsed() > self.pace.shortest.saturating_mul(SETTLED) {
                failures = 0;
            }
            match &ending {
                Ending::Stopped => return None,
                Ending::Fatal(fatal) => return Some(fatal.clone()),
                Ending::Resume(why) => tracing::info!(%why, "the gateway is connected anew"),
                Ending::Identify(why) => {
                    tracing::info!(%why, "the gateway's session is over, a new one begins");
                    self.position = None;
                    let pause = rand::rng().random_range(self.pace.invalid_session.clone());
                    sleep(pause).await;
                }
            }
            if signals.send(Signal::Interrupted(ending.to_string())).await.is_err() {
                return None;
            }
            sleep(self.wait(failures)).await;
            failures = failures.saturating_add(1);
        }
    }

    /// The first attempt is immediate, later ones wait twice as long each time, never all bridges at once.
    fn wait(&self, failures: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(1) else { return Duration::ZERO };
        let longest = self.pace.shortest.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX));
        longest.min(self.pace.longest).mul_f64(rand::rng().random_range(0.5..=1.0))
    }

    /// One connection, from dialling to its end.
    async fn once(&mut self, signals: &mpsc::Sender<Signal>) -> Ending {
        let address = match self.entrance().await {
            Ok(address) => address,
            Err(ending) => return ending,
        };
        match Connection::open(&address, &self.token, self.position.clone()).await {
            Ok(mut connection) => {
                let ending = connection.run(signals).await;
                self.position = connection.position().cloned();
                ending
            }
            Err(ending) => {
                // An address for resuming that no longer answers must not lock the bridge out.
                if let Some(position) = &mut self.position {
                    position.resume_url.clear();
                }
                ending
            }
        }
    }

    async fn entrance(&self) -> Result<String, Ending> {
        let resume = self.position.as_ref().map(|position| position.resume_url.clone()).filter(|url| !url.is_empty());
        let url = match self.address.clone().or(resume) {
            Some(url) => url,
            None => self.ask().await?,
        };
        Ok(format!("{}/?v=10&encoding=json", url.trim_end_matches('/')))
    }

    async fn ask(&self) -> Result<String, Ending> {
        let entrance: Entrance = self.rest.call(Call::get(Route::GatewayBot)).await.map_err(|error| match error {
            RestError::SignedOut => Ending::Fatal(Fatal::Token),
            other => Ending::Resume(other.to_string()),
        })?;
        if let Some(limit) = entrance.session_start_limit.filter(|limit| limit.remaining == 0) {
            tracing::warn!(wait_ms = limit.reset_after, "the bot may not start another session today yet");
            sleep(Duration::from_millis(limit.reset_after)).await;
        }
        Ok(entrance.url)
    }
}
