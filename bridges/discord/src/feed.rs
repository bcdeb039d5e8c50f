//! Reads what the gateway tells, one event after the other, and stores each before it looks at the next.
//!
//! An event and the position behind it are stored in one transaction. What cannot be understood because Discord or the
//! database does not answer is tried again: skipping it would lose it.

mod digest;
mod pins;
mod polls;
mod surroundings;
mod systems;

use std::sync::Arc;
use std::time::Duration;

use appservice_sdk::prelude::*;
use serenity::model::id::ChannelId;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

pub(crate) use self::polls::Ballot;
use self::systems::Held;
pub(crate) use self::systems::Systems;
use crate::catch_up;
use crate::gateway::{Dispatch, Position, Signal};
use crate::ids;
use crate::powers;
use crate::shared::Shared;
use crate::wire::Message;

/// Memory: where the stream was stored up to.
pub(crate) const POSITION: &str = "gateway";
/// Events without consequence after which the position is stored all the same.
const IDLE: u32 = 100;
/// Most events of one transaction.
const TOGETHER: usize = 64;
/// The longest wait before something is tried again.
const LONGEST: Duration = Duration::from_secs(30);

pub(crate) struct Feed {
    shared: Arc<Shared>,
    /// Turns true when Discord first talks.
    live: watch::Sender<bool>,
    /// What was understood and waits to be stored, and the position behind it.
    events: Vec<Incoming>,
    position: Option<Position>,
    /// Events since the position was stored.
    unstored: u32,
    /// What waits whether PluralKit takes it back.
    held: Held,
}

impl Feed {
    pub(crate) fn new(shared: Arc<Shared>, live: watch::Sender<bool>) -> Self {
        Self { shared, live, events: Vec::new(), position: None, unstored: 0, held: Held::default() }
    }

    /// Until the gateway stops. What arrived meanwhile is stored together.
    pub(crate) async fn run(mut self, mut signals: mpsc::Receiver<Signal>) {
        let mut heard = Vec::with_capacity(TOGETHER);
        let shared = self.shared.clone();
        loop {
            let count = tokio::select! {
                count = signals.recv_many(&mut heard, TOGETHER) => count,
                () = shared.begun.news() => {
                    self.newcomers().await;
                    continue;
                }
                () = until(self.held.next()) => {
                    self.release(false).await;
                    self.store().await;
                    continue;
                }
            };
            if count == 0 {
                break;
            }
            for signal in heard.drain(..) {
                match signal {
                    Signal::Event(dispatch) => self.take(dispatch).await,
                    Signal::Interrupted(why) => tracing::debug!(%why, "the gateway was interrupted"),
                }
            }
            self.store().await;
        }
    }

    async fn take(&mut self, dispatch: Dispatch) {
        match dispatch.name.as_str() {
            "READY" => {
                self.release(true).await;
                self.begin(dispatch.position).await;
            }
            "RESUMED" => {
                self.up();
                self.newcomers().await;
            }
            _ => {
                if let Some(dispatch) = self.held.join(dispatch) {
                    self.take_now(dispatch).await;
                }
            }
        }
    }

    /// An event that waits for no other; it may have to wait itself.
    async fn take_now(&mut self, dispatch: Dispatch) {
        if dispatch.name == "MESSAGE_CREATE"
            && let Ok(said) = serde_json::from_str::<Message>(dispatch.data.get())
            && self.shared.may_be_replaced(&said).await.unwrap_or(false)
        {
            return self.held.hold(said.channel_id, dispatch);
        }
        self.put(dispatch).await;
    }

    async fn put(&mut self, dispatch: Dispatch) {
        let events = self.understand(&dispatch).await;
        self.events.extend(events);
        // What waited is older than what was stored meanwhile.
        let newer = self
            .position
            .as_ref()
            .is_none_or(|known| known.session != dispatch.position.session || known.seq < dispatch.position.seq);
        if newer && !dispatch.position.session.is_empty() {
            self.position = Some(dispatch.position);
        }
        self.unstored += 1;
    }

