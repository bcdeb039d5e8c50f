//! The new events of each room, as far as the user may see them and wants to.

use std::{collections::HashMap, sync::Arc};

use super::{Ask, prefs::Prefs, rooms::Told};
use crate::{
    app::App,
    error::Result,
    rooms::Event,
    store::{Pos, RoomNid, sync::Reach},
};

/// The new events of a room.
pub(super) struct Cut {
    /// Oldest first.
    pub(super) events: Vec<Arc<Event>>,
    /// There are more between the client's token and these.
    pub(super) limited: bool,
    /// Everything after this position was looked at and is here, as far as it is wanted.
    pub(super) start: Pos,
}

/// Reads the timelines of `rooms`: one query for what is not in memory.
pub(super) async fn timelines(
    app: &App,
    ask: &Ask,
    prefs: &Prefs,
    rooms: &[Told],
    since: Option<Pos>,
) -> Result<HashMap<RoomNid, Cut>> {
    let filter = &ask.filter.room.timeline;
    let wanted = filter.events();
    // What is not wanted takes room too; further back the client may page.
    let scan = if filter.is_open() && prefs.ignored.is_empty() { wanted + 1 } else { wanted * 4 + 20 };
    let reaches = rooms.iter().filter(|room| room.events.is_none() && !room.outsider).map(|room| Reach {
        room: room.room,
        after: since.filter(|_| room.known).unwrap_or_default(),
        upto: room.upto,
    });
    let reaches: Vec<Reach> = reaches.collect();
    let mut tails = if reaches.is_empty() { HashMap::new() } else { app.store.tails(&reaches, scan).await? };
    let mut positions: HashMap<RoomNid, Vec<Pos>> = HashMap::with_capacity(rooms.len());
    for room in rooms {
        let newest_first = match &room.events {
            _ if room.outsider => vec![room.role.pos],
            Some(events) => events.iter().rev().take(scan).copied().collect(),
            None => tails.remove(&room.room).unwrap_or_default(),
        };
        positions.insert(room.room, newest_first);
    }
    let all: Vec<Pos> = positions.values().flatten().copied().collect();
    let events = filter.related(app, app.store.events(&all).await?).await?;
    let events: HashMap<Pos, Arc<Event>> = events.into_iter().map(|event| (event.pos, event)).collect();
    let cuts = rooms.iter().map(|room| {
        let scanned = positions.remove(&room.room).unwrap_or_default();
        let found = scanned.iter().filter_map(|pos| events.get(pos)).cloned();
        let may_see = |event: &Arc<Event>| {
            room.history.as_ref().is_none_or(|history| history.allows(event.pos))
                && (event.state_key.is_some() || !prefs.ignored.contains(event.sender.as_str()))
                && filter.wants(event)
        };
        let kept: Vec<Arc<Event>> = found.filter(may_see).collect();
        let oldest = if scanned.len() >= scan { scanned.last().copied() } else { None };
        (room.room, cut(kept, oldest, wanted, room, since))
    });
    Ok(cuts.collect())
}

/// The newest `wanted` of what was kept (newest first), and whether something is missing before. `oldest` is where the
/// look back was broken off.
fn cut(mut kept: Vec<Arc<Event>>, oldest: Option<Pos>, wanted: usize, room: &Told, since: Option<Pos>) -> Cut {
    let too_many = kept.len() > wanted;
    kept.truncate(wanted);
    kept.reverse();
    let before = |pos: Pos| Pos(pos.0 - 1);
    let start = match (kept.first(), oldest) {
        (Some(first), _) if too_many => before(first.pos),
        (_, Some(oldest)) => before(oldest),
        (Some(first), None) if !room.known => before(first.pos),
        (None, None) if !room.known => room.upto,
        (_, None) => since.unwrap_or_default(),
    };
    // A client that comes back to a room has a gap where it was away.
    let returns = since.is_some() && !room.known && !room.outsider;
    Cut { events: kept, limited: too_many || oldest.is_some() || returns, start }
}
