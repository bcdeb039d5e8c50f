//! A room in use: its lock, its newest event, and the pieces of its current state that were asked for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use ruma::{OwnedEventId, OwnedRoomId, RoomVersionId, room_version_rules::RoomVersionRules};

use super::Event;
use crate::store::{Atom, RoomNid, Store, StoreError, state::At};

/// One room. Shared by everybody who works with it.
pub struct Room {
    /// Its number here.
    pub nid: RoomNid,
    /// `!…`
    pub id: OwnedRoomId,
    /// Its version.
    pub version: RoomVersionId,
    /// The rules of that version.
    pub rules: RoomVersionRules,
    /// Held while something is appended.
    pub(super) head: tokio::sync::Mutex<Option<Head>>,
    state: Mutex<Known>,
    /// Which application services have users here; kept by [`crate::delivery`].
    pub(crate) interest: Mutex<crate::delivery::Kept>,
}

/// The event the next one follows.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) event_id: OwnedEventId,
    pub(super) depth: u64,
}

/// A type and a state key.
type Key = (Atom, Atom);

/// Pieces of current state. `edition` moves with every change, so that a slow reader cannot put back what was replaced.
#[derive(Default)]
struct Known {
    edition: u64,
    pieces: HashMap<Key, Option<Arc<Event>>>,
}

/// Pieces of state kept per room.
const PIECES: usize = 1_000;

impl Room {
    pub(super) fn new(nid: RoomNid, id: OwnedRoomId, version: RoomVersionId, rules: RoomVersionRules) -> Self {
        Self {
            nid,
            id,
            version,
            rules,
            head: tokio::sync::Mutex::default(),
            state: Mutex::default(),
            interest: Mutex::default(),
        }
    }

    /// One piece of current state.
    pub async fn state(&self, store: &Store, kind: &str, key: &str) -> Result<Option<Arc<Event>>, StoreError> {
        Ok(self.states(store, &[(kind, key)]).await?.into_iter().next().flatten())
    }

    /// Pieces of current state, in the order asked; at most one query, none when they are known.
    pub async fn states(&self, store: &Store, keys: &[(&str, &str)]) -> Result<Vec<Option<Arc<Event>>>, StoreError> {
        let mut atoms = Vec::with_capacity(keys.len());
        for (kind, key) in keys {
            // What has no number was never set.
            atoms.push(store.find_atom(kind).await?.zip(store.find_atom(key).await?));
        }
        let (edition, mut found, missing) = self.look_up(&atoms);
        if missing.is_empty() {
            return Ok(found);
        }
        let loaded = store.state_of(self.nid, At::Now, &missing).await?;
        let loaded: HashMap<(Atom, Atom), Arc<Event>> =
            loaded.into_iter().filter_map(|event| Some(((event.kind_atom, event.state_key_atom?), event))).collect();
        for (slot, pair) in found.iter_mut().zip(&atoms) {
            if let Some(event) = pair.as_ref().and_then(|pair| loaded.get(pair)) {
                *slot = Some(Arc::clone(event));
            }
        }
        let mut known = self.known();
        if known.edition == edition {
            if known.pieces.len() > PIECES {
                known.pieces.clear();
            }
            known.pieces.extend(missing.into_iter().map(|pair| (pair, loaded.get(&pair).cloned())));
        }
        drop(known);
        Ok(found)
    }

    /// What is known of `pairs`, and which of them are not; with the edition they were read in.
    fn look_up(&self, pairs: &[Option<Key>]) -> (u64, Vec<Option<Arc<Event>>>, Vec<Key>) {
        let known = self.known();
        let mut missing = Vec::new();
        let found = pairs.iter().map(|pair| {
            let pair = pair.as_ref()?;
            known.pieces.get(pair).cloned().unwrap_or_else(|| {
                missing.push(*pair);
                None
            })
        });
        let found = found.collect();
        (known.edition, found, missing)
    }

    /// Takes over state that was just committed.
    pub(super) fn changed(&self, events: &[Arc<Event>]) {
        let mut known = self.known();
        for event in events {
            if let Some(key) = event.state_key_atom {
                known.edition += 1;
                known.pieces.insert((event.kind_atom, key), Some(Arc::clone(event)));
            }
        }
    }

    /// Drops a piece whose event was emptied by a redaction.
    pub(super) fn emptied(&self, event: &Event) {
        if let Some(key) = event.state_key_atom {
            let mut known = self.known();
            known.edition += 1;
            known.pieces.remove(&(event.kind_atom, key));
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
