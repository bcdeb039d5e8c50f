//! `PUT /_matrix/app/v1/transactions/{txnId}`
//!
//! <https://spec.matrix.org/v1.19/application-service-api/#put_matrixappv1transactionstxnid>
//!
//! Answered only after everything is stored. The transaction id is not looked at: what came before is recognised event by
//! event, so neither a homeserver that counts anew nor one that sends an event in two transactions loses or doubles one.

use std::sync::Arc;

use serde_json::{Value, json};

use super::error;
use crate::{
    core::Core,
    inbox::accept,
    network::{ChatId, HttpResponse},
};

/// Takes a transaction.
pub(crate) async fn take(core: &Arc<Core>, body: &[u8]) -> HttpResponse {
    let Ok(Value::Object(transaction)) = serde_json::from_slice::<Value>(body) else {
        return error(400, "M_NOT_JSON", "A transaction is a JSON object.");
    };
    let list = |key: &str| transaction.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if transaction.get("events").is_none_or(|events| !events.is_array()) {
        return error(400, "M_BAD_JSON", "A transaction has a list of `events`.");
    }
    if let Err(why) = accept::from_homeserver(core, list("events")).await {
        tracing::error!(error = %why, why = %why.why, "A transaction could not be stored; the homeserver will send it again.");
        return error(500, "M_UNKNOWN", "The transaction could not be stored; send it again.");
    }
    for ephemeral in list("ephemeral").iter().chain(list("de.sorunome.msc2409.ephemeral")) {
        typing(core, ephemeral);
    }
    HttpResponse::json(200, &json!({}))
}

/// Typing is shown over there at once or not at all.
fn typing(core: &Arc<Core>, event: &Value) {
    if event.get("type").and_then(Value::as_str) != Some("m.typing") {
        return;
    }
    let room = event.get("room_id").and_then(Value::as_str).unwrap_or_default();
    let Some((chat, session)) = core.portals.chat_of(room).zip(core.session.get()) else { return };
    let users = event.pointer("/content/user_ids").and_then(Value::as_array);
    let mut users = users.into_iter().flatten().filter_map(Value::as_str);
    let on = users.any(|user| !core.names.is_ours(user));
    let chat = ChatId::new(chat);
    if !session.features(&chat).typing {
        return;
    }
    core.spawn(async move {
        if let Err(error) = session.typing(&chat, on).await {
            tracing::debug!(chat = %chat, error = %error, "Typing was not shown.");
        }
    });
}
