//! `POST /_matrix/client/v3/rooms/{roomId}/join` and `POST /_matrix/client/v3/join/{roomIdOrAlias}`.
//! Specified in the client-server API, «Joining rooms».

use std::sync::Arc;

use ruma::{
    OwnedRoomId, RoomAliasId, RoomOrAliasId,
    api::client::membership::{join_room_by_id, join_room_by_id_or_alias},
};
use serde_json::{Map, Value};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{caller::Caller, ruma::Ruma},
    rooms::{
        Room,
        membership::{self, Change},
    },
    store::Membership,
};

/// Joins a room by its id.
pub async fn by_id(request: Ruma<join_room_by_id::v3::Request>, app: App) -> Result<join_room_by_id::v3::Response> {
    let Ruma { body, caller, .. } = request;
    let room = app.rooms.by_id(&app.store, &body.room_id).await?.ok_or_else(unknown)?;
    Ok(join_room_by_id::v3::Response::new(join(&app, &caller, &room, body.reason).await?))
}

/// Joins a room by its id or by an address.
pub async fn by_id_or_alias(
    request: Ruma<join_room_by_id_or_alias::v3::Request>,
    app: App,
) -> Result<join_room_by_id_or_alias::v3::Response> {
    let Ruma { body, caller, .. } = request;
    let room = find(&app, &body.room_id_or_alias, &caller).await?;
    Ok(join_room_by_id_or_alias::v3::Response::new(join(&app, &caller, &room, body.reason).await?))
}

async fn join(app: &App, caller: &Caller, room: &Arc<Room>, reason: Option<String>) -> Result<OwnedRoomId> {
    if caller.guest {
        guests_welcome(app, room).await?;
    }
    membership::change(app, room, Change::own(caller.user.clone(), Membership::JOIN).because(reason)).await?;
    Ok(room.id.clone())
}

/// The room behind an id or an address. An address may belong to an application service that makes the room now.
pub(super) async fn find(app: &App, id: &RoomOrAliasId, caller: &Caller) -> Result<Arc<Room>> {
    let room = match <&RoomAliasId>::try_from(id) {
        Ok(alias) => super::get_alias::lookup(app, alias, caller.appservice.as_deref()).await?,
        Err(id) => app.rooms.by_id(&app.store, id).await?,
    };
    room.ok_or_else(unknown)
}

fn unknown() -> MatrixError {
    MatrixError::not_found("This server does not know this room.")
}

async fn guests_welcome(app: &App, room: &Room) -> Result<()> {
    let access = room.state(&app.store, "m.room.guest_access", "").await?;
    let content = access.and_then(|event| event.content::<Map<String, Value>>()).unwrap_or_default();
    if content.get("guest_access").and_then(Value::as_str) == Some("can_join") {
        return Ok(());
    }
    Err(MatrixError::guest_forbidden())
}
