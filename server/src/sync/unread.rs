//! What rang for a user and was not read: counted when they sync, never when somebody sends.
//!
//! For each room that was counted, the places where something rang since the last receipt are remembered; what is new
//! is looked at once and added, what is read falls away.
//! Specified in the client-server API, «Receiving notifications» and «Threaded read receipts».

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ruma::{
    OwnedRoomId, UInt,
    events::{AnySyncTimelineEvent, TimelineEventType},
    push::{Action, PushConditionRoomCtx},
    serde::Raw,
};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::{answer::Unread, prefs::Prefs};
use crate::{
    app::App,
    error::Result,
    rooms::{Event, client_event::Viewer, power},
    store::{Membership, Pos, RoomNid, receipts::Receipt, sync::Reach},
};

/// Unread events that are looked at in a room, and places that are remembered.
const MOST: usize = 1_000;
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

/// What is remembered of one user in one room.
#[derive(Clone, Debug, Default)]
struct Memo {
    /// By which rules it was counted.
    fingerprint: u64,
    /// Up to where events were looked at; 0 when nothing was.
    upto: Pos,
    /// How far the user has read …
    marks: Marks,
    /// … as it was at this position.
    marks_at: Pos,
    /// Where something rang.
    rings: Vec<Ring>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Ring {
    pos: Pos,
    highlight: bool,
    thread: Option<String>,
}

/// How far a user has read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Marks {
    /// Everything.
    all: Pos,
    /// A thread by its root, `main` for what is in none.
    threads: HashMap<String, Pos>,
}

impl Marks {
    fn add(&mut self, receipt: &Receipt) {
        let mark = match receipt.thread.as_str() {
            "" => &mut self.all,
            thread => self.threads.entry(thread.to_owned()).or_default(),
        };
        *mark = (*mark).max(receipt.event);
    }

