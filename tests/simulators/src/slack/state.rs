//! One lock around everything, what happens later, and who is woken when something changed.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{broadcast, mpsc::UnboundedSender, watch};

use super::{
    callbacks::Post, calls::Call, event::Event, faults::Faults, limits::Counted, settings::Settings, socket::Hub,
    world::World,
};

/// Something that is done after a while.
pub(crate) struct Later {
    pub(crate) after: Duration,
    pub(crate) act: Box<dyn FnOnce(&mut State) + Send>,
}

impl fmt::Debug for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "something in {:?}", self.after)
    }
}

/// The world and everything around it that changes.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) world: World,
    pub(crate) hub: Hub,
    pub(crate) limits: Counted,
    pub(crate) faults: Faults,
    pub(crate) calls: VecDeque<Call>,
    /// Whether the token was taken back.
    pub(crate) revoked: bool,
    /// What a browser is shown.
    pub(crate) page: Option<String>,
    pub(crate) later: Vec<Later>,
    pub(crate) posts: Vec<Post>,
}

impl State {
    pub(crate) fn new(settings: Settings, world: World) -> Self {
        Self {
            settings,
            world,
            hub: Hub::default(),
            limits: Counted::default(),
            faults: Faults::default(),
            calls: VecDeque::new(),
            revoked: false,
            page: None,
            later: vec![],
            posts: vec![],
        }
    }

    /// Does something after a while.
    pub(crate) fn after(&mut self, after: Duration, act: impl FnOnce(&mut Self) + Send + 'static) {
        self.later.push(Later { after, act: Box::new(act) });
    }

    /// Records a request; the oldest is forgotten when there are too many.
    pub(crate) fn record(&mut self, call: Call) {
        self.calls.push_back(call);
        while self.calls.len() > self.settings.recorded {
            self.calls.pop_front();
        }
    }

    /// Whether the token has the scope.
    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        self.settings.scopes.split(',').any(|has| has.trim() == scope)
    }
}

/// What every part holds on to.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    state: Mutex<State>,
    /// Counts changes, for whoever waits.
    pub(crate) version: watch::Sender<u64>,
    /// Everything that happens, for whoever watches.
    pub(crate) changes: broadcast::Sender<Event>,
    later: UnboundedSender<Later>,
    posts: UnboundedSender<Post>,
}

impl Shared {
    pub(crate) fn new(state: State, later: UnboundedSender<Later>, posts: UnboundedSender<Post>) -> Self {
        Self {
            settings: state.settings.clone(),
            state: Mutex::new(state),
            version: watch::Sender::new(0),
            changes: broadcast::Sender::new(4096),
            later,
            posts,
        }
    }

    /// Looks, and changes nothing.
    pub(crate) fn look<T>(&self, view: impl FnOnce(&State) -> T) -> T {
        view(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does something, then sends what it caused, in order, before anybody else can do anything.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        let outcome = act(state);
        for event in std::mem::take(&mut state.world.events) {
            let _ = self.changes.send(event.clone());
            state.deliver(&event);
        }
        let later = std::mem::take(&mut state.later);
        let posts = std::mem::take(&mut state.posts);
        for post in posts {
            let _ = self.posts.send(post);
        }
        drop(guard);
        for later in later {
            let _ = self.later.send(later);
        }
        self.version.send_modify(|version| *version += 1);
        outcome
    }
}
