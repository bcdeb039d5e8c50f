//! The state of each room at the start (or the end) of its timeline, as far as the client does not know it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{Ask, rooms::Told, timeline::Cut};
use crate::{
    app::App,
    error::Result,
    rooms::Event,
    store::{
        Pos, RoomNid,
        sync::{Place, Reach},
    },
};

/// Positions between two syncs up to which it is cheaper to look at what was sent than at all state there ever was.
const SHORT: i64 = 5_000;

/// State of rooms. Three queries, and one for events not in memory; none for rooms of which the client knows everything.
pub(super) async fn states(
    app: &App,
    ask: &Ask,
    rooms: &[Told],
    cuts: &HashMap<RoomNid, Cut>,
    since: Option<Pos>,
) -> Result<HashMap<RoomNid, Vec<Arc<Event>>>> {
    let filter = &ask.filter.room.state;
    let (mut whole, mut changed) = (Vec::new(), Vec::new());
    for room in rooms.iter().filter(|room| !room.outsider) {
        let Some(cut) = cuts.get(&room.room) else { continue };
        let upto = at(ask, room, cut);
        match since.filter(|_| room.known && !ask.full_state) {
            None => whole.push(Reach { room: room.room, after: Pos(0), upto }),
            Some(after) if upto > after && is_needed(ask, room, cut) => {
                changed.push(Reach { room: room.room, after, upto });
            }
            Some(_) => {}
        }
    }
    let member = app.store.find_atom("m.room.member").await?;
    let without = member.filter(|_| filter.lazy_load_members);
    let mut places: Vec<Place> = app.store.state_positions(&whole, without).await?;
    let (long, short): (Vec<Reach>, Vec<Reach>) = changed.into_iter().partition(|r| r.upto.0 - r.after.0 > SHORT);
    places.extend(app.store.state_positions(&long, None).await?);
    places.extend(app.store.state_changes(&short).await?);
    if places.is_empty() {
        return Ok(HashMap::new());
    }
    let told: HashSet<Pos> = if ask.state_after {
        HashSet::new()
    } else {
        cuts.values().flat_map(|cut| cut.events.iter().map(|event| event.pos)).collect()
    };
    let wanted: Vec<Pos> = places.iter().map(|place| place.pos).filter(|pos| !told.contains(pos)).collect();
    let mut states: HashMap<RoomNid, Vec<Arc<Event>>> = HashMap::with_capacity(rooms.len());
    for event in app.store.events(&wanted).await? {
        if filter.wants(&event) {
            states.entry(event.room).or_default().push(event);
        }
    }
    Ok(states)
}

/// Right after which position the state is told.
pub(super) fn at(ask: &Ask, room: &Told, cut: &Cut) -> Pos {
    // A timeline with holes in it may miss changes of state anywhere: then it is told as it is at the end.
    if ask.state_after || !ask.filter.room.timeline.is_open() {
        return room.upto;
    }
    cut.events.first().map_or(room.upto, |first| Pos(first.pos.0 - 1))
}

/// Whether a client that knows the room may have missed changes: not while every event since is in the timeline.
fn is_needed(ask: &Ask, room: &Told, cut: &Cut) -> bool {
    let all_wanted = ask.filter.room.timeline.is_open() && !cut.limited && room.history.is_none();
    let complete = all_wanted || room.events.as_ref().is_some_and(|events| events.len() == cut.events.len());
    let has_state = cut.events.iter().any(|event| event.state_key.is_some());
    if complete { ask.state_after && has_state } else { true }
}
