//! Events as clients see them. Content is written as it is stored, never parsed on the way.
//! Specified in the client-server API, «Event format» and «Aggregations».

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use ruma::{OwnedEventId, OwnedUserId, events::TimelineEventType};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use super::{Event, aggregate, visibility::History};
use crate::{
    app::App,
    error::Result,
    http::caller::Caller,
    store::{Atom, DeviceNid, Membership, Pos, RoomNid, sync::Reach},
};

/// For whom events are written.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The user.
    pub user: OwnedUserId,
    /// The number of the user.
    pub nid: Atom,
    /// The device, which alone is told the transaction ids it used.
    pub device: DeviceNid,
    /// Now, in milliseconds since 1970.
    pub now: u64,
}

impl Viewer {
    /// Whoever asks.
    #[must_use]
    pub fn new(app: &App, caller: &Caller) -> Self {
        Self { user: caller.user.clone(), nid: caller.nid, device: caller.device_nid, now: app.clock.now_ms() }
    }
}

/// An event ready to be written for somebody.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The event.
    pub event: Arc<Event>,
    /// `room_id` is left out where the answer says it elsewhere.
    pub with_room: bool,
    /// What goes to `unsigned`.
    pub unsigned: Unsigned,
}

/// What a client is told beside the event.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Unsigned {
    age: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    membership: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_content: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces_state: Option<OwnedEventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_sender: Option<OwnedUserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redacted_because: Option<Box<Shown>>,
    #[serde(rename = "m.relations", skip_serializing_if = "Option::is_none")]
    relations: Option<aggregate::Bundle>,
}

/// What has to be looked up before events can be written: what they replaced, what emptied them, what is said of them.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    replaced: HashMap<Pos, Arc<Event>>,
    because: HashMap<Pos, Arc<Event>>,
    bundles: HashMap<Pos, aggregate::Bundle>,
}

/// Whether there may be events that speak of those asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// Look for them.
    Perhaps,
    /// The events asked about are the newest of their room: unless one of them speaks of another, nothing does.
    OnlyAmongThem,
}

/// For each room the stretch in which its state events stand.
fn reaches(events: &[Arc<Event>]) -> Vec<Reach> {
    let mut reaches: BTreeMap<RoomNid, Reach> = BTreeMap::new();
    for event in events.iter().filter(|event| event.state_key.is_some()) {
        let (room, pos) = (event.room, event.pos);
        let reach = reaches.entry(room).or_insert(Reach { room, after: pos, upto: pos });
        reach.after = reach.after.min(Pos(pos.0 - 1));
        reach.upto = reach.upto.max(pos);
    }
    reaches.into_values().collect()
}

impl Beside {
    /// Looks up what is needed for `events`, and nothing when nothing is.
    pub async fn of(app: &App, viewer: &Viewer, events: &[Arc<Event>], spoken: Spoken) -> Result<Self> {
        let reaches = reaches(events);
        let mut replaced = if reaches.is_empty() { HashMap::new() } else { app.store.replaced(&reaches).await? };
        let there: HashSet<Pos> = events.iter().map(|event| event.pos).collect();
        replaced.retain(|at, _| there.contains(at));
        let mut wanted: Vec<Pos> = replaced.values().copied().collect();
        wanted.extend(events.iter().filter_map(|event| event.redacted_by));
        let found: HashMap<Pos, Arc<Event>> =
            app.store.events(&wanted).await?.into_iter().map(|event| (event.pos, event)).collect();
        let replaced =
            replaced.into_iter().filter_map(|(at, before)| Some((at, Arc::clone(found.get(&before)?)))).collect();
        let because = events.iter().filter_map(|event| Some((event.pos, Arc::clone(found.get(&event.redacted_by?)?))));
        let because = because.collect();
        let speaks = |event: &Arc<Event>| event.content.get().contains("\"m.relates_to\"");
        let bundles = if spoken == Spoken::Perhaps || events.iter().any(speaks) {
            aggregate::bundles(app, viewer, events).await?
        } else {
            HashMap::new()
        };
        Ok(Self { replaced, because, bundles })
    }

    /// Drops what may not be seen: what is said of events elsewhere, and what state was before, unless the user was in
    /// the room when it changed.
    pub fn restrict(&mut self, history: &History) {
        self.bundles.retain(|_, bundle| bundle.said_at().all(|pos| history.allows(pos)));
        let inside = |pos: &Pos| history.membership_at(*pos) == Membership::JOIN;
        self.replaced.retain(|at, before| inside(at) || history.allows(before.pos));
    }

