//! The memory of [`Live`](super::Live): the newest changes, who is where, and a bell for each.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::{News, RoomNews};
use crate::{
    rooms::Event,
    store::{Atom, Membership, Pos, RoomNid, sync::Role},
    stream::{Change, What},
    sync::prefs::Prefs,
};

/// Changes kept in memory.
const RING: usize = 8_192;
/// Users whose rooms are kept in memory however long ago they synced.
const USERS: usize = 1_000;
/// Beyond those: how long after their last sync.
const IDLE: Duration = Duration::from_secs(10 * 60);

#[derive(Default)]
pub(super) struct Board {
    /// Everything up to here has been taken in.
    pub(super) upto: Pos,
    /// The ring holds everything after this.
    pub(super) floor: Pos,
    ring: VecDeque<(Pos, Kind)>,
    pub(super) users: HashMap<Atom, User>,
    /// The users above who are in a room.
    pub(super) rooms: HashMap<RoomNid, HashSet<Atom>>,
}

/// A change, as far as it matters here.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Event { room: RoomNid, member: bool },
    Receipt { room: RoomNid },
    Account { user: Atom },
    ToDevice { user: Atom },
    Devices,
}

pub(super) struct User {
    pub(super) bell: Arc<Notify>,
    /// Known only once they are loaded.
    pub(super) rooms: Option<HashMap<RoomNid, Role>>,
    /// What happened to roles while they were being loaded.
    meanwhile: Vec<Role>,
    pub(super) prefs: Option<Arc<Prefs>>,
    /// Moves when the preferences change, so that a slow reader cannot put back old ones.
    pub(super) edition: u64,
    /// The newest own receipt of each room since `entered`.
    pub(super) read: HashMap<RoomNid, Pos>,
    pub(super) entered: Pos,
    seen: Instant,
}

impl User {
    fn new(entered: Pos) -> Self {
        Self {
            entered,
            bell: Arc::default(),
            rooms: None,
            meanwhile: Vec::new(),
            prefs: None,
            edition: 0,
            read: HashMap::new(),
            seen: Instant::now(),
        }
    }

    fn take_role(&mut self, role: Role) {
        match &mut self.rooms {
            Some(rooms) => drop(rooms.insert(role.room, role)),
            None => self.meanwhile.push(role),
        }
    }
}

impl Board {
    /// Takes in a commit and rings for those it concerns, each once.
    pub(super) fn take(&mut self, upto: Pos, changes: &[Change]) {
        let mut concerned = HashSet::new();
        for change in changes {
            let kind = match &change.what {
                What::Event { room, event } => self.event(*room, event, change.pos, &mut concerned),
                What::Receipt { room, user } => {
                    if let Some(user) = self.users.get_mut(user) {
                        user.read.insert(*room, change.pos);
                    }
                    concerned.extend(self.rooms.get(room).into_iter().flatten());
                    Kind::Receipt { room: *room }
                }
                What::AccountData { user, room } => {
                    if let Some(user) = self.users.get_mut(user).filter(|_| room.is_none()) {
                        user.prefs = None;
                        user.edition += 1;
                    }
                    concerned.insert(*user);
                    Kind::Account { user: *user }
                }
                What::ToDevice { user } => {
                    concerned.insert(*user);
                    Kind::ToDevice { user: *user }
                }
                What::Devices { user } => {
                    concerned.insert(*user);
                    let rooms = self.users.get(user).and_then(|user| user.rooms.as_ref());
                    let shared = rooms.into_iter().flat_map(HashMap::keys).filter_map(|room| self.rooms.get(room));
                    match rooms {
                        Some(_) => concerned.extend(shared.flatten()),
                        // Their rooms are not known here. It is rare: let everybody look.
                        None => concerned.extend(self.users.keys()),
                    }
                    Kind::Devices
                }
                What::Presence { .. } | What::Outbox { .. } => continue,
            };
            self.ring.push_back((change.pos, kind));
        }
        while self.ring.len() > RING {
            if let Some((pos, _)) = self.ring.pop_front() {
                self.floor = self.floor.max(pos);
            }
        }
        self.upto = self.upto.max(upto);
        for user in concerned.iter().filter_map(|user| self.users.get(user)) {
            user.bell.notify_waiters();
        }
    }

    fn event(&mut self, room: RoomNid, event: &Event, pos: Pos, concerned: &mut HashSet<Atom>) -> Kind {
        let member = event.kind == ruma::events::TimelineEventType::RoomMember;
        // Before and after: who leaves hears of it too.
        concerned.extend(self.rooms.get(&room).into_iter().flatten());
        if member && let (Some(user), Some(text)) = (event.state_key_atom, event.membership()) {
            let membership = Membership::parse(&text);
            if let Some(entry) = self.users.get_mut(&user) {
                entry.take_role(Role { room, membership, pos, forgotten: false });
                if membership == Membership::JOIN {
                    self.rooms.entry(room).or_default().insert(user);
                } else if let Some(users) = self.rooms.get_mut(&room) {
                    users.remove(&user);
                }
                concerned.insert(user);
            }
        }
        Kind::Event { room, member }
    }

