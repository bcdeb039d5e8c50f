//! `GET /_matrix/client/v3/directory/room/{roomAlias}`. Specified in the client-server API, «Room aliases».

use std::sync::Arc;

use ruma::{
    RoomAliasId,
    api::client::alias::get_alias::v3::{Request, Response},
};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    rooms::Room,
};

/// Where an address leads.
pub async fn get(request: Ruma<Request>, app: App) -> Result<Response> {
    let room = lookup(&app, &request.body.room_alias).await?;
    let room = room.ok_or_else(|| MatrixError::not_found("This alias leads nowhere."))?;
    Ok(Response::new(room.id.clone(), vec![app.server_name().to_owned()]))
}

/// The room behind an address.
pub(super) async fn lookup(app: &App, alias: &RoomAliasId) -> Result<Option<Arc<Room>>> {
    let Some(row) = app.store.room_by_alias(alias.as_str()).await? else { return Ok(None) };
    Ok(app.rooms.by_nid(&app.store, row.id).await?)
}
