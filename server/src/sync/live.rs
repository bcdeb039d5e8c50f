//! Who waits for what: the rooms of those who synced lately, the newest changes of the stream, and the bell of each user.
//!
//! A commit rings only for those it concerns, and a sync right behind the head of the stream finds here which rooms
//! changed, without asking the database. Whoever is further behind than the ring reaches is told so and asks it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::prefs::Prefs;
use crate::{
    app::App,
    error::Result,
    rooms::Event,
    store::{Atom, Membership, Pos, RoomNid, sync::Role},
    stream::{Change, Listener, What},
};

/// Changes kept in memory.
const RING: usize = 8_192;
/// Users whose rooms are kept in memory however long ago they synced.
const USERS: usize = 1_000;
/// Beyond those: how long after their last sync.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct Live(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// Everything up to here has been taken in.
    upto: Pos,
    /// The ring holds everything after this.
    floor: Pos,
    ring: VecDeque<(Pos, Kind)>,
    users: HashMap<Atom, User>,
    /// The users above who are in a room.
    rooms: HashMap<RoomNid, HashSet<Atom>>,
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

struct User {
    bell: Arc<Notify>,
    /// Known only once they are loaded.
    rooms: Option<HashMap<RoomNid, Role>>,
    /// What happened to roles while they were being loaded.
    meanwhile: Vec<Role>,
    prefs: Option<Arc<Prefs>>,
    /// Moves when the preferences change, so that a slow reader cannot put back old ones.
    edition: u64,
    /// The newest own receipt of each room since `entered`.
    read: HashMap<RoomNid, Pos>,
    entered: Pos,
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

/// What is new for a user.
#[derive(Clone, Debug, Default)]
pub struct News {
    /// Up to where.
    pub upto: Pos,
    /// The rooms there is something to tell about, with what the user is to them.
    pub rooms: HashMap<RoomNid, RoomNews>,
    /// Whether this comes from memory. If not, every room the user is in is listed, and any may or may not have news.
    pub exact: bool,
    /// Account data, global or of a room.
    pub account_data: bool,
    /// Messages to devices.
    pub to_device: bool,
    /// Somebody's devices.
    pub devices: bool,
}

/// What is new in a room.
#[derive(Clone, Debug)]
pub struct RoomNews {
    /// What the user is to it.
    pub role: Role,
    /// The new events, oldest first.
    pub events: Vec<Pos>,
    /// Somebody's receipt.
    pub receipts: bool,
    /// Somebody came or went.
    pub members: bool,
}

impl RoomNews {
    /// Nothing yet.
    #[must_use]
    pub fn new(role: Role) -> Self {
        Self { role, events: Vec::new(), receipts: false, members: false }
    }
}

impl News {
    /// Whether there is certainly nothing to tell.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.exact && self.rooms.is_empty() && !self.account_data && !self.to_device && !self.devices
    }
}

impl Live {
    /// To be given to [`Stream::listen`](crate::stream::Stream::listen).
    #[must_use]
    pub fn listener(&self) -> Listener {
        let live = self.clone();
        Box::new(move |upto, changes| live.lock().take(upto, changes))
    }

    /// The stream begins after `pos`.
    pub fn start_after(&self, pos: Pos) {
        let mut inner = self.lock();
        inner.upto = inner.upto.max(pos);
        inner.floor = inner.upto;
    }

    /// Up to where changes have been taken in.
    #[must_use]
    pub fn upto(&self) -> Pos {
        self.lock().upto
    }

    /// Makes sure the rooms of `user` are known, and answers the bell that rings when something concerns them.
    pub async fn enter(&self, app: &App, user: Atom) -> Result<Arc<Notify>> {
        {
            let mut inner = self.lock();
            inner.make_room();
            let upto = inner.upto;
            let entry = inner.users.entry(user).or_insert_with(|| User::new(upto));
            entry.seen = Instant::now();
            if entry.rooms.is_some() {
                return Ok(Arc::clone(&entry.bell));
            }
        }
        let roles = app.store.roles(user).await?;
        // A commit is readable a moment before it is announced: what was read must not be ahead of the changes here.
        let newest = roles.iter().map(|role| role.pos).max().unwrap_or_default();
        while self.upto() < newest {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(self.lock().loaded(user, roles))
    }

    /// What `user`, who has entered, is to `room`.
    #[must_use]
    pub fn role(&self, user: Atom, room: RoomNid) -> Option<Role> {
        self.lock().users.get(&user)?.rooms.as_ref()?.get(&room).copied()
    }

    /// Those of `rooms` that `user`, who has entered, is in.
    #[must_use]
    pub fn joined_of(&self, user: Atom, rooms: &[RoomNid]) -> Vec<Role> {
        let inner = self.lock();
        let roles = inner.users.get(&user).and_then(|user| user.rooms.as_ref());
        let roles = rooms.iter().filter_map(|room| roles?.get(room));
        roles.filter(|role| role.membership == Membership::JOIN).copied().collect()
    }

    /// What is new for `user` since a position; everything if there is none.
    #[must_use]
    pub fn news(&self, user: Atom, since: Option<Pos>) -> News {
        self.lock().news(user, since)
    }

    /// Rings for everybody in a room, for something that is not in the stream.
    pub fn ring_room(&self, room: RoomNid) {
        self.lock().ring_room(room);
    }

    /// What is known of the receipts of `user` in `room` is good if it was read at or after this position.
    #[must_use]
    pub fn last_read(&self, user: Atom, room: RoomNid) -> Pos {
        let inner = self.lock();
        let Some(user) = inner.users.get(&user) else { return inner.upto };
        user.read.get(&room).copied().unwrap_or(user.entered)
    }

    /// The preferences of `user`, if they are in memory, and the edition to put them in under.
    #[must_use]
    pub fn prefs(&self, user: Atom) -> (Option<Arc<Prefs>>, u64) {
        let inner = self.lock();
        inner.users.get(&user).map_or((None, 0), |user| (user.prefs.clone(), user.edition))
    }

    /// Keeps preferences, unless they changed while they were read.
    pub fn keep_prefs(&self, user: Atom, prefs: Arc<Prefs>, edition: u64) {
        if let Some(user) = self.lock().users.get_mut(&user)
            && user.edition == edition
        {
            user.prefs = Some(prefs);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Takes in a commit and rings for those it concerns, each once.
    fn take(&mut self, upto: Pos, changes: &[Change]) {
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

    fn ring_room(&self, room: RoomNid) {
        for user in self.rooms.get(&room).into_iter().flatten().filter_map(|user| self.users.get(user)) {
            user.bell.notify_waiters();
        }
    }

    /// Takes over roles from the database; what happened while they were read is newer.
    fn loaded(&mut self, user: Atom, roles: Vec<Role>) -> Arc<Notify> {
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

    fn news(&self, user: Atom, since: Option<Pos>) -> News {
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
            self.users.remove(&user);
            self.rooms.retain(|_, users| {
                users.remove(&user);
                !users.is_empty()
            });
        }
    }
}

/// Whether the events of a room are news: while in it, or when one's own part in it has changed.
fn hears(role: &Role, since: Pos) -> bool {
    role.membership == Membership::JOIN || role.pos > since
}
