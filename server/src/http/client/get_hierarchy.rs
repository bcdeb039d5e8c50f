//! `GET /_matrix/client/v1/rooms/{roomId}/hierarchy`. Specified in the client-server API, «Spaces».

use actix_web::HttpResponse;
use ruma::api::client::space::get_hierarchy::v1::Request;
use serde_json::json;

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    rooms::hierarchy::{self, Walk},
};

/// Rooms in one answer.
const PAGE: usize = 50;

/// The rooms of a space.
pub async fn get(request: Ruma<Request>, app: App) -> Result<HttpResponse> {
    let Ruma { body, caller, .. } = request;
    let depth = body.max_depth.map_or(10, u64::from).min(10);
    let limit = body.limit.and_then(|limit| usize::try_from(u64::from(limit)).ok()).unwrap_or(PAGE).clamp(1, PAGE);
    let walk = Walk { depth, suggested_only: body.suggested_only };
    // The walk is the same each time, so a place in it is enough of a token.
    let how = format!("{depth}_{}", u8::from(body.suggested_only));
    let start: usize = match &body.from {
        None => 0,
        Some(token) => token
            .split_once('-')
            .filter(|(walked, _)| *walked == how)
            .and_then(|(_, start)| start.parse().ok())
            .ok_or_else(|| MatrixError::invalid_param("`from` is not from a walk like this one."))?,
    };
    let rooms = hierarchy::walk(&app, &caller.user, &body.room_id, walk).await?;
    let mut answer = json!({"rooms": rooms.iter().skip(start).take(limit).collect::<Vec<_>>()});
    if rooms.len() > start + limit {
        answer["next_batch"] = format!("{how}-{}", start + limit).into();
    }
    Ok(HttpResponse::Ok().json(answer))
}
