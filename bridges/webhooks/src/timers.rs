//! What happens because time passed: repetitions, digests, missing heartbeats, fallbacks.

use std::time::Duration;

use appservice_sdk::prelude::*;

use crate::{
    agenda,
    desk::{Desk, Work},
    fallback, heartbeat, outgoing, storm, urgent,
    when::SECOND,
};

/// When the bridge was last known to be at work.
const ALIVE: &str = "alive";
/// How often that is noted.
const NOTED: i64 = 30 * SECOND;

/// Takes up what a former run left.
///
/// # Errors
/// The database failed.
pub(crate) async fn resume(desk: &Desk) -> Result<(), StoreError> {
    let now = Timestamp::now().0;
    let away = agenda::away(desk.get(ALIVE).await?, now);
    let mut work = Work::default();
    let entries = desk.get_all::<i64>(agenda::PREFIX).await?;
    let entries: Vec<(String, i64)> =
        entries.into_iter().map(|(key, at)| (key.trim_start_matches(agenda::PREFIX).to_owned(), at)).collect();
    if away > 0 {
        heartbeat::extend(desk, &mut work, away).await?;
    }
    for (key, at) in agenda::resumed(entries, away, now) {
        work.at(key, at);
    }
    work.put(ALIVE, &now);
    desk.commit(work).await
}

/// Does what is due, for ever.
pub(crate) async fn run(desk: Desk) {
    let mut noted = Timestamp::now().0;
    let mut swept = 0;
    loop {
        let now = Timestamp::now().0;
        let mut failed = false;
        for key in desk.house().agenda.due(now) {
            if let Err(error) = fire(&desk, &key, now).await {
                tracing::error!(error = %error, key, "What is due could not be done; it is tried again.");
                failed = true;
            }
        }
        if now - noted >= NOTED && desk.put(ALIVE, &now).await.is_ok() {
            noted = now;
        }
        if now - swept >= 24 * 3600 * SECOND {
            swept = now;
            failed |= crate::deliver::sweep(&desk, now).await.is_err() || outgoing::sweep(&desk, now).await.is_err();
        }
        match failed {
            true => tokio::time::sleep(Duration::from_secs(1)).await,
            false => desk.house().agenda.wait(now).await,
        }
    }
}

async fn fire(desk: &Desk, key: &str, now: i64) -> Result<(), StoreError> {
    match key.split_once('/') {
        Some(("repeat", root)) => urgent::fire(desk, root, now).await,
        Some(("storm", hook)) => storm::fire(desk, hook, now).await,
        Some(("beat", check)) => heartbeat::fire(desk, check, now).await,
        Some(("fallback", root)) => fallback::fire(desk, root, now).await,
        Some(("letter", key)) => outgoing::fire(desk, key, now).await,
        _ => {
            let mut work = Work::default();
            work.never(key);
            desk.commit(work).await
        }
    }
}
