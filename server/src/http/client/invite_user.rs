//! `POST /_matrix/client/v3/rooms/{roomId}/invite`. Specified in the client-server API, «Joining rooms».

use ruma::{
    UserId,
    api::client::membership::invite_user::v3::{InvitationRecipient, Request, Response},
};

use crate::{
    app::App,
    delivery::ask,
    error::{MatrixError, Result},
    http::{caller::Caller, ruma::Ruma},
    rooms::membership::{self, Change},
    store::Membership,
};

/// Asks somebody in.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, .. } = request;
    let InvitationRecipient::UserId(who) = body.recipient else {
        return Err(MatrixError::forbidden(
            "Invitations by e-mail or telephone need an identity server; there is none.",
        ));
    };
    let room = membership::room(&app, &body.room_id).await?;
    membership::must_be_joined(&app, &room, &caller.user).await?;
    must_be_here(&app, &who.user_id, &caller).await?;
    let change = Change::other(caller.user, who.user_id, Membership::INVITE).because(who.reason);
    membership::change(&app, &room, change).await?;
    Ok(Response::new())
}

/// Only users of this server can be invited until it federates. One that an application service owns is made now.
pub(super) async fn must_be_here(app: &App, user: &UserId, caller: &Caller) -> Result<()> {
    if user.server_name() != app.server_name() {
        return Err(MatrixError::forbidden(
            "This server does not federate, so nobody of another server can be invited.",
        ));
    }
    match ask::user(app, user, caller.appservice.as_deref()).await {
        // A service that is down hears of the invitation when it is back.
        Err(error) if error.status() == 408 => Ok(()),
        outcome => outcome,
    }
}
