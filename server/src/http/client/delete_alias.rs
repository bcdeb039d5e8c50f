//! `DELETE /_matrix/client/v3/directory/room/{roomAlias}`. Specified in the client-server API, «Room aliases».

use ruma::api::client::alias::delete_alias::v3::{Request, Response};

use crate::{
    app::App,
    delivery,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    rooms::power,
};

/// Takes an address away: whoever made it may, and whoever may change the room's main address.
pub async fn delete(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, .. } = request;
    let alias = body.room_alias.as_str();
    let row = app.store.alias(alias).await?.ok_or_else(|| MatrixError::not_found("This alias leads nowhere."))?;
    super::create_alias::may_make(&app, &caller, &body.room_alias)?;
    let asker = app.store.atom(caller.user.as_str()).await?;
    let room = app.rooms.by_nid(&app.store, row.room).await?;
    let powerful = match &room {
        Some(room) => power::may_send_state(&app, room, &caller.user, "m.room.canonical_alias").await?,
        None => false,
    };
    if row.creator != asker && !powerful && !caller.admin {
        return Err(MatrixError::forbidden(
            "Only who made an alias, or who may set the room's main one, can remove it.",
        ));
    }
    app.store.remove_alias(alias.to_owned()).await?;
    if let Some(room) = room {
        delivery::outbox::aliases_changed(&room);
    }
    Ok(Response::new())
}
