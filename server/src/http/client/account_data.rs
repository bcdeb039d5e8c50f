//! Account data, global and of a room. Specified in the client-server API, «Client Config».

use actix_web::{HttpResponse, http::header::ContentType};
use ruma::{
    RoomId, UserId,
    api::client::config::{
        get_global_account_data, get_room_account_data, set_global_account_data, set_room_account_data,
    },
};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{caller::Caller, ruma::Ruma},
    store::RoomNid,
    users::push_rules,
};

/// Global account data of one type.
pub async fn get_global(request: Ruma<get_global_account_data::v3::Request>, app: App) -> Result<HttpResponse> {
    let kind = request.body.event_type.to_string();
    read(&app, &request.caller, &request.body.user_id, None, &kind).await
}

/// Account data of one type in one room.
pub async fn get_room(request: Ruma<get_room_account_data::v3::Request>, app: App) -> Result<HttpResponse> {
    let kind = request.body.event_type.to_string();
    let room = number(&app, &request.body.room_id).await?;
    read(&app, &request.caller, &request.body.user_id, Some(room), &kind).await
}

/// Sets global account data of one type.
pub async fn set_global(
    request: Ruma<set_global_account_data::v3::Request>,
    app: App,
) -> Result<set_global_account_data::v3::Response> {
    let (kind, content) = (request.body.event_type.to_string(), request.body.data.json().get());
    write(&app, &request.caller, &request.body.user_id, None, &kind, content).await?;
    Ok(set_global_account_data::v3::Response::new())
}

/// Sets account data of one type in one room.
pub async fn set_room(
    request: Ruma<set_room_account_data::v3::Request>,
    app: App,
) -> Result<set_room_account_data::v3::Response> {
    let (kind, content) = (request.body.event_type.to_string(), request.body.data.json().get());
    let room = number(&app, &request.body.room_id).await?;
    write(&app, &request.caller, &request.body.user_id, Some(room), &kind, content).await?;
    Ok(set_room_account_data::v3::Response::new())
}

async fn read(app: &App, caller: &Caller, user: &UserId, room: Option<RoomNid>, kind: &str) -> Result<HttpResponse> {
    caller.must_be(user)?;
    let content = app.store.account_data(caller.nid, room, kind).await?;
    let content = match content {
        None if room.is_none() && kind == push_rules::KIND => Some(push_rules::content(app, user, caller.nid).await?),
        content => content,
    };
    let content = content.ok_or_else(|| MatrixError::not_found("There is no account data of this type."))?;
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(content))
}

async fn write(
    app: &App,
    caller: &Caller,
    user: &UserId,
    room: Option<RoomNid>,
    kind: &str,
    content: &str,
) -> Result<()> {
    caller.must_be(user)?;
    if matches!(kind, "m.fully_read" | push_rules::KIND) {
        return Err(MatrixError::new(405, "M_BAD_JSON", "This type of account data is set by other means."));
    }
    if !content.trim_start().starts_with('{') {
        return Err(MatrixError::bad_json("Account data must be a JSON object."));
    }
    app.store.set_account_data(caller.nid, room, kind, content.to_owned()).await?;
    Ok(())
}

/// The number of a room this server knows.
pub(super) async fn number(app: &App, room: &RoomId) -> Result<RoomNid> {
    let room = app.rooms.by_id(&app.store, room).await?;
    room.map(|room| room.nid).ok_or_else(|| MatrixError::not_found("This server does not know this room."))
}
