//! The application services that are pushed to, with their numbers, and whose users are whose.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use registrations::{Registration, Roster};

use super::{
    interest::{Inside, Owners},
    line::Line,
};
use crate::{
    app::App,
    rooms::Room,
    store::{Atom, StoreError},
};

/// An unchanging list; a new one is made when the registrations change.
#[derive(Default)]
pub(super) struct Listing {
    /// Counts the lists, so that what was found out with an older one is not believed.
    pub(super) generation: u64,
    roster: Option<Arc<Roster>>,
    pub(super) services: Vec<Heard>,
}

/// A service that is pushed to.
pub(super) struct Heard {
    pub(super) line: Arc<Line>,
    pub(super) registration: Arc<Registration>,
}

/// Whose users are whose, by generation and user.
pub(super) struct Owned(moka::sync::Cache<(u64, Atom), Owners>);

impl Default for Owned {
    fn default() -> Self {
        Self(moka::sync::Cache::new(50_000))
    }
}

/// The services as they are registered now.
pub(super) async fn current(app: &App) -> Result<Arc<Listing>, StoreError> {
    let fits = |listing: &Listing, roster: &Arc<Roster>| {
        listing.roster.as_ref().is_some_and(|listed| Arc::ptr_eq(listed, roster))
    };
    let (listing, roster) = (app.delivery.listing(), app.services.current());
    if fits(&listing, &roster) {
        return Ok(listing);
    }
    let _one_at_a_time = app.delivery.0.listing_made.lock().await;
    let (listing, roster) = (app.delivery.listing(), app.services.current());
    if fits(&listing, &roster) {
        return Ok(listing);
    }
    let mut services = Vec::new();
    for registration in roster.iter().filter(|registration| app.services.is_pushed_to(registration)) {
        let service = app.store.atom(&registration.id).await?;
        let new = || Arc::new(Line::new(service, &registration.id));
        let line = Arc::clone(app.delivery.lines().entry(service).or_insert_with(new));
        services.push(Heard { line, registration: Arc::clone(registration) });
    }
    let generation = 1 + app.delivery.0.generations.fetch_add(1, Ordering::Relaxed);
    let listing = Arc::new(Listing { generation, roster: Some(roster), services });
    *app.delivery.0.listing.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&listing);
    Ok(listing)
}

impl Listing {
    /// The services that `user_id`, whose number is `user`, belongs to. Users of other servers belong to none.
    pub(super) fn owners(&self, app: &App, user: Atom, user_id: &str) -> Owners {
        let server = app.server_name().as_str();
        let local = || user_id.strip_prefix('@').and_then(|id| id.split_once(':')).is_some_and(|(_, s)| s == server);
        app.delivery.0.owners.0.get_with((self.generation, user), || {
            let covers = |heard: &&Heard| local() && heard.registration.covers_user(user_id, server);
            self.services.iter().filter(covers).map(|heard| heard.line.service).collect()
        })
    }

    /// The services whose namespaces have this room or one of its aliases.
    fn place<'a>(&'a self, room: &'a Room, aliases: &'a [String]) -> impl Iterator<Item = Atom> + 'a {
        let covers = move |heard: &&Heard| {
            let spaces = &heard.registration.namespaces;
            spaces.rooms.covers(room.id.as_str()) || aliases.iter().any(|alias| spaces.aliases.covers(alias))
        };
        self.services.iter().filter(covers).map(|heard| heard.line.service)
    }

    /// What this room means to the services: two queries, whatever its size.
    pub(super) async fn inside(&self, app: &App, room: &Room, new: Option<&[String]>) -> Result<Inside, StoreError> {
        if self.services.is_empty() {
            return Ok(Inside::default());
        }
        if let Some(aliases) = new {
            return Ok(Inside::new(self.place(room, aliases)));
        }
        let aliases: Vec<String> = app.store.aliases_of(room.nid).await?.into_iter().map(|row| row.alias).collect();
        let mut inside = Inside::new(self.place(room, &aliases));
        let suffix = format!(":{}", app.server_name());
        for (user, user_id) in app.store.joined_here(room.nid, &suffix).await? {
            let owners = self.owners(app, user, &user_id);
            inside.moved(&super::interest::About { user, owners, joined: true });
        }
        Ok(inside)
    }
}

/// What is known of a room, kept in the room itself. `edition` moves with every change, so that a slow reader cannot
/// put back what has changed meanwhile.
#[derive(Default)]
pub(crate) struct Kept {
    pub(super) edition: u64,
    pub(super) inside: Option<(u64, Inside)>,
}
