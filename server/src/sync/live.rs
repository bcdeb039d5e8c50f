//! Who waits for what: the rooms of those who synced lately, the newest changes of the stream, and the bell of each user.
//!
//! A commit rings only for those it concerns, and a sync right behind the head of the stream finds here which rooms
//! changed, without asking the database. Whoever is further behind than the ring reaches is told so and asks it.

mod board;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use self::board::Board;
use super::prefs::Prefs;
use crate::{
    app::App,
    error::Result,
    store::{Atom, Membership, Pos, RoomNid, sync::Role},
    stream::Listener,
};

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct Live(Arc<Mutex<Board>>);

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
        if let Some(bell) = self.lock().enter(user) {
            return Ok(bell);
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

    /// The events of a room after a position, oldest first, if it is not too long ago.
    #[must_use]
    pub fn events_since(&self, room: RoomNid, after: Pos) -> Option<Vec<Pos>> {
        self.lock().events_since(room, after)
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

    fn lock(&self) -> MutexGuard<'_, Board> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
