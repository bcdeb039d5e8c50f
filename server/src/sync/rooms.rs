//! Sorts rooms by what the client knows of them and what it is to be told.

use std::collections::HashMap;

use super::{
    Ask,
    live::{News, RoomNews},
};
use crate::{
    app::App,
    error::Result,
    rooms::visibility::{self, History},
    store::{Membership, Pos, RoomNid, sync::Role},
};

/// Rooms, sorted.
#[derive(Default)]
pub(super) struct Sorted {
    /// Rooms with a timeline: the user is in them, or was.
    pub(super) told: Vec<Told>,
    /// Rooms the user is asked into.
    pub(super) invited: Vec<RoomNid>,
    /// Rooms the user asked to be let into.
    pub(super) knocked: Vec<RoomNid>,
}

/// A room with a timeline.
pub(super) struct Told {
    pub(super) room: RoomNid,
    pub(super) room_id: String,
    pub(super) role: Role,
    /// The user is in it; was, otherwise.
    pub(super) inside: bool,
    /// The client knows the room as it was at its token.
    pub(super) known: bool,
    /// The user was never in it: a retracted or refused invitation.
    pub(super) outsider: bool,
    /// Read up to here.
    pub(super) upto: Pos,
    /// The events since the token, if they are known already.
    pub(super) events: Option<Vec<Pos>>,
    /// Somebody's receipt is new, or may be.
    pub(super) receipts: bool,
    /// Somebody came or went.
    pub(super) members: bool,
    /// What was visible when, and what the user was; none if the user was in the room all along.
    pub(super) history: Option<History>,
}

/// Sorts the rooms of `news`. At most two queries, none while nobody's part in any room has changed.
pub(super) async fn sort(app: &App, ask: &Ask, news: News, since: Option<Pos>) -> Result<Sorted> {
    let mut rooms: Vec<RoomNews> = news.rooms.into_values().collect();
    let begins = since.is_none();
    rooms.retain(|room| match room.role.membership {
        Membership::JOIN => true,
        Membership::LEAVE | Membership::BAN if begins => ask.filter.room.include_leave && !room.role.forgotten,
        _ => begins || changed(&room.role, since),
    });
    let names = names(app, &rooms).await?;
    rooms.retain(|room| names.get(&room.role.room).is_some_and(|id| ask.filter.room.wants(id)));
    let unsure: Vec<RoomNid> =
        rooms.iter().filter(|room| begins || changed(&room.role, since)).map(|room| room.role.room).collect();
    let mut histories =
        if unsure.is_empty() { HashMap::new() } else { visibility::histories(app, ask.caller.nid, &unsure).await? };
    let mut sorted = Sorted::default();
    for room in rooms {
        let nid = room.role.room;
        match room.role.membership {
            Membership::INVITE => sorted.invited.push(nid),
            Membership::KNOCK => sorted.knocked.push(nid),
            _ => {
                let id = names.get(&nid).cloned().unwrap_or_default();
                sorted.told.push(told(room, id, histories.remove(&nid), since, news.upto, news.exact));
            }
        }
    }
    sorted.told.sort_unstable_by_key(|room| room.room);
    Ok(sorted)
}

fn changed(role: &Role, since: Option<Pos>) -> bool {
    since.is_some_and(|since| role.pos > since)
}

/// What is known of one room, and so what is to be told. Pure.
fn told(news: RoomNews, room_id: String, history: Option<History>, since: Option<Pos>, upto: Pos, exact: bool) -> Told {
    let role = news.role;
    let inside = role.membership == Membership::JOIN;
    let was_in = |pos: Pos| history.as_ref().is_none_or(|history| history.membership_at(pos) == Membership::JOIN);
    let known = since.is_some_and(was_in);
    let outsider = !inside && history.as_ref().is_some_and(|history| history.reach().is_none());
    let returned = |history: &History| {
        let since = since.unwrap_or_default();
        history.membership.iter().any(|(pos, is)| *pos > since && *is != Membership::JOIN)
    };
    // Who was in the room at the token and in no other state since may see all that came since.
    let history = history.filter(|history| !inside || !known || returned(history));
    Told {
        room: role.room,
        room_id,
        role,
        inside,
        known,
        outsider: outsider || (!inside && !known && since.is_some_and(|since| never_since(history.as_ref(), since))),
        upto: if inside { upto } else { role.pos.min(upto) },
        events: (exact && known).then_some(news.events),
        receipts: news.receipts || !exact || !known,
        members: news.members || !known,
        history,
    }
}

fn never_since(history: Option<&History>, since: Pos) -> bool {
    history.is_some_and(|history| !history.membership.iter().any(|(pos, is)| *pos > since && *is == Membership::JOIN))
}

/// The ids of rooms; one query for those not in memory.
async fn names(app: &App, rooms: &[RoomNews]) -> Result<HashMap<RoomNid, String>> {
    let mut names = HashMap::with_capacity(rooms.len());
    let mut missing = Vec::new();
    for room in rooms.iter().map(|room| room.role.room) {
        match app.sync.names.get(&room) {
            Some(id) => drop(names.insert(room, id.to_string())),
            None => missing.push(room),
        }
    }
    if !missing.is_empty() {
        for (room, id) in app.store.room_ids(&missing).await? {
            app.sync.names.insert(room, id.as_str().into());
            names.insert(room, id);
        }
    }
    Ok(names)
}
