//! How delivery to each application service goes, for whoever runs the server.

use serde::Serialize;

use super::listing;
use crate::{app::App, store::StoreError};

/// One service's queue. Times are milliseconds since 1970.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// The id in its registration.
    pub id: String,
    /// Where it listens, if that is known.
    pub url: Option<String>,
    /// Events and ephemeral data that are not acknowledged.
    pub queued: i64,
    /// When the oldest of these events was sent.
    pub oldest_queued_ts: Option<i64>,
    /// How often in a row it has failed.
    pub failures: u32,
    /// When it is tried again.
    pub next_try_ts: Option<u64>,
    /// When it acknowledged something, in this run of the server.
    pub last_success_ts: Option<u64>,
    /// When it failed last, in this run of the server.
    pub last_error_ts: Option<u64>,
    /// How it failed.
    pub last_error: Option<String>,
}

/// All services that are pushed to, in the order of their files.
pub async fn all(app: &App) -> Result<Vec<Status>, StoreError> {
    let listing = listing::current(app).await?;
    let depths = app.store.outbox_depths().await?;
    let status = |heard: &listing::Heard| {
        let depth = depths.iter().find(|depth| depth.service == heard.line.service);
        let health = heard.line.health().clone();
        let (last_error_ts, last_error) = health.last_error.unzip();
        Status {
            id: heard.registration.id.clone(),
            url: heard.registration.url.clone(),
            queued: depth.map_or(0, |depth| depth.count),
            oldest_queued_ts: depth.and_then(|depth| depth.oldest),
            failures: health.failures,
            next_try_ts: health.next_try,
            last_success_ts: health.last_success,
            last_error_ts,
            last_error,
        }
    };
    Ok(listing.services.iter().map(status).collect())
}
