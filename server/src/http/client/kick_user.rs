//! `POST /_matrix/client/v3/rooms/{roomId}/kick`. Specified in the client-server API, «Kicking users».

use ruma::api::client::membership::kick_user::v3::{Request, Response};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    rooms::membership::{self, Change},
    store::Membership,
};

/// Shows somebody the door, or takes back an invitation.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, .. } = request;
    let room = membership::room(&app, &body.room_id).await?;
    membership::must_be_joined(&app, &room, &caller.user).await?;
    if membership::of(&app, &room, &body.user_id).await? == Some(Membership::BAN) {
        return Err(MatrixError::forbidden("This user is banned; unban them instead."));
    }
    let change = Change::other(caller.user, body.user_id, Membership::LEAVE).because(body.reason);
    membership::change(&app, &room, change).await?;
    Ok(Response::new())
}
