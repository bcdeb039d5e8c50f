//! One lock around everything, and who is woken when something changed.

use std::collections::VecDeque;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{broadcast, mpsc::UnboundedSender, watch};

use super::{
    calls::Call, event::Event, faults::Faults, gateway::Gateway, limits::Buckets, settings::Settings,
    snowflake::Snowflake, world::World,
};

/// The world and everything around it that changes.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) world: World,
    pub(crate) gateway: Gateway,
    pub(crate) limits: Buckets,
    pub(crate) faults: Faults,
    pub(crate) calls: VecDeque<Call>,
    pub(crate) identifies: u64,
    pub(crate) resumes: u64,
    /// What a browser is shown.
    pub(crate) page: Option<String>,
    /// Requests that count towards a ban of the address.
    pub(crate) invalid: u64,
}

impl State {
    pub(crate) fn new(settings: Settings, world: World) -> Self {
        let gateway = Gateway::new(&settings);
        Self {
            settings,
            world,
            gateway,
            limits: Buckets::default(),
            faults: Faults::default(),
            calls: VecDeque::new(),
            identifies: 0,
            resumes: 0,
            page: None,
            invalid: 0,
        }
    }

    /// Gateway tokens come bare; some libraries keep the prefix of the REST header.
    pub(crate) fn is_token(&self, token: &str) -> bool {
        token.strip_prefix("Bot ").unwrap_or(token) == self.settings.token
    }
}

/// What every part holds on to.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    state: Mutex<State>,
    sockets: AtomicU64,
    /// Counts changes, for whoever waits.
    pub(crate) version: watch::Sender<u64>,
    /// Everything that happens, for whoever watches.
    pub(crate) changes: broadcast::Sender<Event>,
    /// Messages whose links want embeds.
    links: UnboundedSender<(Snowflake, Snowflake)>,
}

impl Shared {
    pub(crate) fn new(state: State, links: UnboundedSender<(Snowflake, Snowflake)>) -> Self {
        Self {
            settings: state.settings.clone(),
            state: Mutex::new(state),
            sockets: AtomicU64::new(0),
            version: watch::Sender::new(0),
            changes: broadcast::Sender::new(4096),
            links,
        }
    }

    /// Looks, and changes nothing.
    pub(crate) fn look<T>(&self, view: impl FnOnce(&State) -> T) -> T {
        view(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does something, then dispatches what it caused, in order, before anybody else can do anything.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        let outcome = act(state);
        for event in std::mem::take(&mut state.world.events) {
            let _ = self.changes.send(event.clone());
            state.gateway.dispatch(&state.world, &mut state.faults, event);
        }
        let links = std::mem::take(&mut state.world.links);
        drop(guard);
        for link in links.into_iter().filter(|_| self.settings.unfurl) {
            let _ = self.links.send(link);
        }
        self.version.send_modify(|version| *version += 1);
        outcome
    }

    pub(crate) fn next_socket(&self) -> u64 {
        self.sockets.fetch_add(1, Ordering::Relaxed)
    }
}
