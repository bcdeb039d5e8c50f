//! `getUpdates`: the one method that waits. <https://core.telegram.org/bots/api#getupdates>

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use super::{
    answer::{Outcome, admit, after, record},
    ask::Ask,
    door::Request,
};
use crate::telegram::{
    error::{self, Refusal},
    faults::Fault,
    state::{Shared, State},
};

/// The longest a request may wait.
const LONGEST: i64 = 50;

const TERMINATED: &str = "terminated by other getUpdates request; make sure that only one bot instance is running";
const REPLACED: &str = "terminated by setWebhook request";
const WEBHOOK: &str =
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

/// Who waits, and for how much.
struct Listener {
    number: u64,
    limit: usize,
    patience: Duration,
}

/// Counts who listens, for as long as they do: a client that goes away drops it.
struct Listening(Arc<Shared>);

impl Listening {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.with(|state| state.listeners += 1);
        Self(Arc::clone(shared))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.with(|state| state.listeners -= 1);
    }
}

/// Confirms, then answers as soon as there is something.
pub(crate) async fn updates(shared: &Arc<Shared>, request: &Request) -> Outcome {
    let begun = shared.with(|state| {
        let begun = begin(state, request);
        if let Err(outcome) = &begun {
            record(state, request, outcome);
        }
        begun
    });
    let listener = match begun {
        Ok(listener) => listener,
        Err(outcome) => return outcome,
    };
    let mut version = shared.version.subscribe();
    let listening = Listening::new(shared);
    let look = async {
        loop {
            version.mark_unchanged();
            match shared.look(|state| ready(state, &listener)) {
                Ok(updates) if updates.is_empty() => {}
                ready => return ready,
            }
            if version.changed().await.is_err() {
                return Ok(vec![]);
            }
        }
    };
    let answer = tokio::time::timeout(listener.patience, look).await.unwrap_or(Ok(vec![]));
    drop(listening);
    shared.with(|state| {
        let outcome = after(state, "getUpdates", Outcome::from(answer.map(Value::Array)));
        record(state, request, &outcome);
        outcome
    })
}

fn begin(state: &mut State, request: &Request) -> Result<Listener, Outcome> {
    let method = admit(state, request)?;
    if state.webhook.is_some() {
        return Err(Outcome::refused(&error::conflict(WEBHOOK)));
    }
    let lifetime = i64::try_from(state.settings.update_lifetime.as_secs()).unwrap_or(i64::MAX);
    state.updates.expire(state.world.clock.date() - lifetime);
    let ask = Ask { state: &mut *state, form: &request.form };
    let offset = ask.int("offset").unwrap_or(0);
    let limit = ask.int("limit").unwrap_or(100).clamp(1, 100);
    let timeout = ask.int("timeout").unwrap_or(0).clamp(0, LONGEST);
    let allowed = ask.json("allowed_updates").map_err(|refusal| Outcome::refused(&refusal))?;
    state.updates.allow(allowed);
    if offset != 0 {
        state.updates.confirm(offset);
    }
    state.updates.consumer += 1;
    if let Some(Fault::UpdatesAgain(count)) =
        state.faults.strikes(method.name, |fault| matches!(fault, Fault::UpdatesAgain(_)))
    {
        let mut again = state.updates.again(count);
        again.extend(state.updates.first(100));
        return Err(Outcome::from(Ok(Value::Array(again))));
    }
    Ok(Listener {
        number: state.updates.consumer,
        limit: usize::try_from(limit).unwrap_or(100),
        patience: Duration::from_secs(timeout.unsigned_abs()),
    })
}

fn ready(state: &State, listener: &Listener) -> Result<Vec<Value>, Refusal> {
    if state.webhook.is_some() {
        return Err(error::conflict(REPLACED));
    }
    if state.updates.consumer != listener.number {
        return Err(error::conflict(TERMINATED));
    }
    Ok(state.updates.first(listener.limit))
}
