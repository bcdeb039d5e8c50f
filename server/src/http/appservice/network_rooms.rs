//! `PUT /_matrix/client/v3/directory/list/appservice/{networkId}/{roomId}`: a service's own room directory.
//! Specified in the application-service API, «Published room directories».

use ruma::api::client::{
    appservice::set_room_visibility::v3::{Request, Response},
    room::Visibility,
};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
};

/// Lists a room under a network of the service, or takes it off the list.
pub async fn put(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, .. } = request;
    let service = caller.appservice.ok_or_else(|| MatrixError::forbidden("Only application services may do this."))?;
    let room = app.store.room(body.room_id.as_str()).await?;
    let room = room.ok_or_else(|| MatrixError::not_found("This server does not know this room."))?;
    let service = app.store.atom(&service.id).await?;
    app.store.list_in_network(service, body.network_id, room.id, body.visibility == Visibility::Public).await?;
    Ok(Response::new())
}