    /// Goes on with what has waited long enough.
    async fn release(&mut self, everything: bool) {
        for dispatch in self.held.release(everything) {
            self.put(dispatch).await;
        }
    }

    /// A new session: what happened before it is fetched, and only then the session becomes the one to resume.
    async fn begin(&mut self, position: Position) {
        self.store().await;
        self.up();
        self.shared.atlas.forget_absent();
        let mut round = catch_up::Round::default();
        for (chat, channel) in self.shared.linked() {
            self.fill(&mut round, &chat, channel).await;
        }
        self.position = Some(position);
        self.unstored = IDLE;
        self.store().await;
    }

    /// Chats that were linked while this session ran.
    async fn newcomers(&mut self) {
        let mut round = catch_up::Round::default();
        for (chat, channel) in self.shared.linked() {
            if !self.shared.begun.holds(channel) {
                self.store().await;
                self.fill(&mut round, &chat, channel).await;
            }
        }
    }

    /// Fetches what was missed of a chat, until it is stored.
    async fn fill(&self, round: &mut catch_up::Round, chat: &ChatId, channel: ChannelId) {
        let mut wait = Wait::default();
        while let Err(why) = round.chat(&self.shared, chat, channel).await {
            tracing::warn!(%chat, %why, "missed messages could not be fetched yet");
            wait.longer().await;
        }
    }

    fn up(&self) {
        self.shared.remote.connected();
        self.live.send_replace(true);
    }

    async fn understand(&mut self, dispatch: &Dispatch) -> Vec<Incoming> {
        let mut wait = Wait::default();
        loop {
            match self.shared.digest(dispatch).await {
                Ok(events) => return events,
                Err(digest::Trouble::Unreadable(error)) => {
                    tracing::warn!(event = dispatch.name, %error, "an event of Discord could not be read");
                    return Vec::new();
                }
                Err(digest::Trouble::First(channel)) => {
                    self.store().await;
                    self.fill(&mut catch_up::Round::default(), &ids::chat(channel), channel).await;
                }
                Err(digest::Trouble::NotNow(error)) => {
                    tracing::warn!(event = dispatch.name, %error, "an event of Discord waits for an answer");
                    self.store().await;
                    wait.longer().await;
                }
            }
        }
    }

    /// Stores what was understood, with the position behind it. Positions behind events without consequence may wait:
    /// hearing those again does no harm.
    async fn store(&mut self) {
        if self.events.is_empty() && self.unstored < IDLE {
            return;
        }
        let events = std::mem::take(&mut self.events);
        let batch = powers::remember(Batch { events, memory: Vec::new() });
        let mut batch = self.shared.windows.remember(batch);
        if let Some(position) = &self.position {
            // After a crash what waits is heard again, and everything behind it.
            let seq = self.held.oldest().map_or(position.seq, |oldest| position.seq.min(oldest.saturating_sub(1)));
            batch = batch.put(POSITION, &Position { seq, ..position.clone() });
        }
        let mut wait = Wait::default();
        while let Err(error) = self.shared.remote.store(batch.clone()).await {
            tracing::error!(%error, "events of Discord could not be stored yet");
            wait.longer().await;
        }
        self.unstored = 0;
    }
}

/// Waits until then; for ever if there is nothing to wait for.
async fn until(then: Option<Instant>) {
    match then {
        Some(then) => sleep_until(then).await,
        None => std::future::pending().await,
    }
}

/// Waits that grow.
#[derive(Default)]
pub(crate) struct Wait(u32);

impl Wait {
    pub(crate) async fn longer(&mut self) {
        let wait = Duration::from_millis(250).saturating_mul(1_u32.checked_shl(self.0).unwrap_or(u32::MAX));
        self.0 = self.0.saturating_add(1);
        sleep(wait.min(LONGEST)).await;
    }
}
