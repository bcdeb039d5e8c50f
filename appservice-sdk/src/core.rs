//! The running bridge, as all its parts see it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use registrations::Token;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    appservice::Handlers,
    connect::Connection,
    engine::{
        names::Names,
        run::{delivered::Delivered, ghost::Ghosts, power::Powers, status::Pending},
    },
    health::Health,
    inbox::lane::Lanes,
    intent::{Homeserver, PowerLevels},
    network::{DynSession, NetworkInfo, OnBehalf, Resend, Timestamp},
    portal::map::Portals,
    settings::{AutoCreate, Exclude, StatusEvents},
    store::Store,
};

/// Everything a bridge has while it runs.
pub(crate) struct Core {
    pub(crate) info: NetworkInfo,
    pub(crate) resend: Resend,
    pub(crate) names: Names,
    pub(crate) settings: Settings,
    pub(crate) homeserver: Homeserver,
    pub(crate) store: Store,
    pub(crate) portals: Portals,
    /// Containers that have spaces: nobody talks there.
    pub(crate) spaces: Portals,
    pub(crate) rooms: RoomCache,
    pub(crate) ghosts: Ghosts,
    pub(crate) lanes: Lanes,
    pub(crate) delivered: Delivered,
    pub(crate) powers: Powers,
    pub(crate) pending: Pending,
    pub(crate) session: SessionSlot,
    pub(crate) health: Health,
    pub(crate) connection: Connection,
    pub(crate) web: reqwest::Client,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    /// What takes the events instead of a network.
    pub(crate) handlers: Option<Handlers>,
    /// When this run began.
    pub(crate) started: Timestamp,
}

/// What was configured.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) registration_id: String,
    pub(crate) hs_token: Token,
    pub(crate) as_token: Token,
    /// Who may use commands: user ids, or server names for everybody there.
    pub(crate) permissions: Vec<String>,
    /// Who links at once, likewise.
    pub(crate) admins: Vec<String>,
    pub(crate) auto_create: AutoCreate,
    pub(crate) exclude: Exclude,
    pub(crate) delivery_status: StatusEvents,
    pub(crate) look_follows_matrix: bool,
    /// Networks whose bridges may be in the same rooms.
    pub(crate) siblings: Vec<String>,
    pub(crate) max_media: u64,
    pub(crate) max_body: usize,
    pub(crate) allow_private: bool,
    pub(crate) delivery_receipts: bool,
}

impl Settings {
    /// Whether somebody may use commands.
    pub(crate) fn permits(&self, user_id: &str) -> bool {
        is_among(&self.permissions, user_id)
    }

    /// Whether somebody links without asking on the network.
    pub(crate) fn is_admin(&self, user_id: &str) -> bool {
        is_among(&self.admins, user_id)
    }
}

/// Whether a list of user ids, server names and `*` covers somebody.
fn is_among(list: &[String], user_id: &str) -> bool {
    let server = user_id.split_once(':').map_or("", |(_, server)| server);
    list.iter().any(|who| who == user_id || who == server || who == "*")
}

impl Core {
    /// A secret for one purpose, the same on every start: the hash of the token, a label and the token again, from which
    /// nothing about the token can be told.
    pub(crate) fn secret(&self, purpose: &str) -> [u8; 32] {
        let token = self.settings.as_token.reveal();
        Sha256::new()
            .chain_update(token)
            .chain_update([0])
            .chain_update(purpose)
            .chain_update([0])
            .chain_update(token)
            .finalize()
            .into()
    }

    /// Whether a user is a bot or ghost of this bridge or of a sibling.
    pub(crate) fn is_of_a_bridge(&self, user_id: &str) -> bool {
        let local = user_id.strip_prefix('@').and_then(|user| user.strip_suffix(&self.names.server_name));
        let local = local.and_then(|local| local.strip_suffix(':')).unwrap_or_default();
        let sibling = |network: &String| {
            local.strip_prefix(network.as_str()).is_some_and(|rest| rest == "bot" || rest.starts_with('_'))
        };
        self.names.is_ours(user_id) || self.settings.siblings.iter().any(sibling)
    }

    /// Runs a task until the bridge stops.
    pub(crate) fn spawn(self: &Arc<Self>, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }
}

/// The session, while there is one.
pub(crate) struct SessionSlot(watch::Sender<Option<Arc<dyn DynSession>>>);

impl Default for SessionSlot {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl SessionSlot {
    pub(crate) fn set(&self, session: Option<Arc<dyn DynSession>>) {
        self.0.send_replace(session);
    }

    /// The session, if connected.
    pub(crate) fn get(&self) -> Option<Arc<dyn DynSession>> {
        self.0.borrow().clone()
    }

    /// Waits until connected.
    pub(crate) async fn wait(&self) {
        let _ = self.0.subscribe().wait_for(Option::is_some).await;
    }
}

/// What rooms looked like when last asked. Forgotten when an event says it changed; a miss is asked anew.
#[derive(Default)]
pub(crate) struct RoomCache {
    people: Mutex<HashMap<(String, String), OnBehalf>>,
    power: Mutex<HashMap<String, Arc<PowerLevels>>>,
    /// Whether the bot is alone with one person in the room.
    management: Mutex<HashMap<String, bool>>,
}

/// Most entries of each cache; a full one starts anew.
const CACHED: usize = 20_000;

/// Locks, whatever happened to the last holder: caches are always whole.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep<K: std::hash::Hash + Eq, V>(cache: &Mutex<HashMap<K, V>>, key: K, value: V) {
    let mut cache = locked(cache);
    if cache.len() >= CACHED {
        cache.clear();
    }
    cache.insert(key, value);
}

impl RoomCache {
    pub(crate) fn person(&self, room: &str, user: &str) -> Option<OnBehalf> {
        locked(&self.people).get(&(room.to_owned(), user.to_owned())).cloned()
    }

    pub(crate) fn keep_person(&self, room: &str, person: OnBehalf) {
        keep(&self.people, (room.to_owned(), person.user_id.clone()), person);
    }

    pub(crate) fn power(&self, room: &str) -> Option<Arc<PowerLevels>> {
        locked(&self.power).get(room).cloned()
    }

    pub(crate) fn keep_power(&self, room: &str, power: Arc<PowerLevels>) {
        keep(&self.power, room.to_owned(), power);
    }

    pub(crate) fn management(&self, room: &str) -> Option<bool> {
        locked(&self.management).get(room).copied()
    }

    pub(crate) fn keep_management(&self, room: &str, is: bool) {
        keep(&self.management, room.to_owned(), is);
    }

    /// Somebody's membership or profile changed.
    pub(crate) fn member_changed(&self, room: &str, user: &str) {
        locked(&self.people).remove(&(room.to_owned(), user.to_owned()));
        locked(&self.management).remove(room);
    }

    /// The power levels changed.
    pub(crate) fn power_changed(&self, room: &str) {
        locked(&self.power).remove(room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_name_people_or_servers() {
        let with = |who: &[&str]| who.iter().map(|&who| who.to_owned()).collect::<Vec<_>>();
        for (who, permitted) in [
            (&["s:8448"][..], true),
            (&["@alice:s:8448"], true),
            (&["*"], true),
            (&["s", "@bob:s:8448"], false),
            (&[], false),
        ] {
            assert_eq!(is_among(&with(who), "@alice:s:8448"), permitted, "{who:?}");
        }
    }
}
