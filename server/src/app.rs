//! What every part of the server is handed: one cheap clone of an [`App`].

use std::{ops::Deref, sync::Arc};

use registrations::Token;
use ruma::{ServerName, signatures::Ed25519KeyPair};

use crate::supervisor::Board;
use crate::{
    clock::Clock,
    config::Config,
    delivery::Delivery,
    http::{gateway::Gateway, limits::Limits},
    media::Media,
    push::Push,
    rooms::Rooms,
    services::Services,
    store::Store,
    stream::Stream,
    sync::Sync,
    typing::Typing,
    users::Users,
};

/// The running server. Cloning copies one pointer.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of a running server.
pub struct Parts {
    /// What was set.
    pub config: Config,
    /// What signs this server's events.
    pub key: Ed25519KeyPair,
    /// The database.
    pub store: Store,
    /// What was committed, in order.
    pub stream: Stream,
    /// What is kept in memory for those who sync.
    pub sync: Sync,
    /// Who is typing where.
    pub typing: Typing,
    /// The rooms in use.
    pub rooms: Rooms,
    /// The application services.
    pub services: Services,
    /// What application services have yet to hear.
    pub delivery: Delivery,
    /// What rings, for push gateways.
    pub push: Push,
    /// Files people send.
    pub media: Media,
    /// How the bundled bridges are.
    pub bridges: Board,
    /// What the command line on this machine is known by.
    pub local_token: Token,
    /// The way to bundled bridges.
    pub gateway: Gateway,
    /// What is kept in memory about users.
    pub users: Users,
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

    /// The name behind the colon in user ids.
    #[must_use]
    pub fn server_name(&self) -> &ServerName {
        &self.config.server.name
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
