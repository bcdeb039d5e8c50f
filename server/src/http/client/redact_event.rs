//! `PUT /_matrix/client/v3/rooms/{roomId}/redact/{eventId}/{txnId}`.
//! Specified in the client-server API, «Redactions».

use ruma::api::client::redact::redact_event::v3::{Request, Response};

use super::send_message_event::{append_one, content, redaction, time, txn};
use crate::{
    app::App,
    error::Result,
    http::ruma::Ruma,
    rooms::{Draft, membership},
};

/// Empties an event.
pub async fn put(request: Ruma<Request>, app: App) -> Result<Response> {
    let ts = request.query("ts").and_then(|ts| ts.parse().ok()).map(ruma::MilliSecondsSinceUnixEpoch);
    let Ruma { body, caller, raw, .. } = request;
    let room = membership::room(&app, &body.room_id).await?;
    let content = if raw.is_empty() { serde_json::Map::new() } else { content(&raw)? };
    let draft = Draft {
        txn: Some(txn(&caller, &body.txn_id)?),
        ts: time(&caller, ts),
        ..Draft::message(caller.user.clone(), "m.room.redaction", content)
    };
    let draft = redaction(draft, &room, Some(body.event_id))?;
    Ok(Response::new(append_one(&app, &room, draft).await?))
}
