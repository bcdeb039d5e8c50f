//! Hands one service what is queued for it: freezes a transaction, sends it until it is acknowledged, freezes the next.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use registrations::{Registration, Roster};
use reqwest::Method;
use tokio::{sync::watch, time::Instant};

use super::{
    backoff,
    batch::{self, Batch, Ephemeral, Item},
    call::{Call, Failure, segment},
    freezing::name,
    line::Line,
    wire,
};
use crate::{
    app::App,
    rooms::Event,
    store::{
        Pos, StoreError,
        outbox::{Frozen, Queued},
    },
};

/// How long a service may think about a transaction before it is sent again.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// For how long the older path is used before the specified one is tried again.
const LEGACY_FOR: Duration = Duration::from_secs(60 * 60);
/// Rows read at a time: as many as one transaction can hold.
const READ: usize = 2 * batch::MOST;

struct Worker {
    app: App,
    line: Arc<Line>,
    changes: watch::Receiver<Arc<Roster>>,
    /// Tells this database's transactions from those of any other with the same positions.
    mark: String,
    legacy_until: Option<Instant>,
}

/// Serves a queue as long as the server runs.
pub(super) async fn run(app: App, line: Arc<Line>) {
    loop {
        let Err(error) = serve(&app, &line).await;
        tracing::error!(service = line.id, %error, "delivery is held up by the database");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn serve(app: &App, line: &Arc<Line>) -> Result<Infallible, StoreError> {
    let mark = app.store.outbox_mark(format!("{:08x}", rand::random::<u32>())).await?;
    let (app, line, changes) = (app.clone(), Arc::clone(line), app.services.changes());
    let mut worker = Worker { app, line, changes, mark, legacy_until: None };
    worker.line.reset();
    let mut frozen = worker.app.store.frozen(worker.line.service).await?;
    loop {
        match frozen {
            Some(transaction) => {
                worker.deliver(&transaction).await;
                frozen = worker.freeze(Some(transaction.upto)).await?;
            }
            None => {
                frozen = match worker.line.woken(&worker.mark).await {
                    Some(ready) => Some(ready),
                    None => worker.freeze(None).await?,
                };
            }
        }
    }
}

impl Worker {
    /// In one write: settles what was acknowledged, and fixes what is sent next, if there is anything.
    async fn freeze(&mut self, mut settled: Option<Pos>) -> Result<Option<Frozen>, StoreError> {
        loop {
            let next = self.next(settled).await?;
            let Some(Batch { upto, body }) = next else {
                if settled.is_some() {
                    self.app.store.turn(self.line.service, settled, None).await?;
                }
                return Ok(None);
            };
            if let Some(body) = body {
                let next = Frozen { txn: name(&self.mark, upto), upto, body };
                self.app.store.turn(self.line.service, settled, Some(next.clone())).await?;
                return Ok(Some(next));
            }
            settled = Some(upto);
        }
    }

    /// The head of the queue after `settled`, as one transaction.
    async fn next(&mut self, settled: Option<Pos>) -> Result<Option<Batch>, StoreError> {
        if self.line.is_known() {
            return Ok(None);
        }
        let newest = self.line.newest();
        let limit = i64::try_from(READ).unwrap_or(i64::MAX);
        let rows = self.app.store.outbox(self.line.service, settled.unwrap_or_default(), limit).await?;
        let last = rows.last().map(|row| row.pos);
        let items = self.items(&rows).await?;
        let batch = batch::batch(&items, self.app.clock.now_ms());
        // If all there was is in this batch, the next look can wait until something is queued.
        let all = rows.len() < READ && batch.as_ref().map(|batch| batch.upto) == last;
        if all {
            self.line.looked(newest.max(last.unwrap_or_default()));
        }
        Ok(batch)
    }

    /// The rows with what they stand for: at most two queries more, none for messages that are still in memory.
    async fn items(&self, rows: &[Queued]) -> Result<Vec<(Pos, Item)>, StoreError> {
        let positions: Vec<Pos> = rows.iter().filter(|row| row.payload.is_none()).map(|row| row.pos).collect();
        let events = self.app.store.events(&positions).await?;
        let replaced = self.app.store.replaced_by(&events).await?;
        let now = self.app.clock.now_ms();
        let mut events = events.iter().peekable();
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let item = match &row.payload {
                Some(payload) => serde_json::from_str::<Ephemeral>(payload).map_or(Item::Gone, Item::Ephemeral),
                None => match events.next_if(|event| event.pos == row.pos) {
                    Some(event) => to_item(event, replaced.get(&event.pos).map(|event| &**event), now)?,
                    None => Item::Gone,
                },
            };
            items.push((row.pos, item));
        }
        Ok(items)
    }

    /// Sends a transaction until it is acknowledged.
    async fn deliver(&mut self, transaction: &Frozen) {
        let (txn, body) = (segment(&transaction.txn), Bytes::from(transaction.body.clone()));
        loop {
            let service = self.reachable().await;
            let tried = Instant::now();
            match self.put(&service, &txn, &body).await {
                Ok(()) => {
                    self.succeeded();
                    return;
                }
                Err(failure) => {
                    let wait = self.failed(&failure);
                    self.hold_off(&service, tried, tried.max(Instant::now()) + wait).await;
                }
            }
        }
    }

    async fn put(&mut self, service: &Registration, txn: &str, body: &Bytes) -> Result<(), Failure> {
        let (path, legacy) = (format!("/_matrix/app/v1/transactions/{txn}"), format!("/transactions/{txn}"));
        let call =
            |path| Call { method: Method::PUT, path, query: &[], body: Some(body.clone()), within: ANSWER_WITHIN };
        let calls = &self.app.delivery.0.calls;
        if let Some(until) = self.legacy_until.take().filter(|until| Instant::now() < *until) {
            // Whatever goes wrong here, the next try is by the specified path again.
            calls.send(service, call(&legacy)).await?;
            self.legacy_until = Some(until);
            return Ok(());
        }
        let (_, by_legacy) = calls.send_or_legacy(service, call(&path), &legacy).await?;
        self.legacy_until = by_legacy.then(|| Instant::now() + LEGACY_FOR);
        Ok(())
    }

    /// The service's registration, once it has an address.
    async fn reachable(&mut self) -> Arc<Registration> {
        loop {
            let roster = self.changes.borrow_and_update().clone();
            if let Some(service) = roster.by_id(&self.line.id).filter(|service| service.url.is_some()) {
                return Arc::clone(service);
            }
            if self.changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Waits out the time until the next try, cut short by a sign of life or by a changed registration.
    async fn hold_off(&mut self, tried: &Registration, at: Instant, until: Instant) {
        loop {
            tokio::select! {
                nudged = self.line.pause(at, until) => {
                    if nudged {
                        self.line.health().failures = 0;
                    }
                    return;
                }
                changed = self.changes.changed() => {
                    let roster = self.changes.borrow_and_update().clone();
                    if changed.is_ok() && roster.by_id(&self.line.id).is_some_and(|now| same(now, tried)) {
                        continue;
                    }
                    self.legacy_until = None;
                    self.line.paused();
                    self.line.health().failures = 0;
                    return;
                }
            }
        }
    }

    fn succeeded(&self) {
        let mut health = self.line.health();
        if health.failures > 0 {
            tracing::info!(service = self.line.id, "the application service takes events again");
        }
        health.failures = 0;
        health.next_try = None;
        health.last_success = Some(self.app.clock.now_ms());
    }

    fn failed(&self, failure: &Failure) -> Duration {
        let now = self.app.clock.now_ms();
        let mut health = self.line.health();
        health.failures = health.failures.saturating_add(1);
        let wait = backoff::wait(health.failures, rand::random());
        if health.failures == 1 {
            tracing::warn!(service = self.line.id, %failure, "the application service does not take events; they are kept");
        }
        health.next_try = Some(now + u64::try_from(wait.as_millis()).unwrap_or_default());
        health.last_error = Some((now, failure.to_string()));
        wait
    }
}

/// Whether a service is still reached in the same way.
fn same(now: &Registration, then: &Registration) -> bool {
    now.url == then.url && now.hs_token.matches(then.hs_token.reveal())
}

fn to_item(event: &Event, replaced: Option<&Event>, now: u64) -> Result<Item, StoreError> {
    let json = wire::json(event, replaced, now);
    json.map(Item::Event).map_err(|error| StoreError::Damaged(format!("event {}: {error}", event.event_id)))
}
