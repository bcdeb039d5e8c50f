//! `GET /_matrix/client/v3/rooms/{roomId}/state`, whole or one piece of it.
//! Specified in the client-server API, «Getting events for a room».

use std::sync::Arc;

use actix_web::HttpResponse;
use ruma::api::client::state::{get_state_event_for_key, get_state_events};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::{Ruma, json},
    rooms::{
        Event, Room,
        client_event::{Shown, Viewer, plain},
        reader::state_access,
    },
    store::state::At,
};

/// All of it.
pub async fn all(request: Ruma<get_state_events::v3::Request>, app: App) -> Result<HttpResponse> {
    let (room, at) = state_access(&app, &request.caller, &request.body.room_id).await?;
    let state = app.store.whole_state(room.nid, at).await?;
    let viewer = Viewer::new(&app, &request.caller);
    let shown: Vec<Shown> = state.iter().map(|event| plain(&viewer, event)).collect();
    json(&shown)
}

/// One piece: its content, or with `?format=event` the whole event.
pub async fn one(request: Ruma<get_state_event_for_key::v3::Request>, app: App) -> Result<HttpResponse> {
    let whole = request.query("format").as_deref() == Some("event");
    let Ruma { body, caller, .. } = request;
    let (room, at) = state_access(&app, &caller, &body.room_id).await?;
    let piece = piece(&app, &room, at, &body.event_type.to_string(), &body.state_key).await?;
    let piece = piece.ok_or_else(|| MatrixError::not_found("There is no such state in this room."))?;
    if whole { json(&plain(&Viewer::new(&app, &caller), &piece)) } else { json(&piece.content) }
}

async fn piece(app: &App, room: &Room, at: At, kind: &str, key: &str) -> Result<Option<Arc<Event>>> {
    if at == At::Now {
        return Ok(room.state(&app.store, kind, key).await?);
    }
    let Some(pair) = app.store.find_atom(kind).await?.zip(app.store.find_atom(key).await?) else { return Ok(None) };
    Ok(app.store.state_of(room.nid, at, &[pair]).await?.pop())
}
