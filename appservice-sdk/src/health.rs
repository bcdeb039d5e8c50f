//! How the bridge fares: control plane (connected?) and data plane (does anything arrive, does anything wait?).

use std::sync::{
    Mutex,
    atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
};

use serde_json::{Value, json};

use crate::{core::locked, network::Timestamp, store::inbox::Waiting};

/// Counters since the start, and the state of the connection.
#[derive(Debug, Default)]
pub(crate) struct Health {
    connection: Mutex<Connection>,
    pub(crate) from_matrix: Flow,
    pub(crate) from_remote: Flow,
    /// Messages that were refused for good.
    pub(crate) refused: AtomicU64,
}

/// One direction.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    last_in: AtomicI64,
    last_out: AtomicI64,
    stored: AtomicU64,
    handled: AtomicU64,
}

#[derive(Clone, Debug, Default)]
struct Connection {
    up: bool,
    reason: Option<String>,
    since: i64,
}

impl Flow {
    pub(crate) fn stored(&self, count: usize) {
        self.last_in.store(Timestamp::now().0, Relaxed);
        self.stored.fetch_add(u64::try_from(count).unwrap_or(0), Relaxed);
    }

    pub(crate) fn handled(&self) {
        self.last_out.store(Timestamp::now().0, Relaxed);
        self.handled.fetch_add(1, Relaxed);
    }

    fn report(&self) -> Value {
        let moment = |at: &AtomicI64| match at.load(Relaxed) {
            0 => Value::Null,
            at => json!(at),
        };
        json!({ "last_in": moment(&self.last_in), "last_out": moment(&self.last_out),
                "stored": self.stored.load(Relaxed), "handled": self.handled.load(Relaxed) })
    }
}

impl Health {
    /// Connected (`None`), or why not.
    pub(crate) fn connection(&self, down: Option<String>) {
        *locked(&self.connection) = Connection { up: down.is_none(), reason: down, since: Timestamp::now().0 };
    }

    /// As JSON. Times are milliseconds since 1970.
    pub(crate) fn report(&self, network: &str, waiting: Waiting, chats: usize) -> Value {
        let connection = locked(&self.connection).clone();
        let state = match (connection.up, &connection.reason) {
            (true, _) => "connected",
            (false, Some(_)) => "disconnected",
            (false, None) => "starting",
        };
        json!({
            "network": network,
            "state": state,
            "reason": connection.reason,
            "since": connection.since,
            "from_matrix": self.from_matrix.report(),
            "from_remote": self.from_remote.report(),
            "waiting": waiting.count,
            "oldest_waiting_ms": waiting.oldest.map(|at| Timestamp::now().0.saturating_sub(at)),
            "refused": self.refused.load(Relaxed),
            "linked_chats": chats,
        })
    }
}
