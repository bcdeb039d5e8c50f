//! What to call a room that has no name: how many are in it, and who. Told when that may have changed.
//! Specified in the client-server API, «Calculating the display name for a room».

use std::collections::{HashMap, HashSet};

use ruma::events::TimelineEventType;

use super::{Ask, answer::Summary, rooms::Told, timeline::Cut};
use crate::{
    app::App,
    error::Result,
    store::{Atom, Membership, RoomNid, sync::Guest},
};

/// Users a room is called by.
const HEROES: usize = 5;

/// Summaries of the rooms whose members may have changed, and their heroes. At most five queries.
pub(super) async fn summaries(
    app: &App,
    ask: &Ask,
    rooms: &[Told],
    cuts: &HashMap<RoomNid, Cut>,
) -> Result<(HashMap<RoomNid, Summary>, Vec<(RoomNid, Atom)>)> {
    let moved = |room: &Told| room.members || cuts.get(&room.room).is_some_and(has_members);
    let changed: Vec<RoomNid> = rooms.iter().filter(|room| room.inside && moved(room)).map(|room| room.room).collect();
    if changed.is_empty() {
        return Ok((HashMap::new(), Vec::new()));
    }
    let mut summaries: HashMap<RoomNid, Summary> = changed.iter().map(|&room| (room, Summary::default())).collect();
    for heads in app.store.heads(&changed).await? {
        let Some(summary) = summaries.get_mut(&heads.room) else { continue };
        match heads.membership {
            Membership::JOIN => summary.joined = heads.count,
            _ => summary.invited = heads.count,
        }
    }
    let named = named(app, &changed).await?;
    let nameless: Vec<RoomNid> = changed.into_iter().filter(|room| !named.contains(room)).collect();
    let heroes = heroes(app, ask, &nameless).await?;
    let names: Vec<Atom> = heroes.iter().map(|guest| guest.who).collect();
    let names = app.store.texts(&names).await?;
    for room in &nameless {
        let of_room = heroes.iter().filter(|guest| guest.room == *room).filter_map(|guest| names.get(&guest.who));
        if let Some(summary) = summaries.get_mut(room) {
            summary.heroes = Some(of_room.map(|name| name.to_string()).collect());
        }
    }
    Ok((summaries, heroes.into_iter().map(|guest| (guest.room, guest.who)).collect()))
}

/// Whether somebody came or went, or may have in what is left out.
fn has_members(cut: &Cut) -> bool {
    cut.limited || cut.events.iter().any(|event| event.kind == TimelineEventType::RoomMember)
}

/// The rooms that have a name or an address.
async fn named(app: &App, rooms: &[RoomNid]) -> Result<HashSet<RoomNid>> {
    let (Some(key), mut kinds) = (app.store.find_atom("").await?, Vec::new()) else { return Ok(HashSet::new()) };
    for kind in ["m.room.name", "m.room.canonical_alias"] {
        kinds.extend(app.store.find_atom(kind).await?);
    }
    if kinds.is_empty() {
        return Ok(HashSet::new());
    }
    let events = app.store.state_of_rooms(rooms, &kinds, key).await?;
    let says = |content: &str| content.contains("\"name\":\"") || content.contains("\"alias\":\"");
    let says_something = |content: &str| says(content) && !content.contains("\"name\":\"\"");
    Ok(events.iter().filter(|event| says_something(event.content.get())).map(|event| event.room).collect())
}

/// The first to come, without the user; those who left if nobody else is there.
async fn heroes(app: &App, ask: &Ask, rooms: &[RoomNid]) -> Result<Vec<Guest>> {
    if rooms.is_empty() {
        return Ok(Vec::new());
    }
    let others = |guests: Vec<Guest>| -> Vec<Guest> {
        let mut seen: HashMap<RoomNid, usize> = HashMap::new();
        let fits = |guest: &Guest| {
            let count = seen.entry(guest.room).or_default();
            *count += usize::from(guest.who != ask.caller.nid);
            guest.who != ask.caller.nid && *count <= HEROES
        };
        guests.into_iter().filter(fits).collect()
    };
    let present = [Membership::JOIN, Membership::INVITE];
    let mut heroes = others(app.store.earliest(rooms, &present, HEROES + 1).await?);
    let full: HashSet<RoomNid> = heroes.iter().map(|guest| guest.room).collect();
    let lonely: Vec<RoomNid> = rooms.iter().filter(|room| !full.contains(room)).copied().collect();
    if !lonely.is_empty() {
        let gone = [Membership::LEAVE, Membership::BAN];
        heroes.extend(others(app.store.earliest(&lonely, &gone, HEROES + 1).await?));
    }
    Ok(heroes)
}
