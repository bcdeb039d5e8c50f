//! What the push rules of a user say of events.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use ruma::{
    OwnedRoomId, UInt,
    events::{AnySyncTimelineEvent, TimelineEventType},
    push::{Action, PushConditionRoomCtx},
    serde::Raw,
};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::{
    Room,
    memo::{Marks, Ring},
};
use crate::{
    app::App,
    error::Result,
    rooms::{Event, client_event::Viewer, power},
    store::{Membership, Pos, RoomNid},
    sync::prefs::Prefs,
};

pub(super) fn may_ring(event: &Event, viewer: &Viewer, prefs: &Prefs) -> bool {
    event.sender_atom != viewer.nid && event.redacted_by.is_none() && !prefs.ignored.contains(event.sender.as_str())
}

/// What the rules want to know of the rooms in which there is something to look at.
pub(super) async fn contexts(
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
pub(super) async fn ring(event: &Event, prefs: &Prefs, context: &PushConditionRoomCtx) -> Option<Ring> {
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
