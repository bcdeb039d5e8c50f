//! The bridge's own API below `/_bridge/`, for whoever holds the `hs_token`: the command line and the demo.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET /_bridge/health` | | state, last events, what waits |
//! | `GET /_bridge/links` | | `{"links": [{"chat", "room_id"}]}` |
//! | `POST /_bridge/link` | `{"room": "!id or #alias", "chat"}` | `{"room_id"}` |
//! | `POST /_bridge/unlink` | `{"chat"}` or `{"room"}` | `{"unlinked": true or false}` |

use std::sync::Arc;

use serde_json::{Value, json};

use super::error;
use crate::{
    core::Core,
    network::{ChatId, HttpRequest, HttpResponse},
    portal::link::{self, LinkError},
};

/// Answers one of the bridge's own requests.
pub(crate) async fn answer(core: &Arc<Core>, path: &str, request: &HttpRequest) -> HttpResponse {
    match path {
        "/_bridge/health" => health(core).await,
        "/_bridge/links" => links(core),
        "/_bridge/link" => link(core, request).await,
        _ => unlink(core, request).await,
    }
}

async fn health(core: &Core) -> HttpResponse {
    match core.store.waiting().await {
        Ok(waiting) => HttpResponse::json(200, &core.health.report(core.info.id, waiting, core.portals.len())),
        Err(why) => error(503, "M_UNKNOWN", &why.to_string()),
    }
}

fn links(core: &Core) -> HttpResponse {
    let links = core.portals.all();
    let links: Vec<Value> =
        links.iter().map(|link| json!({ "chat": link.chat.as_str(), "room_id": link.room_id })).collect();
    HttpResponse::json(200, &json!({ "links": links }))
}

fn text(body: &[u8], key: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get(key)?.as_str().map(str::to_owned)
}

async fn link(core: &Arc<Core>, request: &HttpRequest) -> HttpResponse {
    let Some((room, chat)) = text(&request.body, "room").zip(text(&request.body, "chat")) else {
        return error(400, "M_BAD_JSON", "A link has a `room` and a `chat`.");
    };
    match link::link(core, &room, &ChatId::new(chat), false).await {
        Ok(room_id) => HttpResponse::json(200, &json!({ "room_id": room_id })),
        Err(why) => refused(&why),
    }
}

async fn unlink(core: &Arc<Core>, request: &HttpRequest) -> HttpResponse {
    let chat = match (text(&request.body, "chat"), text(&request.body, "room")) {
        (Some(chat), _) => Some(chat),
        (None, Some(room)) => match link::resolve(core, &room).await {
            Ok(room) => core.portals.chat_of(&room),
            Err(why) => return refused(&why),
        },
        (None, None) => return error(400, "M_BAD_JSON", "Say which `chat` or `room` is meant."),
    };
    let Some(chat) = chat else { return HttpResponse::json(200, &json!({ "unlinked": false })) };
    match link::unlink(core, &ChatId::new(chat)).await {
        Ok(unlinked) => HttpResponse::json(200, &json!({ "unlinked": unlinked })),
        Err(why) => refused(&why.into()),
    }
}

fn refused(why: &LinkError) -> HttpResponse {
    let (status, errcode) = match why {
        LinkError::NoRoom(_) | LinkError::NoChat => (404, "M_NOT_FOUND"),
        LinkError::CannotJoin(_) | LinkError::Excluded => (403, "M_FORBIDDEN"),
        LinkError::ChatTaken(_) | LinkError::RoomTaken(_) => (409, "M_UNKNOWN"),
        LinkError::Homeserver(_) => (502, "M_UNKNOWN"),
        LinkError::Store(_) | LinkError::NotNow => (503, "M_UNKNOWN"),
    };
    error(status, errcode, &why.to_string())
}
