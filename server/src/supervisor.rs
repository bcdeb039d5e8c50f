//! Bridge processes: start, watch, restart, stop.
//!
//! Each bundled bridge that is switched on runs as `causeway bridge NETWORK`, a child process of the server. The two
//! share nothing but the registration file and three pipes:
//! - standard output carries one line, `{"listening":"http://127.0.0.1:PORT"}`, once the bridge takes transactions;
//! - standard input carries nothing, but its end tells the bridge to stop: because the server wants it, or because the
//!   server is no more, even by `kill -9`;
//! - standard error is the server's own, so both logs are one.
//!
//! A bridge that dies is started again, at once at first and then with growing pauses. One that ends by itself, or says
//! by its exit code that its configuration cannot work, is not.

mod child;
pub mod health;
mod restart;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use registrations::{Registration, bundled};
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

pub use self::health::{Board, Health, State};
use self::{child::Child, restart::Pause};
use crate::services::Services;

/// The exit code of a bridge whose configuration cannot work (`EX_CONFIG`): starting it again is of no use.
pub const CANNOT_WORK: u8 = 78;

/// How bridges are started.
#[derive(Clone, Debug)]
pub struct Command {
    /// The program, usually [`own_program`].
    pub program: PathBuf,
    /// What follows the name of the network, such as `--config FILE`.
    pub arguments: Vec<OsString>,
}

/// This very program, even if its file has been replaced since.
pub fn own_program() -> PathBuf {
    let running = Path::new("/proc/self/exe");
    if running.exists() { running.to_owned() } else { std::env::current_exe().unwrap_or_else(|_| "causeway".into()) }
}

/// Makes the registration of a bundled bridge if it is not there yet: `FOLDER/NETWORK.yaml`, readable by its owner only.
///
/// # Errors
/// When there is no such bridge, the file is broken or was made for another server name, or the folder is not writable.
pub fn ensure_registration(folder: &Path, network: &str, server_name: &str) -> anyhow::Result<Registration> {
    let file = folder.join(format!("{network}.yaml"));
    if file.exists() {
        let registration = Registration::load(&file)?;
        anyhow::ensure!(
            registration.namespaces.users.covers(&format!("@{network}_:{server_name}")),
            "{} was not made for the server name `{server_name}`; set `server.name` back, or remove the file if this is a new server",
            file.display()
        );
        return Ok(registration);
    }
    let Some(registration) = bundled::registration(network, server_name) else {
        anyhow::bail!("there is no bridge named `{network}`");
    };
    let registration = registration?;
    std::fs::create_dir_all(folder)?;
    registration.save(&file)?;
    Ok(registration)
}

/// The running bridges. Dropping it kills them; [`Supervisor::stop`] is gentler.
pub struct Supervisor {
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Supervisor {
    /// Starts these bridges, keeps them running, and shows on `board` how they are. That they are
    /// [supervised](Services::supervise) has been told before, when the server was opened.
    pub fn start(
        networks: impl IntoIterator<Item = String>,
        command: &Command,
        services: &Services,
        board: &Board,
    ) -> Self {
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        for network in networks {
            let bridge = Bridge {
                network,
                command: command.clone(),
                services: services.clone(),
                board: board.clone(),
                stop: stop.clone(),
            };
            tasks.spawn(bridge.keep_running());
        }
        Self { stop, tasks }
    }

    /// Tells every bridge to stop and waits until they have, killing those that take too long.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// One bridge and what its task needs.
struct Bridge {
    network: String,
    command: Command,
    services: Services,
    board: Board,
    stop: CancellationToken,
}

/// How a bridge's process came to its end.
enum End {
    /// The server stops.
    Stopped,
    /// Not to be started again, for this reason.
    Final(State),
    /// To be started again. `listened`: how long it took transactions.
    Died { why: String, listened: Duration },
}

impl Bridge {
    async fn keep_running(self) {
        let mut pause = Pause::default();
        loop {
            let (why, listened) = match self.run_once().await {
                End::Stopped => return,
                End::Final(state) => return self.note(state),
                End::Died { why, listened } => (why, listened),
            };
            let wait = pause.after(listened);
            tracing::warn!(network = self.network, "the bridge {why}; starting it again in {} ms", wait.as_millis());
            self.note(State::Restarting { why });
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stop.cancelled() => return,
            }
        }
    }

    async fn run_once(&self) -> End {
        let died = |why: String| End::Died { why, listened: Duration::ZERO };
        self.note(State::Starting);
        let mut child = match Child::start(&self.command, &self.network) {
            Ok(child) => child,
            Err(error) => return died(format!("could not be started: {error}")),
        };
        let started = tokio::select! {
            started = child.listening() => started,
            () = self.stop.cancelled() => { child.stop().await; return End::Stopped; }
        };
        let address = match started {
            Ok(address) => address,
            Err(why) => return self.ended(child, why, Duration::ZERO).await,
        };
        tracing::info!(network = self.network, address, "the bridge is running");
        self.note(State::Running { address: address.clone(), pid: child.id() });
        self.services.set_address(&self.network, Some(address));
        let since = Instant::now();
        let end = tokio::select! {
            () = child.ended() => self.ended(child, String::new(), since.elapsed()).await,
            () = self.stop.cancelled() => { child.stop().await; End::Stopped }
        };
        self.services.set_address(&self.network, None);
        end
    }

    async fn ended(&self, child: Child, why: String, listened: Duration) -> End {
        let status = match child.kill().await {
            Ok(status) if why.is_empty() => status,
            _ if !why.is_empty() => return End::Died { why, listened },
            Ok(status) => status,
            Err(error) => return End::Died { why: format!("cannot be watched: {error}"), listened },
        };
        match status.code() {
            Some(0) => {
                tracing::warn!(network = self.network, "the bridge has ended by itself and is left alone");
                End::Final(State::Ended)
            }
            Some(code) if code == i32::from(CANNOT_WORK) => {
                tracing::error!(
                    network = self.network,
                    "the bridge cannot work with its configuration; correct it and start the server again"
                );
                End::Final(State::CannotWork)
            }
            _ => End::Died { why: format!("died ({status})"), listened },
        }
    }

    fn note(&self, state: State) {
        self.board.note(&self.network, state);
    }
}

#[cfg(test)]
#[path = "supervisor/tests.rs"]
mod tests;
