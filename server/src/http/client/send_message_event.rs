//! `PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}`: who, what, which transaction id.
//! Specified in the client-server API, «Sending events to a room».

use ruma::{
    OwnedEventId, TransactionId,
    api::client::message::send_message_event::v3::{Request, Response},
    events::MessageLikeEventType,
};
use serde_json::{Map, Value};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{caller::Caller, ruma::Ruma},
    rooms::{Draft, Room, append, membership},
};

/// Sends a message event.
pub async fn put(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, raw, .. } = request;
    let room = membership::room(&app, &body.room_id).await?;
    let mut draft = Draft {
        txn: Some(txn(&caller, &body.txn_id)?),
        ts: time(&caller, body.timestamp),
        ..Draft::message(caller.user.clone(), body.event_type.to_string(), content(&raw)?)
    };
    if body.event_type == MessageLikeEventType::RoomRedaction {
        draft = redaction(draft, &room, None)?;
    }
    Ok(Response::new(append_one(&app, &room, draft).await?))
}

/// The content of an event as it was sent.
pub(super) fn content(raw: &[u8]) -> Result<Map<String, Value>> {
    serde_json::from_slice(raw)
        .map_err(|error| MatrixError::not_json(format!("The content is not a JSON object: {error}.")))
}

/// Application services may say when something was said; people may not.
pub(super) fn time(caller: &Caller, ts: Option<ruma::MilliSecondsSinceUnixEpoch>) -> Option<u64> {
    caller.appservice.as_ref().and(ts).map(|ts| u64::from(ts.0))
}

/// The scope of a transaction id is the device, the room and the type.
pub(super) fn txn(caller: &Caller, id: &TransactionId) -> Result<(crate::store::DeviceNid, String)> {
    if id.as_str().len() > 255 {
        return Err(MatrixError::invalid_param("The transaction id is longer than 255 bytes."));
    }
    Ok((caller.device_nid, id.to_string()))
}

/// Writes what is redacted where the room's version wants it: in the content from 11 on, beside it before.
pub(super) fn redaction(mut draft: Draft, room: &Room, target: Option<OwnedEventId>) -> Result<Draft> {
    let target = match target {
        Some(target) => target,
        None => {
            let given = draft.content.get("redacts").and_then(Value::as_str);
            given
                .ok_or_else(|| MatrixError::missing_param("`redacts` does not say which event."))?
                .try_into()
                .map_err(|_| MatrixError::invalid_param("`redacts` is not an event id."))?
        }
    };
    if room.rules.redaction.content_field_redacts {
        draft.content.insert("redacts".into(), target.as_str().into());
    } else {
        draft.content.remove("redacts");
        draft.redacts = Some(target);
    }
    Ok(draft)
}

/// Appends one event and answers its id.
pub(super) async fn append_one(app: &App, room: &std::sync::Arc<Room>, draft: Draft) -> Result<OwnedEventId> {
    let events = append(app, room, vec![draft]).await?;
    let event = events.first().ok_or_else(|| MatrixError::internal("an append without an event"))?;
    Ok(event.event_id.clone())
}
