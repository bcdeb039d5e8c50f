//! What every part of the server is handed: one cheap clone of an [`App`].

use std::{ops::Deref, sync::Arc};

use ruma::{OwnedServerName, RoomVersionId, signatures::Ed25519KeyPair};

use crate::{clock::Clock, delivery::Delivery, http::limits::Limits, rooms::Rooms, store::Store, stream::Stream};

/// The running server. Cloning copies one pointer.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of a running server.
pub struct Parts {
    /// The name behind the colon in user ids.
    pub server_name: OwnedServerName,
    /// The version of new rooms.
    pub default_room_version: RoomVersionId,
    /// What signs this server's events.
    pub key: Ed25519KeyPair,
    /// The database.
    pub store: Store,
    /// What was committed, in order.
    pub stream: Stream,
    /// The rooms in use.
    pub rooms: Rooms,
    /// Application services and what they have yet to hear.
    pub delivery: Delivery,
    /// Who may ask how often.
    pub limits: Limits,
    /// The time.
    pub clock: Clock,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
