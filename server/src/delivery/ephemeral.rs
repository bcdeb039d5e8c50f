//! What happens in a room and is not kept: typing and receipts, for the services that want to hear of it.
//! Specified in the application-service API, «Pushing ephemeral data».

use std::{collections::BTreeSet, sync::Arc};

use ruma::{EventId, OwnedUserId, UserId};
use serde_json::{Map, Value, json, value::to_raw_value};

use super::{
    batch::{Ephemeral, Kind},
    line::Line,
    listing::{self, Heard, Listing},
    outbox,
};
use crate::{
    app::App,
    rooms::Room,
    store::{Atom, StoreError},
};

/// A receipt as it was set.
#[derive(Clone, Copy, Debug)]
pub struct Receipt<'a> {
    /// `m.read`, or `m.read.private`, which only a service that owns the user hears of.
    pub kind: &'a str,
    /// Whose.
    pub user: &'a UserId,
    /// Up to where.
    pub event: &'a EventId,
    /// The thread it is for, `main`, or none.
    pub thread: Option<&'a str>,
    /// When, in milliseconds since 1970.
    pub ts: u64,
}

/// Who is typing in `room` now, all of them. To be called when that changes.
pub async fn typing(app: &App, room: &Room, users: &[OwnedUserId]) -> Result<(), StoreError> {
    let Some(audience) = Audience::of(app).await? else { return Ok(()) };
    // What is typed while a service is away does not matter when it comes back.
    let services = audience.inside(app, room).await?.into_iter().filter(|line| line.health().failures == 0);
    let services: Vec<_> = services.collect();
    let edu = json!({"type": "m.typing", "room_id": room.id, "content": {"user_ids": users}});
    queue(app, services, Some(format!("typing {}", room.id)), &edu).await
}

/// Somebody has read up to somewhere in `room`. To be called for receipts that are news, once.
pub async fn receipt(app: &App, room: &Room, receipt: Receipt<'_>) -> Result<(), StoreError> {
    let Some(audience) = Audience::of(app).await? else { return Ok(()) };
    let mut services = audience.inside(app, room).await?;
    if receipt.kind == "m.read.private" {
        let owners = audience.owners(app, receipt.user);
        services.retain(|line| owners.contains(&line.service));
    }
    let thread = receipt.thread.unwrap_or_default();
    let key = format!("receipt {} {} {} {thread}", room.id, receipt.kind, receipt.user);
    queue(app, services, Some(key), &receipt.edu(room)).await
}

/// The presence of a user has changed. Told to services that own the user; `content` is that of `m.presence`.
pub async fn presence(app: &App, user: &UserId, content: &Map<String, Value>) -> Result<(), StoreError> {
    let Some(audience) = Audience::of(app).await? else { return Ok(()) };
    let owners = audience.owners(app, user);
    let services = audience.all().filter(|line| owners.contains(&line.service)).collect();
    let edu = json!({"type": "m.presence", "sender": user, "content": content});
    queue(app, services, Some(format!("presence {user}")), &edu).await
}

impl Receipt<'_> {
    fn edu(&self, room: &Room) -> Value {
        let mut data = Map::from_iter([("ts".to_owned(), json!(self.ts))]);
        if let Some(thread) = self.thread {
            data.insert("thread_id".to_owned(), json!(thread));
        }
        let (user, kind, event) = (self.user.as_str(), self.kind, self.event.as_str());
        json!({"type": "m.receipt", "room_id": room.id, "content": {event: {kind: {user: data}}}})
    }
}

/// The services that want ephemeral data.
struct Audience(Arc<Listing>);

impl Audience {
    /// None, at the price of a look at a list in memory, when there is none.
    async fn of(app: &App) -> Result<Option<Self>, StoreError> {
        let listing = listing::current(app).await?;
        let some = listing.services.iter().any(|heard| heard.registration.receive_ephemeral);
        Ok(some.then_some(Self(listing)))
    }

    fn all(&self) -> impl Iterator<Item = Arc<Line>> {
        let wants = |heard: &&Heard| heard.registration.receive_ephemeral;
        self.0.services.iter().filter(wants).map(|heard| Arc::clone(&heard.line))
    }

    /// Those that hear everything in `room`.
    async fn inside(&self, app: &App, room: &Room) -> Result<Vec<Arc<Line>>, StoreError> {
        let inside = outbox::listening(app, room).await?;
        Ok(self.all().filter(|line| inside.contains(&line.service)).collect())
    }

    /// Those that `user` belongs to.
    fn owners(&self, app: &App, user: &UserId) -> BTreeSet<Atom> {
        let server = app.server_name();
        let owns = |heard: &&Heard| {
            user.server_name() == server && heard.registration.covers_user(user.as_str(), server.as_str())
        };
        self.0.services.iter().filter(owns).map(|heard| heard.line.service).collect()
    }
}

async fn queue(app: &App, services: Vec<Arc<Line>>, key: Option<String>, edu: &Value) -> Result<(), StoreError> {
    if services.is_empty() {
        return Ok(());
    }
    let damaged = |error: serde_json::Error| StoreError::Damaged(error.to_string());
    let edu = to_raw_value(edu).map_err(damaged)?;
    let payload =
        serde_json::to_string(&Ephemeral { at: app.clock.now_ms(), kind: Kind::Edu, key, edu }).map_err(damaged)?;
    app.store.queue_ephemeral(services.iter().map(|line| (line.service, payload.clone())).collect()).await
}
