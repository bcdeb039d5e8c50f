//! How a bridge is, as told to an administrator.

use serde::Serialize;

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
    Running { address: String },
    /// It died and will be started again.
    Restarting { why: String },
    /// It ended by itself and is left alone.
    Ended,
    /// Its configuration cannot work; the log says why.
    CannotWork,
}

impl Health {
    pub(super) fn enter(&mut self, state: State) {
        if state == State::Starting {
            self.starts += 1;
        }
        self.state = state;
    }
}
