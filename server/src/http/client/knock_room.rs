//! `POST /_matrix/client/v3/knock/{roomIdOrAlias}`. Specified in the client-server API, «Knocking on rooms».

use ruma::api::client::knock::knock_room::v3::{Request, Response};

use crate::{
    app::App,
    error::Result,
    http::ruma::Ruma,
    rooms::membership::{self, Change},
    store::Membership,
};

/// Asks to be let in.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, .. } = request;
    let room = super::join_room::find(&app, &body.room_id_or_alias, &caller).await?;
    membership::change(&app, &room, Change::own(caller.user, Membership::KNOCK).because(body.reason)).await?;
    Ok(Response::new(room.id.clone()))
}
