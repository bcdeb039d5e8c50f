//! What is queued for whom: called while events are appended, so that the rows are part of the events' own transaction.

use std::{
    collections::BTreeSet,
    sync::{MutexGuard, PoisonError},
};

use super::{
    interest::{self, About, Facts, Inside},
    listing::{self, Kept, Listing},
};
use crate::{
    app::App,
    rooms::{Event, Room},
    store::{Atom, Membership, StoreError, entity::alias},
};

/// For each of these events, which are about to be appended to `room` together, the services that must hear of it.
/// `new` are the aliases of a room that begins with these events. Call under the room's lock, and call [`committed`]
/// under the same lock when they are written.
pub async fn interested(
    app: &App,
    room: &Room,
    events: &[Event],
    new: Option<&[alias::Model]>,
) -> Result<Vec<Vec<Atom>>, StoreError> {
    let listing = listing::current(app).await?;
    if listing.services.is_empty() {
        return Ok(vec![Vec::new(); events.len()]);
    }
    let facts: Vec<Facts> = events.iter().map(|event| facts(app, &listing, event)).collect();
    let aliases: Option<Vec<String>> = new.map(|rows| rows.iter().map(|row| row.alias.clone()).collect());
    inside(app, room, &listing, aliases.as_deref(), |inside| interest::interested(inside, &facts)).await
}

/// Takes note of who came and went with events that are written.
pub fn committed<E: std::borrow::Borrow<Event>>(app: &App, room: &Room, events: &[E]) {
    let listing = app.delivery.listing();
    for event in events {
        let Some(about) = about(app, &listing, event.borrow()) else { continue };
        let mut kept = kept(room);
        kept.edition += 1;
        match &mut kept.inside {
            Some((generation, inside)) if *generation == listing.generation => inside.moved(&about),
            older => *older = None,
        }
    }
}

/// The room's aliases have changed: which services it belongs to is found out again.
pub fn aliases_changed(room: &Room) {
    let mut kept = kept(room);
    kept.edition += 1;
    kept.inside = None;
}

/// The services that hear everything in `room`.
pub(super) async fn listening(app: &App, room: &Room) -> Result<BTreeSet<Atom>, StoreError> {
    let listing = listing::current(app).await?;
    inside(app, room, &listing, None, Inside::listening).await
}

/// Reads what the room means to services: kept, or found out now.
async fn inside<T>(
    app: &App,
    room: &Room,
    listing: &Listing,
    new: Option<&[String]>,
    read: impl FnOnce(&Inside) -> T,
) -> Result<T, StoreError> {
    let edition = {
        let kept = kept(room);
        match &kept.inside {
            Some((generation, inside)) if *generation == listing.generation => return Ok(read(inside)),
            _ => kept.edition,
        }
    };
    let inside = listing.inside(app, room, new).await?;
    let answer = read(&inside);
    let mut kept = kept(room);
    if kept.edition == edition {
        kept.inside = Some((listing.generation, inside));
    }
    Ok(answer)
}

fn kept(room: &Room) -> MutexGuard<'_, Kept> {
    room.interest.lock().unwrap_or_else(PoisonError::into_inner)
}

fn facts(app: &App, listing: &Listing, event: &Event) -> Facts {
    let sender = listing.owners(app, event.sender_atom, event.sender.as_str());
    Facts { sender, about: about(app, listing, event) }
}

fn about(app: &App, listing: &Listing, event: &Event) -> Option<About> {
    if event.kind != ruma::events::TimelineEventType::RoomMember {
        return None;
    }
    let (user, user_id) = (event.state_key_atom?, event.state_key.as_deref()?);
    let joined = Membership::parse(&event.membership()?) == Membership::JOIN;
    Some(About { user, owners: listing.owners(app, user, user_id), joined })
}
