//! How a bridge is, as told to an administrator.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;

/// How every bridge is. Cheap to clone; all clones show the same.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<BTreeMap<String, Health>>>);

/// How one bridge is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Health {
    /// What it does now.
    #[serde(flatten)]
    pub state: State,
    /// How often its process was started since the server was.
    pub starts: u64,
}

/// What a bridge's process does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// It was started and does not take transactions yet.
    #[default]
    Starting,
    /// It takes transactions here.
    Running { address: String, pid: Option<u32> },
    /// It died and will be started again.
    Restarting { why: String },
    /// It ended by itself and is left alone.
    Ended,
    /// Its configuration cannot work; the log says why.
    CannotWork,
}

impl Board {
    /// By network.
    pub fn all(&self) -> BTreeMap<String, Health> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note(&self, network: &str, state: State) {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let health = board.entry(network.to_owned()).or_default();
        if state == State::Starting {
            health.starts += 1;
        }
        health.state = state;
    }
}
