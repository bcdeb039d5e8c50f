//! What someone outside a room is told of it when they are invited or have knocked.
//! Specified in the client-server API, «Stripped state».

use std::{collections::HashMap, sync::Arc};

use super::{Ask, prefs::Prefs};
use crate::{
    app::App,
    error::Result,
    rooms::{Event, client_event::Stripped},
    store::{Pos, RoomNid},
};

/// The types of state that are told.
const TOLD: [&str; 7] = [
    "m.room.create",
    "m.room.join_rules",
    "m.room.name",
    "m.room.avatar",
    "m.room.topic",
    "m.room.canonical_alias",
    "m.room.encryption",
];

/// The stripped state of `rooms` by room, together with the events that made the user what they are to them.
/// Left out are the invitations of those the user ignores. Four queries at most.
pub(super) async fn stripped(
    app: &App,
    ask: &Ask,
    prefs: &Prefs,
    rooms: &[RoomNid],
    upto: Pos,
) -> Result<HashMap<RoomNid, Vec<Stripped>>> {
    let mut told: HashMap<RoomNid, Vec<Stripped>> = HashMap::with_capacity(rooms.len());
    let (Some(member), Some(key)) = (app.store.find_atom("m.room.member").await?, app.store.find_atom("").await?)
    else {
        return Ok(told);
    };
    if rooms.is_empty() {
        return Ok(told);
    }
    let own: Vec<_> = rooms.iter().map(|&room| (room, ask.caller.nid, upto)).collect();
    let own = pieces(app, member, &own).await?;
    let own: Vec<Arc<Event>> = own.into_iter().filter(|event| !prefs.ignored.contains(event.sender.as_str())).collect();
    let hosts = own.iter().filter(|event| event.sender_atom != ask.caller.nid);
    let hosts: Vec<_> = hosts.map(|event| (event.room, event.sender_atom, upto)).collect();
    let hosts = pieces(app, member, &hosts).await?;
    let mut kinds = Vec::with_capacity(TOLD.len());
    for kind in TOLD {
        kinds.extend(app.store.find_atom(kind).await?);
    }
    let rooms: Vec<RoomNid> = own.iter().map(|event| event.room).collect();
    let about = app.store.state_of_rooms(&rooms, &kinds, key).await?;
    for event in about.into_iter().chain(hosts).chain(own) {
        told.entry(event.room).or_default().push(Stripped(event));
    }
    Ok(told)
}

async fn pieces(
    app: &App,
    kind: crate::store::Atom,
    wanted: &[(RoomNid, crate::store::Atom, Pos)],
) -> Result<Vec<Arc<Event>>> {
    let found: Vec<Pos> = app.store.pieces_at(kind, wanted).await?.iter().map(|place| place.pos).collect();
    Ok(app.store.events(&found).await?)
}
