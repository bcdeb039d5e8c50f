//! Pushing transactions: one at a time, the same until it is acknowledged.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};

use super::{PushFault, state::State};
use crate::core::locked;

/// Pushes to one service, by its number.
pub(super) async fn run(state: Arc<Mutex<State>>, service: usize) {
    let client = reqwest::Client::new();
    let mut counter = 0u64;
    loop {
        tokio::time::sleep(Duration::from_millis(2)).await;
        let Some((events, ephemeral, fault)) = take(&state, service) else { continue };
        if fault == Some(PushFault::ResetTransactionIds) {
            counter = 0;
        }
        counter += 1;
        push(&client, &state, service, counter, &events, &ephemeral).await;
        match fault {
            Some(PushFault::DuplicateTransaction) => push(&client, &state, service, counter, &events, &[]).await,
            Some(PushFault::SameEventsAgain) => {
                counter += 1;
                push(&client, &state, service, counter, &events, &[]).await;
            }
            _ => {}
        }
        if let Some(service) = locked(&state).services.get_mut(service) {
            service.pushing = false;
        }
    }
}

type Batch = (Vec<Value>, Vec<Value>, Option<PushFault>);

fn take(state: &Mutex<State>, service: usize) -> Option<Batch> {
    let mut state = locked(state);
    let state = state.services.get_mut(service)?;
    if state.address.is_none() || (state.outbox.is_empty() && state.ephemeral.is_empty()) {
        return None;
    }
    state.pushing = true;
    let count = state.outbox.len().min(100);
    let events: Vec<Value> = state.outbox.drain(..count).collect();
    let ephemeral = std::mem::take(&mut state.ephemeral);
    let fault = if events.is_empty() { None } else { state.push_faults.pop_front() };
    Some((events, ephemeral, fault))
}

async fn push(
    client: &reqwest::Client,
    state: &Mutex<State>,
    service: usize,
    number: u64,
    events: &[Value],
    ephemeral: &[Value],
) {
    loop {
        let (url, token, timeout) = {
            let state = locked(state);
            let Some(service) = state.services.get(service) else { return };
            (service.address.clone(), service.registration.hs_token.reveal().to_owned(), state.push_timeout)
        };
        if let Some(url) = url {
            let body = json!({ "events": events, "ephemeral": ephemeral });
            let request = client.put(format!("{url}/_matrix/app/v1/transactions/{number}")).timeout(timeout);
            let answer = request.bearer_auth(token).json(&body).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
