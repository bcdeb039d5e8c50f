//! How a message fares, told in the room: `com.beeper.message_send_status`, as clients of Beeper and mautrix know it.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    core::{Core, locked},
    engine::{event::MatrixEvent, outcome::Verdict, poll},
    intent::Send,
    network::{SendKey, Timestamp},
    settings::StatusEvents,
    store::inbox::Item,
};

/// A message that waits so long is said to be pending.
const PATIENCE: Duration = Duration::from_secs(10);

/// Items that are said to be pending and have no journal to note it in.
#[derive(Default)]
pub(crate) struct Pending(Mutex<HashSet<i64>>);

/// Whether an event is something people say, of which they want to know whether it arrived.
pub(super) fn is_message(event: &MatrixEvent) -> bool {
    matches!(event.kind.as_str(), "m.room.message" | "m.sticker") || poll::kind(&event.kind) == Some(poll::Kind::Start)
}

/// What is told of a message. Pure.
fn content(network: &str, event_id: &str, status: &str, verdict: Option<&Verdict>) -> Value {
    let mut content = json!({
        "network": network, "status": status,
        "m.relates_to": { "rel_type": "m.reference", "event_id": event_id },
    });
    if let Some(Verdict { sentence, reason, .. }) = verdict {
        content["reason"] = json!(reason);
        content["message"] = json!(sentence);
        content["error"] = json!(sentence);
    }
    content
}

async fn tell(core: &Core, item: i64, event: &MatrixEvent, status: &str, verdict: Option<&Verdict>) {
    let number = item.to_string();
    let send = Send {
        room: event.room_id.clone(),
        kind: "com.beeper.message_send_status".to_owned(),
        content: content(core.info.id, &event.event_id, status, verdict),
        key: SendKey::derive(&[core.info.id, "status", &event.event_id, status, &number]),
        at: None,
    };
    if let Err(error) = core.homeserver.bot().send(&send).await {
        tracing::debug!(room_id = event.room_id, error = %error, "How a message fares was not told.");
    }
}

fn is_told(core: &Core, event: &MatrixEvent) -> bool {
    core.settings.delivery_status != StatusEvents::Off && is_message(event)
}

/// It failed.
pub(super) async fn failed(core: &Core, item: &Item, event: &MatrixEvent, verdict: &Verdict) {
    if is_told(core, event) {
        let status = if verdict.lasting { "FAIL_PERMANENT" } else { "FAIL_RETRIABLE" };
        tell(core, item.id, event, status, Some(verdict)).await;
    }
}

/// It waits; answers whether that was told now.
pub(super) async fn waits(core: &Core, item: &Item, event: &MatrixEvent, wait: Duration) -> bool {
    let age = Timestamp::now().0.saturating_sub(item.received_at);
    let long = wait >= PATIENCE || u128::try_from(age).is_ok_and(|age| age >= PATIENCE.as_millis());
    let told = long && is_told(core, event);
    if told {
        tell(core, item.id, event, "PENDING", None).await;
    }
    told
}

/// It waits for a connection: that is told if there is none after a while.
pub(super) fn waits_for_connection(core: &Arc<Core>, item: &Item, event: &MatrixEvent) {
    if !is_told(core, event) || locked(&core.pending.0).contains(&item.id) {
        return;
    }
    let (worker, id, event) = (core.clone(), item.id, event.clone());
    core.spawn(async move {
        tokio::time::sleep(PATIENCE).await;
        if worker.session.get().is_none() && locked(&worker.pending.0).insert(id) {
            tell(&worker, id, &event, "PENDING", None).await;
        }
    });
}

/// It arrived: told of all messages if that is configured, else of those of which something else was told before.
pub(super) fn arrived(core: &Arc<Core>, item: &Item, event: &MatrixEvent, was_pending: bool) {
    let pending = was_pending | locked(&core.pending.0).remove(&item.id) | event.retried;
    if !is_told(core, event) || !(pending || core.settings.delivery_status == StatusEvents::All) {
        return;
    }
    let (worker, id, event) = (core.clone(), item.id, event.clone());
    core.spawn(async move { tell(&worker, id, &event, "SUCCESS", None).await });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_with_its_reason() {
        let verdict = Verdict { sentence: "No.".into(), lasting: true, reason: "m.no_permission" };
        let told = content("net", "$e", "FAIL_PERMANENT", Some(&verdict));
        assert_eq!(
            told,
            json!({ "network": "net", "status": "FAIL_PERMANENT", "reason": "m.no_permission", "message": "No.",
                "error": "No.", "m.relates_to": { "rel_type": "m.reference", "event_id": "$e" } })
        );
        assert_eq!(content("net", "$e", "SUCCESS", None).get("reason"), None);
    }
}
