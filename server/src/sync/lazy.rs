//! Members are sent only when they speak, and only once to each device.
//! Specified in the client-server API, «Lazy-loading room members».

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{Ask, rooms::Told, state, timeline::Cut};
use crate::{
    app::App,
    error::Result,
    rooms::Event,
    store::{Atom, DeviceNid, Pos, RoomNid},
};

/// Which members were sent to which device, and with which answer.
pub(super) struct Lazy(moka::sync::Cache<(Atom, DeviceNid), Arc<Mutex<Known>>>);

type Known = HashMap<(RoomNid, Atom), Pos>;

/// Devices remembered.
const DEVICES: u64 = 10_000;
/// Members remembered for a device.
const MEMBERS: usize = 50_000;

impl Default for Lazy {
    fn default() -> Self {
        let idle = Duration::from_secs(60 * 60);
        Self(moka::sync::Cache::builder().max_capacity(DEVICES).time_to_idle(idle).build())
    }
}

impl Lazy {
    fn of(&self, ask: &Ask) -> Arc<Mutex<Known>> {
        self.0.get_with((ask.caller.nid, ask.caller.device_nid), Arc::default)
    }

    /// Those of `wanted` that the device does not know. Only what was sent with an answer the client has shown to have
    /// received counts: an answer may have been lost on the way.
    fn unknown(&self, ask: &Ask, wanted: Vec<(RoomNid, Atom)>) -> Vec<(RoomNid, Atom)> {
        let known = self.of(ask);
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(since) = ask.since else {
            known.clear();
            return wanted;
        };
        let fresh = |member: &(RoomNid, Atom)| known.get(member).is_none_or(|sent| *sent > since.pos);
        wanted.into_iter().filter(fresh).collect()
    }

    fn sent(&self, ask: &Ask, members: impl Iterator<Item = (RoomNid, Atom)>, with: Pos) {
        let known = self.of(ask);
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > MEMBERS {
            known.clear();
        }
        for member in members {
            known.entry(member).or_insert(with);
        }
    }
}

/// Adds to `states` the members who speak in the timelines, the heroes of the rooms, and oneself where the whole state is told.
/// One query for members the device does not know.
pub(super) async fn add_members(
    app: &App,
    ask: &Ask,
    rooms: &[Told],
    cuts: &HashMap<RoomNid, Cut>,
    heroes: Vec<(RoomNid, Atom)>,
    states: &mut HashMap<RoomNid, Vec<Arc<Event>>>,
) -> Result<()> {
    let filter = &ask.filter.room.state;
    let Some(member) = app.store.find_atom("m.room.member").await?.filter(|_| filter.lazy_load_members) else {
        return Ok(());
    };
    // A room without a name is called by its heroes, so they must be known.
    let mut wanted = heroes;
    let mut places = HashMap::with_capacity(rooms.len());
    for room in rooms.iter().filter(|room| !room.outsider) {
        let Some(cut) = cuts.get(&room.room) else { continue };
        places.insert(room.room, state::at(ask, room, cut));
        let senders: HashSet<Atom> = cut.events.iter().map(|event| event.sender_atom).collect();
        wanted.extend(senders.into_iter().map(|sender| (room.room, sender)));
        if !room.known || ask.full_state {
            wanted.push((room.room, ask.caller.nid));
        }
    }
    if !filter.include_redundant_members {
        wanted = app.sync.lazy.unknown(ask, wanted);
    }
    let there: HashSet<Pos> = states.values().flatten().map(|event| event.pos).collect();
    let told: HashSet<Pos> = cuts.values().flat_map(|cut| cut.events.iter().map(|event| event.pos)).collect();
    let at: HashSet<(RoomNid, Atom, Pos)> =
        wanted.iter().filter_map(|&(room, who)| Some((room, who, *places.get(&room)?))).collect();
    let at: Vec<_> = at.into_iter().collect();
    let found = app.store.pieces_at(member, &at).await?;
    let missing: Vec<Pos> =
        found.iter().map(|place| place.pos).filter(|pos| !there.contains(pos) && !told.contains(pos)).collect();
    for event in app.store.events(&missing).await? {
        states.entry(event.room).or_default().push(event);
    }
    let upto = rooms.iter().map(|room| room.upto).max().unwrap_or_default();
    let members = states.values().flatten().chain(cuts.values().flat_map(|cut| &cut.events));
    let members = members.filter(|event| event.kind_atom == member);
    app.sync.lazy.sent(ask, members.filter_map(|event| Some((event.room, event.state_key_atom?))), upto);
    Ok(())
}
