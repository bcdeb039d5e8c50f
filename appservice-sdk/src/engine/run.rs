//! Doing what was decided: effects, journaled, in order. One item at a time.

mod calls;
pub(crate) mod delivered;
mod directory;
mod face;
mod failure;
pub(crate) mod gather;
pub(crate) mod ghost;
mod journal;
mod matrix;
mod pack;
mod pins;
mod polls;
pub(crate) mod power;
mod remote;
mod retry;
pub(crate) mod status;
mod steps;

use std::{sync::Arc, time::Duration};

use crate::{
    command,
    core::Core,
    inbox::{self, LaneName, Way, lane, lane::After},
    intent::delay,
    network::{StoreError, Timestamp},
    store::{
        Sql,
        inbox::{Item, done, move_to},
    },
};

/// How long something waits for the message it changes.
const PATIENCE: i64 = 60_000;

/// Works on an item. The answer `Done` means that the database says so too.
pub(crate) async fn work(core: &Arc<Core>, item: &mut Item, tries: u32) -> After {
    let way = LaneName::read(&item.lane).map(|name| name.way);
    let worked = match way {
        Some(Way::Remote) => remote::work(core, item, tries).await,
        Some(Way::Matrix) => matrix::work(core, item, tries).await,
        Some(Way::Bot) => match &core.handlers {
            Some(handlers) => handlers.work(core, item, tries).await,
            None => command::work(core, item).await,
        },
        None => settle(core, item, Vec::new()).await,
    };
    worked.unwrap_or_else(|error| {
        tracing::error!(lane = item.lane, error = %error, why = %error.why, "The bridge's database failed; it is tried again.");
        After::Again(delay(tries, rand::random()))
    })
}

/// Ends an item on which the work broke off again and again.
pub(crate) async fn give_up(core: &Arc<Core>, item: &Item) -> After {
    tracing::error!(lane = item.lane, item = item.id, "The bridge fails on this item; it is left out.");
    let learnt = match LaneName::read(&item.lane).is_some_and(|name| name.way == Way::Remote) {
        true => failure::broken(core, item).await,
        false => Vec::new(),
    };
    settle(core, item, learnt).await.unwrap_or(After::Again(Duration::from_secs(1)))
}

/// Ends an item together with what the ledger learns: one transaction.
pub(crate) async fn settle(core: &Core, item: &Item, mut writes: Vec<Sql>) -> Result<After, StoreError> {
    writes.push(done(item.id));
    core.store.commit("recording an outcome", writes).await?;
    Ok(After::Done)
}

/// Whether an item came in, or the bridge started, less than so many milliseconds ago.
pub(crate) fn is_young(core: &Core, item: &Item, patience: i64) -> bool {
    Timestamp::now().0.saturating_sub(item.received_at.max(core.started.0)) < patience
}

/// Ends an item that needs nothing done.
async fn skip(core: &Core, item: &Item, why: &str) -> Result<After, StoreError> {
    tracing::debug!(lane = item.lane, why, "Nothing to bridge.");
    settle(core, item, Vec::new()).await
}

/// The message it changes is not known (yet): it steps aside and waits a while, then is given up.
async fn wait_for(core: &Arc<Core>, item: &Item, target: &str, tries: u32) -> Result<After, StoreError> {
    let age = Timestamp::now().0.saturating_sub(item.received_at);
    let aside = LaneName::read(&item.lane).is_some_and(|name| name.aside);
    if !aside {
        let lane = inbox::aside(&item.lane, target);
        core.store.commit("stepping aside", vec![move_to(item.id, &lane)]).await?;
        lane::wake(core, &lane);
        return Ok(After::Done);
    }
    if age > PATIENCE {
        // What came in soon after it must have been done first: after an outage that may still wait in the main lane.
        let head = core.store.head(inbox::main(&item.lane), 1).await?.pop();
        if head.is_none_or(|head| head.received_at.saturating_sub(item.received_at) > PATIENCE) {
            return skip(core, item, "what it changes never came").await;
        }
    }
    Ok(After::Again(Duration::from_millis(200).saturating_mul(tries.clamp(1, 10))))
}
