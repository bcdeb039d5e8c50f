//! What is inside a space, level by level. Specified in the client-server API, «Spaces».

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use ruma::{RoomId, UserId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Event, directory};
use crate::{
    app::App,
    error::{MatrixError, Result},
    store::{Membership, RoomNid},
};

/// Rooms that one walk looks at.
const ROOMS: usize = 1_000;

/// How to walk.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// How many levels below the first room.
    pub depth: u64,
    /// Only what is suggested.
    pub suggested_only: bool,
}

/// A room of the walk with what is told of it.
struct Stop {
    id: String,
    told: Value,
    children: Vec<String>,
}

/// What the caller is to the rooms, and what can be told of them.
struct Level {
    states: HashMap<RoomNid, Vec<Arc<Event>>>,
    joined: HashMap<RoomNid, i64>,
    own: HashMap<RoomNid, Membership>,
}

/// The rooms of a space, the space first, as far as `user` may know of them; children in the order of the space.
/// A fixed number of queries for each level.
pub async fn walk(app: &App, user: &UserId, from: &RoomId, walk: Walk) -> Result<Vec<Value>> {
    let refused = || MatrixError::forbidden("You are not in this room, or it does not exist.");
    let first = app.rooms.by_id(&app.store, from).await?.ok_or_else(refused)?;
    let mut stops: HashMap<String, Stop> = HashMap::new();
    let mut level = vec![first.nid];
    let mut seen: HashSet<String> = HashSet::from([from.to_string()]);
    for depth in 0..=walk.depth {
        let found = look(app, user, &level, walk, depth < walk.depth).await?;
        let mut next = Vec::new();
        for stop in found {
            next.extend(stop.children.iter().filter(|id| seen.insert((*id).clone())).cloned());
            stops.insert(stop.id.clone(), stop);
        }
        next.truncate(ROOMS.saturating_sub(stops.len()));
        level = app.store.room_nids(&next).await?;
        if level.is_empty() {
            break;
        }
    }
    let mut rooms = Vec::new();
    in_order(from.as_str(), &mut stops, &mut rooms);
    if rooms.is_empty() { Err(refused()) } else { Ok(rooms) }
}

/// Parents before children, as the walk of a reader goes.
fn in_order(id: &str, stops: &mut HashMap<String, Stop>, rooms: &mut Vec<Value>) {
    let mut waiting = vec![id.to_owned()];
    while let Some(id) = waiting.pop() {
        if let Some(stop) = stops.remove(&id) {
            rooms.push(stop.told);
            waiting.extend(stop.children.into_iter().rev());
        }
    }
}

async fn look(app: &App, user: &UserId, rooms: &[RoomNid], walk: Walk, inside: bool) -> Result<Vec<Stop>> {
    let level = load(app, user, rooms).await?;
    let child = app.store.atom("m.space.child").await?;
    let mut children: HashMap<RoomNid, Vec<Arc<Event>>> = HashMap::new();
    for event in app.store.state_of_kind_in(rooms, child).await? {
        children.entry(event.room).or_default().push(event);
    }
    let mut stops = Vec::new();
    for room in rooms {
        let Some(state) = level.states.get(room) else { continue };
        if !may_know(app, user, state, level.own.get(room).copied()).await? {
            continue;
        }
        let mut inner = children.remove(room).unwrap_or_default();
        inner.retain(|event| is_child(event, walk.suggested_only));
        inner.sort_by_key(|event| order(event));
        let joined = level.joined.get(room).copied().unwrap_or_default();
        stops.extend(stop(state, joined, if inside { inner } else { Vec::new() }));
    }
    Ok(stops)
}

async fn load(app: &App, user: &UserId, rooms: &[RoomNid]) -> Result<Level> {
    let mut kinds = Vec::with_capacity(directory::TOLD.len());
    for kind in directory::TOLD {
        kinds.push(app.store.atom(kind).await?);
    }
    let empty = app.store.atom("").await?;
    let mut states: HashMap<RoomNid, Vec<Arc<Event>>> = HashMap::new();
    for event in app.store.state_of_rooms(rooms, &kinds, empty).await? {
        states.entry(event.room).or_default().push(event);
    }
    let joined = app.store.joined_counts(rooms).await?;
    let user = app.store.atom(user.as_str()).await?;
    let all = [Membership::JOIN, Membership::INVITE, Membership::KNOCK];
    let own = app.store.rooms_of(user, &all).await?;
    let own = own.into_iter().map(|member| (member.room, member.membership)).collect();
    Ok(Level { states, joined, own })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JoinRules {
    join_rule: String,
    allow: Vec<Value>,
}

impl JoinRules {
    fn of(state: &[Arc<Event>]) -> Self {
        let event = state.iter().find(|event| event.is_state("m.room.join_rules", ""));
        event.and_then(|event| event.content()).unwrap_or_default()
    }

    /// The rooms whose members are let in.
    fn rooms(&self) -> Vec<&str> {
        self.allow.iter().filter_map(|allow| allow["room_id"].as_str()).collect()
    }
}

/// Whether the room may be told of: to who is in it or asked in, to all if it is open, to members of the rooms it lets in.
async fn may_know(app: &App, user: &UserId, state: &[Arc<Event>], own: Option<Membership>) -> Result<bool> {
    if matches!(own, Some(Membership::JOIN | Membership::INVITE)) {
        return Ok(true);
    }
    let rules = JoinRules::of(state);
    let readable = directory::describe(state, 0).is_some_and(|chunk| chunk.world_readable);
    if readable || matches!(rules.join_rule.as_str(), "public" | "knock" | "knock_restricted") {
        return Ok(true);
    }
    if rules.join_rule == "restricted" {
        for id in rules.rooms().into_iter().filter_map(|id| RoomId::parse(id).ok()) {
            let Some(room) = app.rooms.by_id(&app.store, &id).await? else { continue };
            if super::membership::of(app, &room, user).await? == Some(Membership::JOIN) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn stop(state: &[Arc<Event>], joined: i64, inner: Vec<Arc<Event>>) -> Option<Stop> {
    let chunk = directory::describe(state, joined)?;
    let id = chunk.room_id.to_string();
    let mut told = serde_json::to_value(&chunk).ok()?;
    let rules = JoinRules::of(state);
    if rules.join_rule.ends_with("restricted") {
        told["allowed_room_ids"] = json!(rules.rooms());
    }
    told["children_state"] = inner
        .iter()
        .map(|event| {
            json!({
                "type": "m.space.child", "state_key": event.state_key, "content": event.content,
                "sender": event.sender, "origin_server_ts": event.ts,
            })
        })
        .collect();
    let children = inner.iter().filter_map(|event| event.state_key.clone()).collect();
    Some(Stop { id, told, children })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Child {
    via: Vec<String>,
    suggested: bool,
    order: Option<String>,
}

/// A child is one only while it says by which servers it can be reached.
fn is_child(event: &Event, suggested_only: bool) -> bool {
    let child: Child = event.content().unwrap_or_default();
    !child.via.is_empty() && (child.suggested || !suggested_only)
}

/// First those with an order, by it; then by age.
fn order(event: &Event) -> (bool, String, u64, String) {
    let valid = |order: &String| order.len() <= 50 && order.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    let order = event.content::<Child>().and_then(|child| child.order).filter(valid);
    (order.is_none(), order.unwrap_or_default(), event.ts, event.state_key.clone().unwrap_or_default())
}
