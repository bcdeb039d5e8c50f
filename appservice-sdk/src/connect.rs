//! Keeping one connection to the network.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::sync::watch;

use crate::{
    core::Core,
    health::Health,
    host::CoreHost,
    intent::delay,
    network::{ConnectError, DynSession, Network, Remote},
    portal::features,
};

/// Which connection is the present one, and whether it was lost.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    present: AtomicU64,
    /// The newest connection that was lost.
    lost: watch::Sender<u64>,
}

/// A connection that held so long starts over with the shortest back-off.
const STABLE: Duration = Duration::from_secs(60);

impl Connection {
    /// A connection says that it is up, or why it is lost.
    pub(crate) fn tell(&self, health: &Health, connection: u64, down: Option<String>) {
        if connection != self.present.load(Ordering::SeqCst) {
            return;
        }
        if down.is_some() {
            self.lost.send_replace(connection);
        }
        health.connection(down);
    }

    fn present(&self) -> u64 {
        self.present.load(Ordering::SeqCst)
    }
}

impl Core {
    /// The present connection turned out to be useless.
    pub(crate) fn host_lost(&self, why: &str) {
        self.session.set(None);
        self.connection.tell(&self.health, self.connection.present(), Some(why.to_owned()));
    }
}

/// Connects, for ever.
pub(crate) async fn keep<N: Network>(core: Arc<Core>, network: Arc<N>) {
    let mut tries = 0;
    loop {
        let number = core.connection.present.fetch_add(1, Ordering::SeqCst) + 1;
        let remote = Remote::new(Arc::new(CoreHost { core: core.clone(), connection: number }));
        let begun = Instant::now();
        let connected = AssertUnwindSafe(network.connect(remote)).catch_unwind().await;
        let wait = match connected.unwrap_or_else(|_| Err(ConnectError::later("the connector broke"))) {
            Ok(session) => {
                core.health.connection(None);
                let session: Arc<dyn DynSession> = Arc::new(session);
                core.session.set(Some(session));
                features::refresh(&core);
                tracing::info!(network = core.info.id, "Connected to the network.");
                let _ = core.connection.lost.subscribe().wait_for(|lost| *lost >= number).await;
                core.session.set(None);
                tracing::warn!(network = core.info.id, "The connection to the network is lost; connecting anew.");
                None
            }
            Err(error) => Some(trouble(&core, error)),
        };
        if begun.elapsed() > STABLE {
            tries = 0;
        }
        let wait = wait.flatten().unwrap_or_else(|| delay(tries, rand::random()));
        tries = tries.saturating_add(1);
        tokio::time::sleep(wait).await;
    }
}

/// Notes why a connection failed; answers how long to wait if that is known.
fn trouble(core: &Core, error: ConnectError) -> Option<Duration> {
    core.health.connection(Some(error.to_string()));
    match error {
        ConnectError::Later { after, why } => {
            tracing::warn!(network = core.info.id, why = %why, "The network cannot be reached; it is tried again.");
            after
        }
        ConnectError::SignedOut(why) => {
            tracing::error!(network = core.info.id, why, "The network does not accept the account.");
            Some(Duration::from_secs(60))
        }
        ConnectError::Config(why) => {
            tracing::error!(network = core.info.id, why, "The bridge's configuration cannot work.");
            Some(Duration::from_secs(60))
        }
    }
}
