//! `GET` and `PUT /_matrix/client/v3/directory/list/room/{roomId}`.
//! Specified in the client-server API, «Published room directory».

use ruma::api::client::{
    directory::{get_room_visibility, set_room_visibility},
    room::Visibility,
};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    rooms::{membership, power},
};

/// Whether a room is in the directory.
pub async fn get(
    request: Ruma<get_room_visibility::v3::Request>,
    app: App,
) -> Result<get_room_visibility::v3::Response> {
    let row = app.store.room(request.body.room_id.as_str()).await?;
    let row = row.ok_or_else(|| MatrixError::not_found("This server does not know this room."))?;
    let visibility = if row.listed { Visibility::Public } else { Visibility::Private };
    Ok(get_room_visibility::v3::Response::new(visibility))
}

/// Puts a room into the directory or takes it out; for those who may set its main address.
pub async fn put(
    request: Ruma<set_room_visibility::v3::Request>,
    app: App,
) -> Result<set_room_visibility::v3::Response> {
    let Ruma { body, caller, .. } = request;
    let room = app.rooms.by_id(&app.store, &body.room_id).await?;
    let room = room.ok_or_else(|| MatrixError::not_found("This server does not know this room."))?;
    if !caller.admin {
        membership::must_be_joined(&app, &room, &caller.user).await?;
        if !power::may_send_state(&app, &room, &caller.user, "m.room.canonical_alias").await? {
            return Err(MatrixError::forbidden("You do not have the power to publish this room."));
        }
    }
    app.store.list_room(room.nid, body.visibility == Visibility::Public).await?;
    Ok(set_room_visibility::v3::Response::new())
}