    pub(super) fn ring_room(&self, room: RoomNid) {
        for user in self.rooms.get(&room).into_iter().flatten().filter_map(|user| self.users.get(user)) {
            user.bell.notify_waiters();
        }
    }

    /// Notes that `user` is here; answers their bell if their rooms are known already.
    pub(super) fn enter(&mut self, user: Atom) -> Option<Arc<Notify>> {
        if !self.users.contains_key(&user) {
            self.make_room();
        }
        let upto = self.upto;
        let entry = self.users.entry(user).or_insert_with(|| User::new(upto));
        entry.seen = Instant::now();
        entry.rooms.is_some().then(|| Arc::clone(&entry.bell))
    }

    /// The events of a room after a position, if the ring reaches back so far.
    pub(super) fn events_since(&self, room: RoomNid, after: Pos) -> Option<Vec<Pos>> {
        if after < self.floor {
            return None;
        }
        let first = self.ring.partition_point(|(pos, _)| *pos <= after);
        let of_room = |kind: &Kind| matches!(kind, Kind::Event { room: at, .. } if *at == room);
        Some(self.ring.range(first..).filter(|(_, kind)| of_room(kind)).map(|(pos, _)| *pos).collect())
    }

    /// Takes over roles from the database; what happened while they were read is newer.
    pub(super) fn loaded(&mut self, user: Atom, roles: Vec<Role>) -> Arc<Notify> {
        let upto = self.upto;
        let entry = self.users.entry(user).or_insert_with(|| User::new(upto));
        if entry.rooms.is_none() {
            let mut rooms: HashMap<RoomNid, Role> = roles.into_iter().map(|role| (role.room, role)).collect();
            for role in entry.meanwhile.drain(..) {
                let known = rooms.entry(role.room).or_insert(role);
                if known.pos < role.pos {
                    *known = role;
                }
            }
            for role in rooms.values().filter(|role| role.membership == Membership::JOIN) {
                self.rooms.entry(role.room).or_default().insert(user);
            }
            entry.rooms = Some(rooms);
        }
        Arc::clone(&entry.bell)
    }

    pub(super) fn news(&self, user: Atom, since: Option<Pos>) -> News {
        let mut news = News { upto: self.upto, exact: true, ..News::default() };
        let roles = self.users.get(&user).and_then(|user| user.rooms.as_ref());
        let Some(since) = since.filter(|since| *since >= self.floor) else {
            news.exact = false;
            (news.account_data, news.to_device, news.devices) = (true, true, true);
            news.rooms = roles.into_iter().flatten().map(|(room, role)| (*room, RoomNews::new(*role))).collect();
            return news;
        };
        let first = self.ring.partition_point(|(pos, _)| *pos <= since);
        for (pos, kind) in self.ring.range(first..) {
            match *kind {
                Kind::Account { user: whose } => news.account_data |= whose == user,
                Kind::ToDevice { user: whose } => news.to_device |= whose == user,
                Kind::Devices => news.devices = true,
                Kind::Event { room, member } => {
                    let Some(role) = roles.and_then(|roles| roles.get(&room)).filter(|role| hears(role, since)) else {
                        continue;
                    };
                    let room = news.rooms.entry(room).or_insert_with(|| RoomNews::new(*role));
                    if role.membership == Membership::JOIN || *pos <= role.pos {
                        room.events.push(*pos);
                        room.members |= member;
                    }
                }
                Kind::Receipt { room } => {
                    let role = roles.and_then(|roles| roles.get(&room));
                    let Some(role) = role.filter(|role| role.membership == Membership::JOIN) else { continue };
                    news.rooms.entry(room).or_insert_with(|| RoomNews::new(*role)).receipts = true;
                }
            }
        }
        news
    }

    /// Forgets those who have not synced for a while, when there are many.
    fn make_room(&mut self) {
        if self.users.len() <= USERS {
            return;
        }
        let gone: Vec<Atom> = self
            .users
            .iter()
            .filter(|(_, user)| user.seen.elapsed() > IDLE && Arc::strong_count(&user.bell) == 1)
            .map(|(user, _)| *user)
            .collect();
        for user in gone {
            let rooms = self.users.remove(&user).and_then(|user| user.rooms).unwrap_or_default();
            for room in rooms.keys() {
                if let Some(users) = self.rooms.get_mut(room) {
                    users.remove(&user);
                    if users.is_empty() {
                        self.rooms.remove(room);
                    }
                }
            }
        }
    }
}

/// Whether the events of a room are news: while in it, or when one's own part in it has changed.
fn hears(role: &Role, since: Pos) -> bool {
    role.membership == Membership::JOIN || role.pos > since
}
