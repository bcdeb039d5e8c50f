//! What rang for a user and was not read: counted when they sync, never when somebody sends.
//!
//! For each room that was counted, the places where something rang since the last receipt are remembered; what is new
//! is looked at once and added, what is read falls away.
//! Specified in the client-server API, «Receiving notifications» and «Threaded read receipts».

mod memo;
mod rules;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ruma::events::TimelineEventType;

use self::memo::{MOST, Marks, Memo};
pub use self::{
    memo::Count,
    rules::{Rang, rang, rings, thread_of},
};
use super::prefs::Prefs;
use crate::{
    app::App,
    error::Result,
    rooms::{Event, client_event::Viewer},
    store::{Pos, RoomNid, sync::Reach},
};

/// Unread events that are looked at in all rooms together when nothing is remembered.
const TOGETHER: usize = 4_000;

/// What is remembered of all users.
pub(super) struct Counted {
    memos: moka::sync::Cache<(crate::store::Atom, RoomNid), Arc<Mutex<Memo>>>,
    /// How many are in a room; forgotten when somebody comes or goes.
    pub(super) heads: moka::sync::Cache<RoomNid, i64>,
}

impl Default for Counted {
    fn default() -> Self {
        let idle = Duration::from_secs(60 * 60);
        let memos = moka::sync::Cache::builder().max_capacity(50_000).time_to_idle(idle).build();
        let heads = moka::sync::Cache::builder().max_capacity(20_000).time_to_live(Duration::from_secs(30)).build();
        Self { memos, heads }
    }
}

/// A room to count in.
#[derive(Clone, Debug)]
pub struct Room {
    /// The room.
    pub room: RoomNid,
    /// The user's own member event: nothing before their join rings, and it says how they are called.
    pub joined: Pos,
    /// The events since `since`, if they are known.
    pub events: Option<Vec<Pos>>,
}

/// Counts what is unread at `upto` in `rooms`, of which `events` begin after `since`. At most six queries; none when
/// the rooms were counted at `since` and little has happened.
pub async fn count(
    app: &App,
    viewer: &Viewer,
    prefs: &Prefs,
    rooms: &[Room],
    (since, upto): (Pos, Pos),
) -> Result<HashMap<RoomNid, Count>> {
    let memos: Vec<Arc<Mutex<Memo>>> =
        rooms.iter().map(|room| app.sync.unread.memos.get_with((viewer.nid, room.room), Arc::default)).collect();
    let memo = |index: usize| memos.get(index).map(|memo| lock(memo).clone()).unwrap_or_default();
    let mut states: Vec<Memo> = (0..rooms.len()).map(memo).collect();
    for state in &mut states {
        if state.fingerprint != prefs.fingerprint {
            *state = Memo { fingerprint: prefs.fingerprint, ..Memo::default() };
        }
    }
    read_marks(app, viewer, rooms, &mut states).await?;
    let fresh = fresh(app, rooms, &states, since, upto).await?;
    let all: Vec<Pos> = fresh.iter().flatten().copied().collect();
    let events: HashMap<Pos, Arc<Event>> =
        app.store.events(&all).await?.into_iter().map(|event| (event.pos, event)).collect();
    let fresh: Vec<Vec<Arc<Event>>> = fresh
        .into_iter()
        .map(|positions| positions.iter().filter_map(|pos| events.get(pos)).cloned().collect())
        .collect();
    drop_redacted(app, &fresh, &mut states).await?;
    let contexts = rules::contexts(app, viewer, rooms, &fresh).await?;
    let mut counts = HashMap::with_capacity(rooms.len());
    for (((room, mut state), events), memo) in rooms.iter().zip(states).zip(fresh).zip(&memos) {
        if let Some(context) = contexts.get(&room.room) {
            for event in events.iter().filter(|event| rules::may_ring(event, viewer, prefs)) {
                state.rings.extend(rules::ring(event, prefs, context).await);
            }
        }
        state.settle(upto);
        counts.insert(room.room, state.count());
        let mut kept = lock(memo);
        if kept.upto <= state.upto || kept.fingerprint != state.fingerprint {
            *kept = state;
        }
    }
    Ok(counts)
}

fn lock(memo: &Mutex<Memo>) -> MutexGuard<'_, Memo> {
    memo.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads again how far the user has read, where that may have changed.
async fn read_marks(app: &App, viewer: &Viewer, rooms: &[Room], states: &mut [Memo]) -> Result<()> {
    let now = app.sync.live.upto();
    let stale = rooms.iter().zip(states.iter()).filter(|(room, state)| {
        state.marks_at == Pos(0) || app.sync.live.last_read(viewer.nid, room.room) > state.marks_at
    });
    let stale: Vec<RoomNid> = stale.map(|(room, _)| room.room).collect();
    if stale.is_empty() {
        return Ok(());
    }
    let mut marks: HashMap<RoomNid, Marks> = stale.iter().map(|&room| (room, Marks::default())).collect();
    for receipt in app.store.read_marks(viewer.nid, &stale).await? {
        marks.entry(receipt.room).or_default().add(&receipt);
    }
    for (room, state) in rooms.iter().zip(states) {
        if let Some(marks) = marks.remove(&room.room) {
            (state.marks, state.marks_at) = (marks, now);
        }
    }
    Ok(())
}

/// The events of each room that were not looked at yet, oldest first: from what is known, or by one query.
async fn fresh(app: &App, rooms: &[Room], states: &[Memo], since: Pos, upto: Pos) -> Result<Vec<Vec<Pos>>> {
    let mut fresh: Vec<Vec<Pos>> = Vec::with_capacity(rooms.len());
    let mut reaches = Vec::new();
    for (room, state) in rooms.iter().zip(states) {
        let counted = state.upto > Pos(0);
        let known = match &room.events {
            Some(events) if counted && state.upto >= since => Some(events.clone()),
            _ if counted => app.sync.live.events_since(room.room, state.upto),
            _ => None,
        };
        match known {
            Some(events) => {
                fresh.push(events.into_iter().filter(|pos| *pos > state.upto && *pos <= upto).collect());
            }
            None => {
                let after = state.upto.max(state.marks.all).max(room.joined);
                if after < upto {
                    reaches.push(Reach { room: room.room, after, upto });
                }
                fresh.push(Vec::new());
            }
        }
    }
    if reaches.is_empty() {
        return Ok(fresh);
    }
    let each = (TOGETHER / reaches.len()).clamp(20, MOST);
    let mut tails = app.store.tails(&reaches, each).await?;
    for (room, slot) in rooms.iter().zip(&mut fresh) {
        if let Some(mut tail) = tails.remove(&room.room) {
            tail.reverse();
            *slot = tail;
        }
    }
    Ok(fresh)
}

/// What was redacted does not ring any more.
async fn drop_redacted(app: &App, fresh: &[Vec<Arc<Event>>], states: &mut [Memo]) -> Result<()> {
    for (events, state) in fresh.iter().zip(states) {
        let redacts = events.iter().any(|event| event.kind == TimelineEventType::RoomRedaction);
        if redacts && !state.rings.is_empty() {
            let at: Vec<Pos> = state.rings.iter().map(|ring| ring.pos).collect();
            let there = app.store.events(&at).await?;
            let there: HashMap<Pos, bool> =
                there.iter().map(|event| (event.pos, event.redacted_by.is_none())).collect();
            state.rings.retain(|ring| there.get(&ring.pos).copied().unwrap_or(false));
        }
    }
    Ok(())
}
