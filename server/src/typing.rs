//! Who is typing where. In memory only: after a restart nobody is.
//! Specified in the client-server API, «Typing Notifications».

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ruma::OwnedUserId;

use crate::{app::App, delivery, error::Result, rooms::Room, store::RoomNid};

/// The longest a user is typing without saying so again.
const LONGEST: Duration = Duration::from_secs(120);
/// How long it is remembered that nobody types any more, for clients that were told otherwise.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

/// Who is typing where.
pub struct Typing(Mutex<Inner>);

struct Inner {
    /// Counts changes. Begins with the clock, so that it goes on rising over a restart.
    serial: i64,
    rooms: HashMap<RoomNid, InRoom>,
}

struct InRoom {
    serial: i64,
    changed: Instant,
    users: HashMap<OwnedUserId, Instant>,
}

impl InRoom {
    fn names(&self) -> Vec<OwnedUserId> {
        let mut names: Vec<OwnedUserId> = self.users.keys().cloned().collect();
        names.sort_unstable();
        names
    }
}

impl Typing {
    /// Nobody is typing. `now` in milliseconds since 1970.
    #[must_use]
    pub fn new(now: u64) -> Self {
        Self(Mutex::new(Inner { serial: i64::try_from(now).unwrap_or_default(), rooms: HashMap::new() }))
    }

    /// The number of the newest change.
    #[must_use]
    pub fn serial(&self) -> i64 {
        self.lock().serial
    }

    /// The rooms with a change after the one numbered `since`, and who types there now.
    #[must_use]
    pub fn changed_since(&self, since: Option<i64>) -> Vec<(RoomNid, Vec<OwnedUserId>)> {
        let inner = self.lock();
        let news = inner.rooms.iter().filter(|(_, room)| match since {
            Some(since) => room.serial > since,
            None => !room.users.is_empty(),
        });
        news.map(|(nid, room)| (*nid, room.names())).collect()
    }

    /// Answers who types now, if that is news.
    fn set(&self, room: RoomNid, user: &OwnedUserId, until: Option<Instant>) -> Option<Vec<OwnedUserId>> {
        let mut inner = self.lock();
        inner.rooms.retain(|_, room| !room.users.is_empty() || room.changed.elapsed() < REMEMBERED);
        let serial = inner.serial + 1;
        let fresh = || InRoom { serial: 0, changed: Instant::now(), users: HashMap::new() };
        let entry = match until {
            Some(_) => inner.rooms.entry(room).or_insert_with(fresh),
            None => inner.rooms.get_mut(&room)?,
        };
        let was = entry.users.contains_key(user);
        match until {
            Some(until) => drop(entry.users.insert(user.clone(), until)),
            None => drop(entry.users.remove(user)),
        }
        if was == until.is_some() {
            return None;
        }
        (entry.serial, entry.changed) = (serial, Instant::now());
        let names = entry.names();
        inner.serial = serial;
        Some(names)
    }

    /// When `user` stops typing in `room` if nothing else happens.
    fn until(&self, room: RoomNid, user: &OwnedUserId) -> Option<Instant> {
        self.lock().rooms.get(&room)?.users.get(user).copied()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `user` types in `room` for `time`, or stops.
pub async fn set(app: &App, room: &Room, user: &OwnedUserId, time: Option<Duration>) -> Result<()> {
    let until = time.map(|time| Instant::now() + time.min(LONGEST));
    let Some(names) = app.typing.set(room.nid, user, until) else { return Ok(()) };
    announce(app, room, &names).await?;
    if until.is_some() {
        tokio::spawn(stop_in_time(app.clone(), room.nid, user.clone()));
    }
    Ok(())
}

async fn announce(app: &App, room: &Room, names: &[OwnedUserId]) -> Result<()> {
    app.sync.live.ring_room(room.nid);
    delivery::ephemeral::typing(app, room, names).await?;
    Ok(())
}

/// Waits until the user has not typed for the time they said, which may be put off meanwhile.
async fn stop_in_time(app: App, room: RoomNid, user: OwnedUserId) {
    while let Some(until) = app.typing.until(room, &user) {
        if until > Instant::now() {
            tokio::time::sleep_until(until.into()).await;
            continue;
        }
        let Some(names) = app.typing.set(room, &user, None) else { return };
        if let Ok(Some(room)) = app.rooms.by_nid(&app.store, room).await
            && let Err(error) = announce(&app, &room, &names).await
        {
            tracing::warn!(%error, "application services were not told that a user stopped typing");
        }
    }
}

#[cfg(test)]
mod tests {
    use ruma::owned_user_id;

    use super::*;

    #[test]
    fn only_changes_are_told() {
        let typing = Typing::new(1_000);
        let (room, alice) = (RoomNid(1), owned_user_id!("@alice:test"));
        let later = Some(Instant::now() + Duration::from_secs(10));
        assert_eq!(typing.set(room, &alice, None), None);
        assert_eq!(typing.set(room, &alice, later), Some(vec![alice.clone()]));
        assert_eq!(typing.set(room, &alice, later), None, "she goes on typing");
        assert_eq!(typing.changed_since(Some(1_000)), [(room, vec![alice.clone()])]);
        assert_eq!(typing.changed_since(Some(typing.serial())), []);
        assert_eq!(typing.set(room, &alice, None), Some(vec![]));
        assert_eq!(typing.changed_since(None), []);
        assert_eq!(typing.changed_since(Some(1_001)), [(room, vec![])]);
    }
}
