//! `GET /_matrix/client/v3/directory/room/{roomAlias}`. Specified in the client-server API, «Room aliases».

use std::sync::Arc;

use registrations::Registration;
use ruma::{
    RoomAliasId,
    api::client::alias::get_alias::v3::{Request, Response},
};

use crate::{
    app::App,
    delivery::ask,
    error::{MatrixError, Result},
    http::{caller::ServiceToken, ruma::Ruma},
    rooms::Room,
};

/// Where an address leads.
pub async fn get(request: Ruma<Request>, app: App) -> Result<Response> {
    let asker = ServiceToken::of(&app, &request.req).service();
    let room = lookup(&app, &request.body.room_alias, asker.as_deref()).await?;
    let room = room.ok_or_else(|| MatrixError::not_found("This alias leads nowhere."))?;
    Ok(Response::new(room.id.clone(), vec![app.server_name().to_owned()]))
}

/// The room behind an address. An application service that owns the address may make the room now.
pub(super) async fn lookup(app: &App, alias: &RoomAliasId, asker: Option<&Registration>) -> Result<Option<Arc<Room>>> {
    if let Some(room) = known(app, alias).await? {
        return Ok(Some(room));
    }
    let asked = ask::alias(app, alias, asker).await;
    let room = known(app, alias).await?;
    if room.is_none() {
        asked?;
    }
    Ok(room)
}

async fn known(app: &App, alias: &RoomAliasId) -> Result<Option<Arc<Room>>> {
    let Some(row) = app.store.room_by_alias(alias.as_str()).await? else { return Ok(None) };
    Ok(app.rooms.by_nid(&app.store, row.id).await?)
}
