//! `POST /_matrix/client/v3/rooms/{roomId}/unban`. Specified in the client-server API, «Banning users in a room».

use ruma::api::client::membership::unban_user::v3::{Request, Response};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    rooms::membership::{self, Change},
    store::Membership,
};

/// Lets somebody who was banned come back.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, .. } = request;
    let room = membership::room(&app, &body.room_id).await?;
    membership::must_be_joined(&app, &room, &caller.user).await?;
    if membership::of(&app, &room, &body.user_id).await? != Some(Membership::BAN) {
        return Err(MatrixError::new(403, "M_BAD_STATE", "This user is not banned."));
    }
    let change = Change::other(caller.user, body.user_id, Membership::LEAVE).because(body.reason);
    membership::change(&app, &room, change).await?;
    Ok(Response::new())
}
