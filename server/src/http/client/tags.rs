//! Tags of rooms; kept as the account data `m.tag`. Specified in the client-server API, «Room Tagging».

use actix_web::HttpResponse;
use ruma::api::client::tag::{create_tag, delete_tag, get_tags};
use serde_json::{Map, Value, json};

use super::account_data::number;
use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    store::{Atom, RoomNid},
};

const KIND: &str = "m.tag";

/// The tags of a room.
pub async fn get(request: Ruma<get_tags::v3::Request>, app: App) -> Result<HttpResponse> {
    request.caller.must_be(&request.body.user_id)?;
    let room = number(&app, &request.body.room_id).await?;
    let tags = tags(app.store.account_data(request.caller.nid, Some(room), KIND).await?);
    Ok(HttpResponse::Ok().json(json!({ "tags": tags })))
}

/// Puts a tag on a room.
pub async fn put(request: Ruma<create_tag::v3::Request>, app: App) -> Result<create_tag::v3::Response> {
    request.caller.must_be(&request.body.user_id)?;
    let room = number(&app, &request.body.room_id).await?;
    let tag = request.body.tag;
    if tag.len() > 255 {
        return Err(MatrixError::invalid_param("The tag is longer than 255 bytes."));
    }
    let info: Value = serde_json::from_slice(&request.raw).unwrap_or_else(|_| json!({}));
    change(&app, request.caller.nid, room, |tags| drop(tags.insert(tag, info))).await?;
    Ok(create_tag::v3::Response::new())
}

/// Takes a tag off a room.
pub async fn delete(request: Ruma<delete_tag::v3::Request>, app: App) -> Result<delete_tag::v3::Response> {
    request.caller.must_be(&request.body.user_id)?;
    let room = number(&app, &request.body.room_id).await?;
    let tag = request.body.tag;
    change(&app, request.caller.nid, room, move |tags| drop(tags.remove(&tag))).await?;
    Ok(delete_tag::v3::Response::new())
}

async fn change(
    app: &App,
    owner: Atom,
    room: RoomNid,
    change: impl FnOnce(&mut Map<String, Value>) + Send + 'static,
) -> Result<()> {
    app.store
        .change_account_data(owner, Some(room), KIND, |content| {
            let mut tags = tags(content);
            change(&mut tags);
            Ok(json!({ "tags": tags }).to_string())
        })
        .await
}

fn tags(content: Option<String>) -> Map<String, Value> {
    let content: Value = content.and_then(|content| serde_json::from_str(&content).ok()).unwrap_or_default();
    content.get("tags").and_then(Value::as_object).cloned().unwrap_or_default()
}
