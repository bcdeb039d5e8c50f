//! `PUT /_matrix/client/v3/directory/room/{roomAlias}`. Specified in the client-server API, «Room aliases».

use ruma::{
    RoomAliasId,
    api::client::alias::create_alias::v3::{Request, Response},
};

use crate::{
    app::App,
    delivery,
    error::{MatrixError, Result},
    http::{caller::Caller, ruma::Ruma},
    rooms::membership,
    store::{StoreError, entity::alias},
};

/// Gives a room an address.
pub async fn put(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, .. } = request;
    may_make(&app, &caller, &body.room_alias)?;
    let room = app.rooms.by_id(&app.store, &body.room_id).await?;
    let room = room.ok_or_else(|| MatrixError::not_found("This server does not know this room."))?;
    if caller.appservice.is_none() {
        membership::must_be_joined(&app, &room, &caller.user).await?;
    }
    let creator = app.store.atom(caller.user.as_str()).await?;
    let row = alias::Model { alias: body.room_alias.to_string(), room: room.nid, creator };
    match app.store.add_alias(row).await {
        Err(StoreError::Taken) => Err(MatrixError::new(409, "M_UNKNOWN", "This alias leads somewhere already.")),
        outcome => {
            outcome?;
            delivery::outbox::aliases_changed(&room);
            Ok(Response::new())
        }
    }
}

/// Refuses aliases of other servers, and those that an application service keeps for itself.
pub(super) fn may_make(app: &App, caller: &Caller, alias: &RoomAliasId) -> Result<()> {
    if alias.server_name() != app.server_name() {
        return Err(MatrixError::invalid_param("This alias belongs to another server."));
    }
    if alias.as_str().len() > 255 {
        return Err(MatrixError::invalid_param("The alias is longer than 255 bytes."));
    }
    let keeper = app.services.current().claiming_alias(alias.as_str()).map(|service| service.id.clone());
    let asker = caller.appservice.as_ref().map(|service| &service.id);
    if let Some(asker) = asker {
        let service = app.services.current().by_id(asker).cloned();
        if !service.is_some_and(|service| service.namespaces.aliases.covers(alias.as_str())) {
            return Err(MatrixError::exclusive("This alias is outside the application service's namespaces."));
        }
    }
    match keeper {
        Some(keeper) if Some(&keeper) != asker => {
            Err(MatrixError::exclusive("This alias is kept for an application service."))
        }
        _ => Ok(()),
    }
}
