//! `GET /_matrix/app/v1/users/{userId}` and `/rooms/{roomAlias}`: whether somebody or something exists.

use serde_json::json;

use super::error;
use crate::{
    core::Core,
    engine::run::ghost,
    network::{FetchError, HttpResponse, RemoteUserId},
};

/// A ghost exists if the network knows the person; it is registered on the way.
pub(crate) async fn user(core: &Core, user_id: &str) -> HttpResponse {
    let missing = || error(404, "M_NOT_FOUND", "There is no such user on the network.");
    let Some(remote) = core.names.remote(user_id) else { return missing() };
    let Some(session) = core.session.get() else {
        return error(503, "M_UNKNOWN", "The bridge is not connected to the network now.");
    };
    let info = match session.user(&RemoteUserId::new(&*remote)).await {
        Ok(info) => info,
        Err(FetchError::Later { .. }) => return error(503, "M_UNKNOWN", "The network does not answer now."),
        Err(_) => return missing(),
    };
    match ghost::dress(core, &remote, Some(&info), None).await {
        Ok(_) => HttpResponse::json(200, &json!({})),
        Err(_) => missing(),
    }
}

/// Rooms are made by command, never because somebody asked for an alias.
pub(crate) fn alias(core: &Core, alias: &str) -> HttpResponse {
    match core.names.chat_of_alias(alias).and_then(|chat| core.portals.room_of(&chat)) {
        Some(_) => HttpResponse::json(200, &json!({})),
        None => error(404, "M_NOT_FOUND", "That chat is not bridged."),
    }
}