    /// One event, for a viewer who was `membership` when it was sent.
    #[must_use]
    pub fn show(&self, viewer: &Viewer, event: &Arc<Event>, membership: Option<Membership>) -> Shown {
        let mut shown = plain(viewer, event);
        let unsigned = &mut shown.unsigned;
        unsigned.membership = membership.map(Membership::as_str);
        if let Some(before) = self.replaced.get(&event.pos) {
            unsigned.prev_content = Some(before.content.clone());
            unsigned.prev_sender = Some(before.sender.clone());
            unsigned.replaces_state = Some(before.event_id.clone());
        }
        unsigned.redacted_because = self.because.get(&event.pos).map(|because| Box::new(plain(viewer, because)));
        unsigned.relations = self.bundles.get(&event.pos).cloned();
        shown
    }
}

/// An event with nothing beside it but its age and, for the device that sent it, its transaction id.
#[must_use]
pub fn plain(viewer: &Viewer, event: &Arc<Event>) -> Shown {
    let own = event.sender == viewer.user && viewer.device != DeviceNid::NONE;
    let txn = event.txn.as_ref().filter(|(device, _)| own && *device == viewer.device);
    let unsigned = Unsigned {
        age: viewer.now.saturating_sub(event.ts),
        transaction_id: txn.map(|(_, txn)| txn.clone()),
        ..Unsigned::default()
    };
    Shown { event: Arc::clone(event), with_room: true, unsigned }
}

/// Events as they are, each with all that belongs beside it.
pub async fn show_all(
    app: &App,
    viewer: &Viewer,
    events: &[Arc<Event>],
    membership: impl Fn(Pos) -> Option<Membership>,
) -> Result<Vec<Shown>> {
    let beside = Beside::of(app, viewer, events, Spoken::Perhaps).await?;
    Ok(events.iter().map(|event| beside.show(viewer, event, membership(event.pos))).collect())
}

impl Shown {
    /// Without what was said of the event after `upto`.
    #[must_use]
    pub fn before(mut self, upto: Pos) -> Self {
        self.unsigned.relations = self.unsigned.relations.filter(|bundle| bundle.said_at().all(|pos| pos <= upto));
        self
    }

    /// Puts what is said of the event beside it.
    pub(super) fn bundle(&mut self, bundle: aggregate::Bundle) {
        self.unsigned.relations = Some(bundle);
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = &*self.event;
        let mut map = serializer.serialize_map(None)?;
        write_body(&mut map, event)?;
        if self.with_room {
            map.serialize_entry("room_id", &event.room_id)?;
        }
        map.serialize_entry("unsigned", &self.unsigned)?;
        map.end()
    }
}

/// Everything but room and `unsigned`.
fn write_body<M: SerializeMap>(map: &mut M, event: &Event) -> Result<(), M::Error> {
    let redacts = (event.kind == TimelineEventType::RoomRedaction).then(|| redacts(event)).flatten();
    match &redacts {
        Some((target, true)) => map.serialize_entry("content", &with_redacts(event, target))?,
        _ => map.serialize_entry("content", &event.content)?,
    }
    map.serialize_entry("event_id", &event.event_id)?;
    map.serialize_entry("origin_server_ts", &event.ts)?;
    if let Some((target, _)) = &redacts {
        map.serialize_entry("redacts", target)?;
    }
    map.serialize_entry("sender", &event.sender)?;
    if let Some(key) = &event.state_key {
        map.serialize_entry("state_key", key)?;
    }
    map.serialize_entry("type", &event.kind)
}

/// What a redaction is aimed at, and whether its content has yet to say so: clients know either form, so they get both.
fn redacts(event: &Event) -> Option<(OwnedEventId, bool)> {
    #[derive(Deserialize)]
    struct Content {
        redacts: OwnedEventId,
    }
    match event.content::<Content>() {
        Some(content) => Some((content.redacts, false)),
        None => event.redacts.clone().map(|target| (target, true)),
    }
}

fn with_redacts(event: &Event, target: &OwnedEventId) -> BTreeMap<String, Box<RawValue>> {
    let mut content: BTreeMap<String, Box<RawValue>> = event.content().unwrap_or_default();
    if let Ok(target) = serde_json::value::to_raw_value(target) {
        content.insert("redacts".to_owned(), target);
    }
    content
}

/// A state event with no more than what someone outside the room is told.
#[derive(Clone, Debug)]
pub struct Stripped(pub Arc<Event>);

impl Serialize for Stripped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = &*self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("content", &event.content)?;
        map.serialize_entry("event_id", &event.event_id)?;
        map.serialize_entry("origin_server_ts", &event.ts)?;
        map.serialize_entry("sender", &event.sender)?;
        map.serialize_entry("state_key", &event.state_key)?;
        map.serialize_entry("type", &event.kind)?;
        map.end()
    }
}