    fn have_read(&self, pos: Pos, thread: Option<&str>) -> bool {
        pos <= self.all || self.threads.get(thread.unwrap_or("main")).is_some_and(|mark| pos <= *mark)
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

/// What is unread in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Outside of threads.
    pub main: Unread,
    /// In each thread, by its root.
    pub threads: BTreeMap<String, Unread>,
}

impl Count {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> Unread {
        self.threads.values().fold(self.main, |sum, one| Unread {
            notifications: sum.notifications + one.notifications,
            highlights: sum.highlights + one.highlights,
        })
    }
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
    let contexts = contexts(app, viewer, rooms, &fresh).await?;
    let mut counts = HashMap::with_capacity(rooms.len());
    for (((room, mut state), events), memo) in rooms.iter().zip(states).zip(fresh).zip(&memos) {
        if let Some(context) = contexts.get(&room.room) {
            for event in events.iter().filter(|event| may_ring(event, viewer, prefs)) {
                state.rings.extend(ring(event, prefs, context).await);
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

impl Memo {
    /// Takes away what is read, and the oldest if there is too much.
    fn settle(&mut self, upto: Pos) {
        self.upto = self.upto.max(upto);
        let marks = &self.marks;
        self.rings.retain(|ring| !marks.have_read(ring.pos, ring.thread.as_deref()));
        let surplus = self.rings.len().saturating_sub(MOST);
        self.rings.drain(..surplus);
    }

    fn count(&self) -> Count {
        let mut count = Count::default();
        for ring in &self.rings {
            let unread = match &ring.thread {
                None => &mut count.main,
                Some(thread) => count.threads.entry(thread.clone()).or_default(),
            };
            unread.notifications += 1;
            unread.highlights += u64::from(ring.highlight);
        }
        count
    }
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
        let known = room.events.as_ref().filter(|_| state.upto >= since && state.upto > Pos(0));
        match known {
            Some(events) => {
                fresh.push(events.iter().filter(|pos| **pos > state.upto && **pos <= upto).copied().collect());
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

fn may_ring(event: &Event, viewer: &Viewer, prefs: &Prefs) -> bool {
    event.sender_atom != viewer.nid && event.redacted_by.is_none() && !prefs.ignored.contains(event.sender.as_str())
}

/// What the rules want to know of the rooms in which there is something to look at.
async fn contexts(
    app: &App,
    viewer: &Viewer,
    rooms: &[Room],
    fresh: &[Vec<Arc<Event>>],
) -> Result<HashMap<RoomNid, PushConditionRoomCtx>> {
    let busy: Vec<(&Room, &Vec<Arc<Event>>)> = rooms
        .iter()
        .zip(fresh)
        .filter(|(_, events)| events.iter().any(|event| event.sender_atom != viewer.nid))
        .collect();
    if busy.is_empty() {
        return Ok(HashMap::new());
    }
    let heads = heads(app, busy.iter().map(|(room, _)| room.room)).await?;
    let own: Vec<Pos> = busy.iter().map(|(room, _)| room.joined).collect();
    let names = app.store.events(&own).await?;
    let names: HashMap<RoomNid, String> = names.iter().filter_map(|event| Some((event.room, name(event)?))).collect();
    let mut contexts = HashMap::with_capacity(busy.len());
    for (room, events) in busy {
        let Some(first) = events.first() else { continue };
        let count = UInt::try_from(heads.get(&room.room).copied().unwrap_or_default()).unwrap_or_default();
        let name = names.get(&room.room).cloned().unwrap_or_else(|| viewer.user.localpart().to_owned());
        let id: OwnedRoomId = first.room_id.clone();
        let mut context = PushConditionRoomCtx::new(id, count, viewer.user.clone(), name);
        // Only what speaks to everybody is asked for its sender's power.
        let to_all = |event: &Arc<Event>| {
            let content = event.content.get();
            content.contains("@room") || content.contains("\"room\":true")
        };
        if events.iter().any(to_all)
            && let Some(room) = app.rooms.by_nid(&app.store, room.room).await?
        {
            context = context.with_power_levels(power::levels(app, &room).await?.into());
        }
        contexts.insert(room.room, context);
    }
    Ok(contexts)
}

async fn heads(app: &App, rooms: impl Iterator<Item = RoomNid>) -> Result<HashMap<RoomNid, i64>> {
    let mut found = HashMap::new();
    let mut missing = Vec::new();
    for room in rooms {
        match app.sync.unread.heads.get(&room) {
            Some(count) => drop(found.insert(room, count)),
            None => missing.push(room),
        }
    }
    if !missing.is_empty() {
        for heads in app.store.heads(&missing).await? {
            if heads.membership == Membership::JOIN {
                app.sync.unread.heads.insert(heads.room, heads.count);
                found.insert(heads.room, heads.count);
            }
        }
    }
    Ok(found)
}

fn name(event: &Event) -> Option<String> {
    #[derive(Deserialize)]
    struct Content {
        displayname: Option<String>,
    }
    event.content::<Content>()?.displayname.filter(|name| !name.is_empty())
}

/// The event as the rules see it.
#[derive(Serialize)]
struct Seen<'a> {
    content: &'a RawValue,
    event_id: &'a str,
    room_id: &'a str,
    sender: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_key: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'a TimelineEventType,
    origin_server_ts: u64,
}

/// Which of some new events of a room ring for a user, and what is to be done about each.
pub async fn rings(
    app: &App,
    viewer: &Viewer,
    prefs: &Prefs,
    room: &Room,
    events: &[Arc<Event>],
) -> Result<Vec<(Pos, Vec<Action>)>> {
    let contexts = contexts(app, viewer, std::slice::from_ref(room), &[events.to_vec()]).await?;
    let Some(context) = contexts.get(&room.room) else { return Ok(Vec::new()) };
    let mut rings = Vec::new();
    for event in events.iter().filter(|event| may_ring(event, viewer, prefs)) {
        if let Some(actions) = actions(event, prefs, context).await {
            rings.push((event.pos, actions));
        }
    }
    Ok(rings)
}

/// Whether the event rings, and how.
async fn ring(event: &Event, prefs: &Prefs, context: &PushConditionRoomCtx) -> Option<Ring> {
    let actions = actions(event, prefs, context).await?;
    Some(Ring { pos: event.pos, highlight: actions.iter().any(Action::is_highlight), thread: thread_of(event) })
}

/// What the rules say is to be done, if the event rings.
async fn actions(event: &Event, prefs: &Prefs, context: &PushConditionRoomCtx) -> Option<Vec<Action>> {
    let seen = Seen {
        content: &event.content,
        event_id: event.event_id.as_str(),
        room_id: event.room_id.as_str(),
        sender: event.sender.as_str(),
        state_key: event.state_key.as_deref(),
        kind: &event.kind,
        origin_server_ts: event.ts,
    };
    let raw: Raw<AnySyncTimelineEvent> = Raw::from_json(to_raw_value(&seen).ok()?);
    let actions = prefs.rules.get_actions(&raw, context).await;
    actions.iter().any(Action::should_notify).then(|| actions.to_vec())
}

/// An event that rang.
#[derive(Clone, Debug)]
pub struct Rang {
    /// The event.
    pub event: Arc<Event>,
    /// What the rules say.
    pub actions: Vec<Action>,
    /// The user has read it.
    pub read: bool,
}

/// Those of `events` that rang, of the rooms in which the user, who has entered, is.
pub async fn rang(app: &App, viewer: &Viewer, prefs: &Prefs, events: Vec<Arc<Event>>) -> Result<Vec<Rang>> {
    let nids: BTreeSet<RoomNid> = events.iter().map(|event| event.room).collect();
    let nids: Vec<RoomNid> = nids.into_iter().collect();
    let roles = app.sync.live.joined_of(viewer.nid, &nids);
    let rooms: Vec<Room> = roles.iter().map(|role| Room { room: role.room, joined: role.pos, events: None }).collect();
    let of_room = |room: &Room| events.iter().filter(|event| event.room == room.room).cloned().collect::<Vec<_>>();
    let fresh: Vec<Vec<Arc<Event>>> = rooms.iter().map(of_room).collect();
    let contexts = contexts(app, viewer, &rooms, &fresh).await?;
    let mut marks: HashMap<RoomNid, Marks> = HashMap::new();
    for receipt in app.store.read_marks(viewer.nid, &nids).await? {
        marks.entry(receipt.room).or_default().add(&receipt);
    }
    let mut rang = Vec::new();
    for event in events {
        let Some(context) = contexts.get(&event.room).filter(|_| may_ring(&event, viewer, prefs)) else { continue };
        if let Some(actions) = actions(&event, prefs, context).await {
            let thread = thread_of(&event);
            let read = marks.get(&event.room).is_some_and(|marks| marks.have_read(event.pos, thread.as_deref()));
            rang.push(Rang { event, actions, read });
        }
    }
    Ok(rang)
}

/// The root of the thread an event is in.
#[must_use]
pub fn thread_of(event: &Event) -> Option<String> {
    #[derive(Deserialize)]
    struct Content {
        #[serde(rename = "m.relates_to")]
        relates_to: RelatesTo,
    }
    #[derive(Deserialize)]
    struct RelatesTo {
        rel_type: String,
        event_id: String,
    }
    if !event.content.get().contains("\"m.thread\"") {
        return None;
    }
    let relates_to = event.content::<Content>()?.relates_to;
    (relates_to.rel_type == "m.thread").then_some(relates_to.event_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memo(rings: &[(i64, Option<&str>)], all: i64, threads: &[(&str, i64)]) -> Memo {
        Memo {
            marks: Marks {
                all: Pos(all),
                threads: threads.iter().map(|(thread, pos)| ((*thread).to_owned(), Pos(*pos))).collect(),
            },
            rings: rings
                .iter()
                .map(|(pos, thread)| Ring {
                    pos: Pos(*pos),
                    highlight: pos % 2 == 0,
                    thread: thread.map(str::to_owned),
                })
                .collect(),
            ..Memo::default()
        }
    }

    #[test]
    fn a_receipt_takes_away_what_it_covers() {
        let rings = [(1, None), (2, Some("$t")), (3, None), (4, Some("$t")), (5, Some("$u"))];
        for (all, threads, main, in_threads) in [
            (0, &[][..], 2, &[("$t", 2), ("$u", 1)][..]),
            (3, &[][..], 0, &[("$t", 1), ("$u", 1)][..]),
            (0, &[("main", 9)][..], 0, &[("$t", 2), ("$u", 1)][..]),
            (0, &[("$t", 2)][..], 2, &[("$t", 1), ("$u", 1)][..]),
            (9, &[][..], 0, &[][..]),
        ] {
            let mut memo = memo(&rings, all, threads);
            memo.settle(Pos(10));
            let count = memo.count();
            let found: Vec<(&str, u64)> =
                count.threads.iter().map(|(thread, unread)| (thread.as_str(), unread.notifications)).collect();
            assert_eq!((count.main.notifications, found.as_slice()), (main, in_threads), "{all} {threads:?}");
        }
    }
}
