//! `GET /_matrix/client/v3/rooms/{roomId}/aliases`. Specified in the client-server API, «Room aliases».

use ruma::{
    RoomAliasId,
    api::client::room::aliases::v3::{Request, Response},
};

use crate::{app::App, error::Result, http::ruma::Ruma, rooms::reader::state_access};

/// The addresses of a room on this server.
pub async fn get(request: Ruma<Request>, app: App) -> Result<Response> {
    let (room, _) = state_access(&app, &request.caller, &request.body.room_id).await?;
    let aliases = app.store.aliases_of(room.nid).await?;
    Ok(Response::new(aliases.iter().filter_map(|row| RoomAliasId::parse(&row.alias).ok()).collect()))
}
