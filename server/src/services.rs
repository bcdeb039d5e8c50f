//! The application services of the running server: read from folders, read again when these change.
//!
//! Whoever needs them takes [`Services::current`], an unchanging [`Roster`]; whoever keeps something running for each
//! service, as delivery does, follows [`Services::changes`]. A bundled bridge has no address in its file: the
//! supervisor learns it when the bridge starts and tells it here.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use registrations::{Directory, FileProblem, Registration, Roster};
use tokio::sync::watch;

/// How often the folders are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The live registry of application services. Cheap to clone.
#[derive(Clone)]
pub struct Services(Arc<Inner>);

struct Inner {
    server_name: String,
    current: watch::Sender<Arc<Roster>>,
    known: Mutex<Known>,
}

/// What the roster is made from.
#[derive(Default)]
struct Known {
    folders: Vec<Folder>,
    /// The bundled bridges that are switched on: they are queued for even before they have told their address.
    supervised: BTreeSet<String>,
    addresses: BTreeMap<String, String>,
}

/// A folder and what was found in it.
struct Folder {
    directory: Directory,
    services: Vec<(PathBuf, Arc<Registration>)>,
}

impl Services {
    /// Reads the folders for the first time.
    pub fn open(server_name: &str, folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let folders: BTreeSet<PathBuf> = folders.into_iter().collect();
        let open = |folder| Folder { directory: Directory::new(folder), services: Vec::new() };
        let folders = folders.into_iter().map(open).collect();
        let known = Mutex::new(Known { folders, ..Known::default() });
        let current = watch::Sender::new(Arc::default());
        let services = Self(Arc::new(Inner { server_name: server_name.to_owned(), current, known }));
        services.look();
        services
    }

    /// The services as they are now.
    pub fn current(&self) -> Arc<Roster> {
        self.0.current.borrow().clone()
    }

    /// Tells every change of the list, of a registration or of an address.
    pub fn changes(&self) -> watch::Receiver<Arc<Roster>> {
        self.0.current.subscribe()
    }

    /// The name of this server, as the methods of [`Registration`] and [`Roster`] want it.
    pub fn server_name(&self) -> &str {
        &self.0.server_name
    }

    /// Whether something is to be queued for the service: it has an address, or will have one.
    pub fn is_pushed_to(&self, service: &Registration) -> bool {
        service.url.is_some() || self.known().supervised.contains(&service.id)
    }

    /// Whether the service is a bundled bridge that is switched on.
    pub fn is_supervised(&self, id: &str) -> bool {
        self.known().supervised.contains(id)
    }

    /// A bundled bridge is switched on. Its queue begins now, its address comes later.
    pub fn supervise(&self, id: &str) {
        let mut known = self.known();
        known.supervised.insert(id.to_owned());
        self.publish(&known);
    }

    /// Where a bundled bridge listens; `None` while it is down.
    pub fn set_address(&self, id: &str, address: Option<String>) {
        let mut known = self.known();
        match address {
            Some(address) => known.addresses.insert(id.to_owned(), address),
            None => known.addresses.remove(id),
        };
        self.publish(&known);
    }

    /// Looks at the folders and takes over what changed. Reads files: keep it off the async threads.
    pub fn look(&self) {
        let mut known = self.known();
        let mut changed = false;
        for Folder { directory, services } in &mut known.folders {
            match directory.look() {
                Ok(None) => {}
                Ok(Some(found)) => {
                    found.problems.iter().for_each(warn);
                    *services = found.services;
                    changed = true;
                }
                Err(problem) => warn(&problem),
            }
        }
        if changed {
            self.publish(&known);
        }
    }

    /// Keeps looking until the returned task is dropped or aborted.
    pub fn watch(&self) -> tokio::task::JoinHandle<()> {
        let services = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                let services = services.clone();
                let _ = tokio::task::spawn_blocking(move || services.look()).await;
            }
        })
    }

    fn publish(&self, known: &Known) {
        let mut roster = Roster::default();
        for (file, service) in known.folders.iter().flat_map(|folder| &folder.services) {
            let service = match known.addresses.get(&service.id) {
                Some(address) if service.url.is_none() => {
                    Arc::new(Registration { url: Some(address.clone()), ..Registration::clone(service) })
                }
                _ => service.clone(),
            };
            if let Err(problem) = roster.add(service) {
                warn(&FileProblem::Content { file: file.clone(), problem });
            }
        }
        self.0.current.send_replace(Arc::new(roster));
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn warn(problem: &FileProblem) {
    tracing::warn!("application service not loaded: {problem}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn save(folder: &std::path::Path, id: &str) {
        Registration::generate(id, format!("{id}bot")).save(&folder.join(format!("{id}.yaml"))).unwrap();
    }

    #[test]
    fn a_new_file_is_picked_up_while_running() {
        let folder = tempfile::tempdir().unwrap();
        let services = Services::open("h", [folder.path().to_owned()]);
        let mut changes = services.changes();
        assert!(services.current().is_empty());
        changes.mark_unchanged();
        services.look();
        assert!(!changes.has_changed().unwrap(), "nothing new");
        save(folder.path(), "irc");
        services.look();
        assert!(changes.has_changed().unwrap());
        assert!(services.current().by_id("irc").is_some());
    }

    #[test]
    fn a_bundled_bridge_is_queued_for_before_it_listens() {
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), "discord");
        let services = Services::open("h", [folder.path().to_owned(), folder.path().to_owned()]);
        let discord = || services.current().by_id("discord").unwrap().clone();
        assert!(!services.is_pushed_to(&discord()));
        services.supervise("discord");
        assert!(services.is_pushed_to(&discord()));
        assert_eq!(discord().url, None);
        services.set_address("discord", Some("http://127.0.0.1:1".to_owned()));
        assert_eq!(discord().url.as_deref(), Some("http://127.0.0.1:1"));
        services.set_address("discord", None);
        assert_eq!(discord().url, None);
    }
}
