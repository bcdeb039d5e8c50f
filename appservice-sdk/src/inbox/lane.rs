//! Lanes: one task for each queue that is not empty; within a lane nothing overtakes anything.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt;
use tokio::sync::Semaphore;

use super::{LaneName, Way};
use crate::{
    core::{Core, locked},
    engine::run,
    intent::delay,
    network::{Author, Incoming, Timestamp},
    store::inbox::Item,
};

/// Most lanes that work at the same time in one direction; waiting ones do not count.
const AT_ONCE: usize = 32;
/// Items read from the database at a time.
const PAGE: i64 = 32;

/// The lanes that are awake.
pub(crate) struct Lanes {
    awake: Mutex<HashMap<String, Arc<AtomicBool>>>,
    /// For lanes to the network: one that hangs does not hold up the way back.
    out: Semaphore,
    /// For all others.
    home: Semaphore,
}

impl Default for Lanes {
    fn default() -> Self {
        Self { awake: Mutex::default(), out: Semaphore::new(AT_ONCE), home: Semaphore::new(AT_ONCE) }
    }
}

/// What becomes of an item after work was done on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// It is done (or moved), and the database knows.
    Done,
    /// The same again after this time.
    Again(Duration),
    /// The same again once there is a connection.
    OnceConnected,
}

impl Lanes {
    fn permits(&self, lane: &str) -> &Semaphore {
        match LaneName::read(lane).map(|name| name.way) {
            Some(Way::Remote) => &self.out,
            _ => &self.home,
        }
    }

    /// Whether something waits or is worked on in this lane.
    pub(crate) fn is_awake(&self, lane: &str) -> bool {
        locked(&self.awake).contains_key(lane)
    }
}

/// Something was put into a lane.
pub(crate) fn wake(core: &Arc<Core>, lane: &str) {
    let mut awake = locked(&core.lanes.awake);
    if let Some(more) = awake.get(lane) {
        more.store(true, Ordering::SeqCst);
        return;
    }
    let more = Arc::new(AtomicBool::new(false));
    awake.insert(lane.to_owned(), more.clone());
    drop(awake);
    let (lane, worker) = (lane.to_owned(), core.clone());
    core.spawn(async move { work_off(&worker, &lane, &more).await });
}

/// Wakes every lane in which something was left by a former run.
pub(crate) async fn resume(core: &Arc<Core>) -> Result<usize, crate::network::StoreError> {
    let lanes = core.store.lanes().await?;
    for lane in &lanes {
        wake(core, lane);
    }
    Ok(lanes.len())
}

async fn work_off(core: &Arc<Core>, lane: &str, more: &AtomicBool) {
    loop {
        more.store(false, Ordering::SeqCst);
        match core.store.head(lane, PAGE).await {
            Ok(items) if items.is_empty() => {
                let mut awake = locked(&core.lanes.awake);
                if !more.load(Ordering::SeqCst) {
                    awake.remove(lane);
                    return;
                }
            }
            Ok(items) => {
                for item in items {
                    finish(core, item).await;
                }
            }
            Err(error) => {
                tracing::error!(lane, error = %error, "A lane cannot be read; it is tried again.");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Works on one item until it is done.
async fn finish(core: &Arc<Core>, mut item: Item) {
    let early = item.not_before.saturating_sub(Timestamp::now().0);
    if early > 0 {
        tokio::time::sleep(Duration::from_millis(u64::try_from(early).unwrap_or(0))).await;
    }
    let mut tries: u32 = 0;
    loop {
        let permit = core.lanes.permits(&item.lane).acquire().await;
        // Boxed, because work may wake another lane, whose task does this work again.
        let work: Pin<Box<dyn Future<Output = After> + Send + '_>> = Box::pin(run::work(core, &mut item, tries));
        let worked = AssertUnwindSafe(work).catch_unwind().await;
        let after = match worked {
            Ok(after) => after,
            // A fault in a connector ends neither the lane nor, at last, the patience with it.
            Err(_) if tries < 3 => After::Again(delay(tries, rand::random())),
            Err(_) => run::give_up(core, &item).await,
        };
        drop(permit);
        tries = tries.saturating_add(1);
        match after {
            After::Done => return,
            After::Again(wait) => tokio::time::sleep(wait).await,
            After::OnceConnected => core.session.wait().await,
        }
    }
}

/// Shows that somebody of the network types: at once, once, or not at all.
pub(crate) fn typing(core: &Arc<Core>, incoming: &Incoming, on: bool) {
    let (Author::Them(id, _), Some(room)) = (&incoming.from, core.portals.room_of(incoming.chat.as_str())) else {
        return;
    };
    let ghost = core.names.ghost(id.as_str());
    if !core.ghosts.is_joined(&room, &ghost) {
        return;
    }
    let worker = core.clone();
    core.spawn(async move {
        if let Err(error) = worker.homeserver.user(&ghost).typing(&room, on).await {
            tracing::debug!(room_id = room, error = %error, "Typing was not shown.");
        }
    });
}
