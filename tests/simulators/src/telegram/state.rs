//! One lock around everything, and who is woken when something changed.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use super::{
    calls::Call, faults::Faults, limits::Windows, settings::Settings, updates::Updates, webhook::Webhook, world::World,
};

/// The world and everything around it that changes.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) world: World,
    pub(crate) updates: Updates,
    pub(crate) webhook: Option<Webhook>,
    pub(crate) limits: Windows,
    pub(crate) faults: Faults,
    pub(crate) calls: Vec<Call>,
    /// How many requests wait for updates right now.
    pub(crate) listeners: usize,
    /// What a browser is shown.
    pub(crate) page: Option<String>,
}

impl State {
    pub(crate) fn new(settings: Settings, world: World, updates: Updates) -> Self {
        Self {
            settings,
            world,
            updates,
            webhook: None,
            limits: Windows::default(),
            faults: Faults::default(),
            calls: vec![],
            listeners: 0,
            page: None,
        }
    }
}

/// What every part holds on to.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    state: Mutex<State>,
    /// Counts changes, for whoever waits.
    pub(crate) version: watch::Sender<u64>,
}

impl Shared {
    pub(crate) fn new(state: State) -> Self {
        Self { settings: state.settings.clone(), state: Mutex::new(state), version: watch::Sender::new(0) }
    }

    /// Looks, and changes nothing.
    pub(crate) fn look<T>(&self, view: impl FnOnce(&State) -> T) -> T {
        view(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does something, then queues what the bot is told of it, in order, before anybody else can do anything.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        let outcome = act(state);
        let date = state.world.clock.date();
        for (kind, body) in std::mem::take(&mut state.world.events) {
            state.updates.push(&kind, body, date);
        }
        drop(guard);
        self.version.send_modify(|version| *version += 1);
        outcome
    }
}
