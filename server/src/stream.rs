//! The one stream of positions: what was committed, in order, and who wants to know.
//!
//! The writer publishes after every commit. Listeners are called in commit order and must return at once; whoever has
//! work to do keeps a cursor and reads the database. Nothing here is the only record of anything.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicI64, Ordering},
};

use crate::{
    rooms::Event,
    store::{Atom, Pos, RoomNid, outbox::Frozen},
};

/// Something that was committed.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where in the stream.
    pub pos: Pos,
    /// What.
    pub what: What,
}

/// Kinds of change.
#[derive(Clone, Debug)]
pub enum What {
    /// A new event.
    Event { room: RoomNid, event: Arc<Event> },
    /// A receipt or read marker in a room.
    Receipt { room: RoomNid, user: Atom },
    /// Account data or tags of a user, global or of a room.
    AccountData { user: Atom, room: Option<RoomNid> },
    /// A message straight to a user's devices.
    ToDevice { user: Atom },
    /// The devices or keys of a user changed.
    Devices { user: Atom },
    /// Presence of a user changed.
    Presence { user: Atom },
    /// An application service has something new to hear.
    Outbox { service: Atom },
}

impl Change {
    /// The same at `base` further on: relative positions become absolute ones.
    #[must_use]
    pub fn at(&self, base: i64) -> Self {
        let pos = Pos(self.pos.0 + base);
        let what = match &self.what {
            What::Event { room, event } => {
                What::Event { room: *room, event: Arc::new(Event { pos, ..(**event).clone() }) }
            }
            other => other.clone(),
        };
        Self { pos, what }
    }
}

/// Called once a commit, with everything up to this position readable, and what changed.
pub type Listener = Box<dyn Fn(Pos, &[Change]) + Send + Sync>;

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct Stream(Arc<Inner>);

#[derive(Default)]
struct Inner {
    current: AtomicI64,
    listeners: OnceLock<Vec<Listener>>,
    freezer: OnceLock<Box<dyn Freezer>>,
}

/// Whoever writes more in the very transaction of what is about to be announced: delivery, which spares a message to an
/// idle application service a second transaction.
pub trait Freezer: Send + Sync {
    /// The transactions that application services are handed next, made of these changes.
    fn freeze(&self, changes: &[Change]) -> Vec<(Atom, Frozen)>;
    /// What [`freeze`](Self::freeze) answered last was not written.
    fn undo(&self);
}

impl Stream {
    /// The newest position whose commit has been announced. Everything up to here can be read.
    #[must_use]
    pub fn current(&self) -> Pos {
        Pos(self.0.current.load(Ordering::Acquire))
    }

    /// Sets who listens. Once, before the first write.
    pub fn listen(&self, listeners: Vec<Listener>) {
        let _ = self.0.listeners.set(listeners);
    }

    /// Sets who freezes. Once, before the first write.
    pub fn freeze_by(&self, freezer: Box<dyn Freezer>) {
        let _ = self.0.freezer.set(freezer);
    }

    pub(crate) fn freezer(&self) -> Option<&dyn Freezer> {
        self.0.freezer.get().map(|freezer| &**freezer)
    }

    pub(crate) fn start_at(&self, first: Pos) {
        self.0.current.store(first.0 - 1, Ordering::Release);
    }

    pub(crate) fn publish(&self, upto: Pos, changes: Vec<Change>) {
        self.0.current.store(upto.0, Ordering::Release);
        for listener in self.0.listeners.get().into_iter().flatten() {
            listener(upto, &changes);
        }
    }
}
