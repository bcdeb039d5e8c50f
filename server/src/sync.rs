//! From rooms to clients: `/sync`.
//!
//! [`live`] knows what is new for whom and rings for those who wait. [`rooms`] sorts the rooms by what the client knows
//! of them, [`timeline`] and [`state`] read what it does not know, [`unread`] counts, [`answer`] is what goes out.
//! However many rooms there are, the number of queries is the same; right behind the head of the stream there are none.
//! Specified in the client-server API, «Syncing».

pub mod answer;
mod assemble;
pub(crate) mod devices;
mod ephemeral;
pub mod fields;
pub mod filter;
mod invited;
mod lazy;
pub mod live;
pub mod prefs;
mod rooms;
mod state;
mod summary;
mod timeline;
pub mod token;
pub mod unread;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use self::{answer::Answer, filter::Filter, lazy::Lazy, live::Live, token::Token, unread::Counted};
use crate::{
    app::App,
    error::Result,
    http::caller::Caller,
    store::RoomNid,
    stream::{Listener, What},
};

/// What is kept in memory for syncing. Nothing of it is the only record of anything.
pub struct Sync {
    /// What is new for whom.
    pub live: Live,
    /// Which members which device knows.
    lazy: Lazy,
    /// What was counted.
    unread: Counted,
    /// What is waiting for devices, and their keys.
    pub(crate) boxes: devices::Boxes,
    /// Room ids by number.
    names: moka::sync::Cache<RoomNid, Arc<str>>,
}

impl Default for Sync {
    fn default() -> Self {
        Self {
            live: Live::default(),
            lazy: Lazy::default(),
            unread: Counted::default(),
            boxes: devices::Boxes::default(),
            names: moka::sync::Cache::new(20_000),
        }
    }
}

impl Sync {
    /// What keeps this in step with the stream. To be given to [`Stream::listen`](crate::stream::Stream::listen).
    #[must_use]
    pub fn listener(&self) -> Listener {
        let (live, counts) = (self.live.listener(), self.unread.heads.clone());
        Box::new(move |upto, changes| {
            for change in changes {
                if let What::Event { room, event } = &change.what
                    && event.kind == ruma::events::TimelineEventType::RoomMember
                {
                    counts.invalidate(room);
                }
            }
            live(upto, changes);
        })
    }
}

/// What a client asks.
pub struct Ask {
    /// Who.
    pub caller: Caller,
    /// What was seen already.
    pub since: Option<Token>,
    /// What is wanted.
    pub filter: Filter,
    /// How long to wait for news.
    pub timeout: Duration,
    /// All state of all rooms.
    pub full_state: bool,
    /// State at the end of timelines, not at their start.
    pub state_after: bool,
}

/// The longest a client may wait.
const LONGEST: Duration = Duration::from_secs(180);

/// Answers as soon as there is something to tell, or when the time is over.
pub async fn sync(app: &App, ask: &Ask) -> Result<Answer> {
    let bell = app.sync.live.enter(app, ask.caller.nid).await?;
    let deadline = Instant::now() + ask.timeout.min(LONGEST);
    loop {
        // Heard from here on, so that nothing falls between looking and waiting.
        let ring = bell.notified();
        tokio::pin!(ring);
        ring.as_mut().enable();
        let answer = assemble::answer(app, ask).await?;
        let at_once = ask.since.is_none() || ask.full_state || !answer.is_empty();
        if at_once || tokio::time::timeout_at(deadline, ring).await.is_err() {
            return Ok(answer);
        }
    }
}
