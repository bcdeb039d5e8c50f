//! `POST /_matrix/client/v3/rooms/{roomId}/forget`. Specified in the client-server API, «Leaving rooms».

use ruma::api::client::membership::forget_room::v3::{Request, Response};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    rooms::membership,
    store::Membership,
};

/// Takes a room that was left out of the caller's sight.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, .. } = request;
    let room = membership::room(&app, &body.room_id).await?;
    match membership::of(&app, &room, &caller.user).await? {
        Some(Membership::LEAVE | Membership::BAN) => {}
        Some(_) => return Err(MatrixError::unknown("Leave the room before you forget it.")),
        None => return Err(MatrixError::unknown("You were never in this room.")),
    }
    let user = app.store.atom(caller.user.as_str()).await?;
    app.store.forget_room(room.nid, user).await?;
    Ok(Response::new())
}
