//! `POST /_matrix/client/v3/rooms/{roomId}/leave`. Specified in the client-server API, «Leaving rooms».

use ruma::api::client::membership::leave_room::v3::{Request, Response};

use crate::{
    app::App,
    error::Result,
    http::ruma::Ruma,
    rooms::membership::{self, Change},
    store::Membership,
};

/// Leaves a room, or declines an invitation, or takes back a knock.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, .. } = request;
    let room = membership::room(&app, &body.room_id).await?;
    membership::change(&app, &room, Change::own(caller.user, Membership::LEAVE).because(body.reason)).await?;
    Ok(Response::new())
}
