//! Who may see which event, by the state of the room when the event was sent.
//! Specified in the client-server API, «Room History Visibility».

use std::{collections::HashMap, sync::Arc};

use serde::Deserialize;

use super::Event;
use crate::{
    app::App,
    error::Result,
    store::{Atom, Membership, Pos, RoomNid, sync::Stretch},
};

/// `m.room.history_visibility`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody, also who was never there.
    WorldReadable,
    /// Whoever is or will be in the room.
    #[default]
    Shared,
    /// Whoever was invited or in the room.
    Invited,
    /// Whoever was in the room.
    Joined,
}

impl Visibility {
    /// What an event says; anything unknown counts as the default.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        #[derive(Deserialize)]
        struct Content {
            history_visibility: String,
        }
        match event.content::<Content>().as_ref().map(|content| content.history_visibility.as_str()) {
            Some("world_readable") => Self::WorldReadable,
            Some("invited") => Self::Invited,
            Some("joined") => Self::Joined,
            _ => Self::Shared,
        }
    }
}

/// What a room's visibility was, and what one user was to it, at every position. Both lists are oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// From which position on which visibility held.
    pub visibility: Vec<(Pos, Visibility)>,
    /// From which position on the user was what.
    pub membership: Vec<(Pos, Membership)>,
}

/// The value that holds right after `pos`.
fn after<T: Copy>(list: &[(Pos, T)], pos: Pos) -> Option<T> {
    let next = list.partition_point(|(since, _)| *since <= pos);
    next.checked_sub(1).and_then(|index| list.get(index)).map(|(_, value)| *value)
}

impl History {
    /// What the user was right after the event at `pos`: for their own member event what it made them.
    #[must_use]
    pub fn membership_at(&self, pos: Pos) -> Membership {
        after(&self.membership, pos).unwrap_or(Membership::LEAVE)
    }

    /// What the user is.
    #[must_use]
    pub fn membership_now(&self) -> Option<Membership> {
        self.membership.last().map(|(_, membership)| *membership)
    }

    /// Up to where the user may look at all: to the end while in the room, to the leave afterwards. None for who was
    /// never in the room.
    #[must_use]
    pub fn reach(&self) -> Option<Pos> {
        if self.membership_now() == Some(Membership::JOIN) {
            return Some(Pos(i64::MAX));
        }
        let last = self.membership.iter().rposition(|(_, membership)| *membership == Membership::JOIN)?;
        self.membership.get(last + 1).map(|(pos, _)| *pos)
    }

    /// Whether the room can be read by everybody now.
    #[must_use]
    pub fn world_readable_now(&self) -> bool {
        self.visibility.last().is_some_and(|(_, visibility)| *visibility == Visibility::WorldReadable)
    }

    /// Whether the user may see the event at `pos`.
    ///
    /// An event that changes the visibility or the user's own membership is seen if either what was before or what is
    /// after allows it; any other event is in neither list, so that both are the same for it.
    #[must_use]
    pub fn allows(&self, pos: Pos) -> bool {
        let joined_later = self.membership.iter().any(|(at, is)| *at > pos && *is == Membership::JOIN);
        let before = Pos(pos.0 - 1);
        [before, pos].into_iter().any(|at| {
            let was = after(&self.membership, at);
            match after(&self.visibility, at).unwrap_or_default() {
                _ if was == Some(Membership::JOIN) => true,
                Visibility::WorldReadable => true,
                Visibility::Shared => joined_later,
                Visibility::Invited => was == Some(Membership::INVITE),
                Visibility::Joined => false,
            }
        }) || self.is_own_change(pos)
    }

    /// Whether the event at `pos` changed what the user is: that much everybody may know of themselves.
    fn is_own_change(&self, pos: Pos) -> bool {
        self.membership.iter().any(|(at, _)| *at == pos)
    }
}

