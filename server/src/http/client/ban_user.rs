//! `POST /_matrix/client/v3/rooms/{roomId}/ban`. Specified in the client-server API, «Banning users in a room».

use ruma::api::client::membership::ban_user::v3::{Request, Response};

use crate::{
    app::App,
    error::Result,
    http::ruma::Ruma,
    rooms::membership::{self, Change},
    store::Membership,
};

/// Keeps somebody out.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, .. } = request;
    let room = membership::room(&app, &body.room_id).await?;
    membership::must_be_joined(&app, &room, &caller.user).await?;
    let change = Change::other(caller.user, body.user_id, Membership::BAN).because(body.reason);
    membership::change(&app, &room, change).await?;
    Ok(Response::new())
}
