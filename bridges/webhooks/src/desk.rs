//! What every request and every timer works with: the way into the bridge, the configuration, what is due, and whose
//! turn it is.

use std::{ops::Deref, sync::Arc};

use appservice_sdk::prelude::*;
use serde::Serialize;
use tokio::sync::{Mutex, MutexGuard};

use crate::{
    agenda::{self, Agenda},
    config::Config,
    outgoing::Outs,
};

/// What the whole process shares.
pub struct House {
    /// What was configured.
    pub config: Config,
    /// What is due.
    pub agenda: Agenda,
    /// Who is told what is said.
    pub outs: Outs,
    /// Whoever reads, decides and writes for a room holds the room's turn, so that two requests do not decide from the
    /// same state. Rooms share turns; that costs a little waiting and no order.
    turns: [Mutex<()>; 64],
}

/// The desk somebody works at. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    remote: Remote,
    house: Arc<House>,
}

/// What is stored together: events, memory, and what is due.
#[derive(Default)]
pub struct Work {
    /// Events and memory.
    pub batch: Batch,
    due: Vec<(String, Option<i64>)>,
}

impl House {
    /// A house with this configuration.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            agenda: Agenda::default(),
            outs: Outs::default(),
            turns: std::array::from_fn(|_| Mutex::default()),
        }
    }
}

impl Desk {
    /// A desk in this house.
    #[must_use]
    pub fn new(remote: Remote, house: Arc<House>) -> Self {
        Self { remote, house }
    }

    /// The way into the bridge.
    #[must_use]
    pub fn remote(&self) -> &Remote {
        &self.remote
    }

    /// What the process shares.
    #[must_use]
    pub fn house(&self) -> &House {
        &self.house
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.house.config
    }

    /// Waits for the turn of a room.
    pub async fn turn(&self, room: &str) -> MutexGuard<'_, ()> {
        let place = room.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let [first, ..] = &self.house.turns;
        self.house.turns.get(place % self.house.turns.len()).unwrap_or(first).lock().await
    }

    /// Stores work in one transaction.
    ///
    /// # Errors
    /// Nothing was stored.
    pub async fn commit(&self, work: Work) -> Result<(), StoreError> {
        let Work { mut batch, due } = work;
        for (key, at) in &due {
            let key = format!("{}{key}", agenda::PREFIX);
            batch = match at {
                Some(at) => batch.put(key, at),
                None => batch.forget(key),
            };
        }
        self.remote.store(batch).await?;
        for (key, at) in due {
            self.house.agenda.set(&key, at);
        }
        Ok(())
    }
}

impl Deref for Desk {
    type Target = Remote;

    fn deref(&self) -> &Remote {
        &self.remote
    }
}

impl Work {
    /// And this event.
    pub fn emit(&mut self, event: Incoming) {
        self.batch = std::mem::take(&mut self.batch).emit(event);
    }

    /// And remember this.
    pub fn put(&mut self, key: impl Into<String>, value: &impl Serialize) {
        self.batch = std::mem::take(&mut self.batch).put(key, value);
    }

    /// And forget this.
    pub fn forget(&mut self, key: impl Into<String>) {
        self.batch = std::mem::take(&mut self.batch).forget(key);
    }

    /// And do this then; a former time no longer counts.
    pub fn at(&mut self, key: impl Into<String>, when: i64) {
        self.due.push((key.into(), Some(when)));
    }

    /// And do this no more.
    pub fn never(&mut self, key: impl Into<String>) {
        self.due.push((key.into(), None));
    }
}
