//! `PUT /_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}`.
//! Specified in the client-server API, «Sending events to a room».

use std::sync::Arc;

use ruma::{
    OwnedEventId, RoomAliasId, UserId,
    api::client::state::send_state_event::v3::{Request, Response},
    events::StateEventType,
};
use serde_json::{Map, Value};

use super::send_message_event::{append_one, content, time};
use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    rooms::{Draft, Room, membership},
    store::Membership,
};

/// Sets a piece of state. Setting what is set already changes nothing.
pub async fn put(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, raw, .. } = request;
    let room = membership::room(&app, &body.room_id).await?;
    let content = content(&raw)?;
    let ts = time(&caller, body.timestamp);
    let draft = Draft { ts, ..Draft::state(caller.user.clone(), body.event_type.to_string(), body.state_key, content) };
    let event_id = match body.event_type {
        StateEventType::RoomMember => member(&app, &room, draft).await?,
        StateEventType::RoomCanonicalAlias => {
            check_aliases(&app, &room, &draft.content).await?;
            append_one(&app, &room, draft).await?
        }
        _ => append_one(&app, &room, draft).await?,
    };
    Ok(Response::new(event_id))
}

/// A membership set by hand follows the same rules as one set through the endpoint for it.
async fn member(app: &App, room: &Arc<Room>, draft: Draft) -> Result<OwnedEventId> {
    let to = draft.content.get("membership").and_then(Value::as_str);
    let to = to.ok_or_else(|| MatrixError::bad_json("`membership` is missing."))?;
    if !matches!(to, "join" | "invite" | "leave" | "ban" | "knock") {
        return Err(MatrixError::bad_json("`membership` is none of join, invite, leave, ban and knock."));
    }
    let of = UserId::parse(draft.state_key.unwrap_or_default())?;
    let to = Membership::parse(to);
    let mut content = draft.content;
    content.remove("membership");
    let change = membership::Change { by: draft.sender, of, to, content, ts: draft.ts };
    Ok(membership::set(app, room, change).await?.event_id.clone())
}

/// Every alias that is newly named must lead here.
async fn check_aliases(app: &App, room: &Room, content: &Map<String, Value>) -> Result<()> {
    let present = room.state(&app.store, "m.room.canonical_alias", "").await?;
    let known: Vec<String> = present
        .and_then(|event| event.content::<Map<String, Value>>())
        .map(|content| aliases(&content))
        .unwrap_or_default();
    for alias in aliases(content) {
        if known.contains(&alias) {
            continue;
        }
        RoomAliasId::parse(&alias).map_err(|_| MatrixError::invalid_param(format!("{alias} is not an alias.")))?;
        let leads_here = app.store.alias(&alias).await?.is_some_and(|row| row.room == room.nid);
        if !leads_here {
            return Err(MatrixError::bad_alias(format!("{alias} does not lead to this room.")));
        }
    }
    Ok(())
}

fn aliases(content: &Map<String, Value>) -> Vec<String> {
    let main = content.get("alias").and_then(Value::as_str).filter(|alias| !alias.is_empty());
    let others = content.get("alt_aliases").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    main.into_iter().chain(others).map(str::to_owned).collect()
}