/// The histories of `rooms` for `user`: one query and the events it names.
pub async fn histories(app: &App, user: Atom, rooms: &[RoomNid]) -> Result<HashMap<RoomNid, History>> {
    let mut histories: HashMap<RoomNid, History> = rooms.iter().map(|&room| (room, History::default())).collect();
    let Some(member) = app.store.find_atom("m.room.member").await? else { return Ok(histories) };
    let visibility = app.store.find_atom("m.room.history_visibility").await?;
    let visibility = visibility.zip(app.store.find_atom("").await?);
    let stretches = app.store.stretches(rooms, (member, user), visibility, Pos(0)).await?;
    let at: Vec<Pos> = stretches.iter().map(|stretch| stretch.since).collect();
    let events: HashMap<Pos, Arc<Event>> =
        app.store.events(&at).await?.into_iter().map(|event| (event.pos, event)).collect();
    for Stretch { room, kind, since, .. } in stretches {
        let (Some(history), Some(event)) = (histories.get_mut(&room), events.get(&since)) else { continue };
        if kind == member {
            let membership = event.membership().map_or(Membership::LEAVE, |text| Membership::parse(&text));
            history.membership.push((since, membership));
        } else {
            history.visibility.push((since, Visibility::of(event)));
        }
    }
    Ok(histories)
}

/// The history of one room.
pub async fn history(app: &App, user: Atom, room: RoomNid) -> Result<History> {
    Ok(histories(app, user, &[room]).await?.remove(&room).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOIN: Membership = Membership::JOIN;
    const INVITE: Membership = Membership::INVITE;
    const LEAVE: Membership = Membership::LEAVE;

    fn history(visibility: &[(i64, Visibility)], membership: &[(i64, Membership)]) -> History {
        History {
            visibility: visibility.iter().map(|&(pos, value)| (Pos(pos), value)).collect(),
            membership: membership.iter().map(|&(pos, value)| (Pos(pos), value)).collect(),
        }
    }

    #[test]
    fn an_event_is_seen_by_the_state_in_which_it_was_sent() {
        use Visibility::{Invited, Joined, Shared, WorldReadable};
        // The user is invited at 10, joins at 20, leaves at 30.
        let stay = [(10, INVITE), (20, JOIN), (30, LEAVE)];
        for (visibility, seen) in [
            (WorldReadable, [true, true, true, true, true]),
            (Shared, [true, true, true, true, false]),
            (Invited, [false, true, true, true, false]),
            (Joined, [false, false, true, true, false]),
        ] {
            let history = history(&[(1, visibility)], &stay);
            let found = [5, 15, 25, 30, 35].map(|pos| history.allows(Pos(pos)));
            assert_eq!(found, seen, "{visibility:?}");
            assert!(history.allows(Pos(20)), "one's own join is always seen");
        }
    }

    #[test]
    fn who_was_never_there_sees_what_is_for_the_world_only() {
        use Visibility::{Joined, Shared, WorldReadable};
        let history = history(&[(1, Shared), (10, WorldReadable), (20, Joined)], &[]);
        let found = [5, 10, 15, 20, 25].map(|pos| history.allows(Pos(pos)));
        assert_eq!(found, [false, true, true, true, false]);
        assert_eq!(history.reach(), None);
    }

    #[test]
    fn who_comes_back_sees_what_was_shared_meanwhile() {
        use Visibility::{Joined, Shared};
        let stay = [(10, JOIN), (20, LEAVE), (30, JOIN)];
        assert!(history(&[(1, Shared)], &stay).allows(Pos(25)));
        assert!(!history(&[(1, Joined)], &stay).allows(Pos(25)));
        assert_eq!(history(&[], &stay).reach(), Some(Pos(i64::MAX)));
        assert_eq!(history(&[], &stay[..2]).reach(), Some(Pos(20)));
        assert_eq!(history(&[], &stay).membership_at(Pos(25)), LEAVE);
        assert_eq!(history(&[], &stay).membership_at(Pos(10)), JOIN);
    }

    #[test]
    fn without_a_visibility_a_room_is_shared() {
        assert!(history(&[], &[(10, JOIN)]).allows(Pos(1)));
        assert!(!history(&[], &[(10, INVITE)]).allows(Pos(1)));
    }
}
