//! `GET /_matrix/client/v3/joined_rooms`. Specified in the client-server API, «Room membership».

use ruma::{
    RoomId,
    api::client::membership::joined_rooms::v3::{Request, Response},
};

use crate::{app::App, error::Result, http::ruma::Ruma};

/// The rooms the caller is in.
pub async fn get(request: Ruma<Request>, app: App) -> Result<Response> {
    let user = app.store.atom(request.caller.user.as_str()).await?;
    let ids = app.store.joined_room_ids(user).await?;
    Ok(Response::new(ids.iter().filter_map(|id| RoomId::parse(id).ok()).collect()))
}
