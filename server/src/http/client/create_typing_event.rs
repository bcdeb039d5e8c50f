//! `PUT /_matrix/client/v3/rooms/{roomId}/typing/{userId}`. Specified in the client-server API, «Typing Notifications».

use std::time::Duration;

use actix_web::HttpResponse;
use ruma::{RoomId, UserId};
use serde::Deserialize;
use serde_json::json;

use crate::{
    app::App,
    error::Result,
    http::{
        caller::Caller,
        router::PathArgs,
        ruma::{Json, json},
    },
    rooms::membership,
    typing,
};

/// How long, when the client does not say.
const TIME: u64 = 30_000;

/// The body of the request. `timeout` may be left out, which ruma's type does not allow.
#[derive(Deserialize)]
pub struct Body {
    typing: bool,
    timeout: Option<u64>,
}

/// Says that the caller is typing, or not any more.
pub async fn put(caller: Caller, args: PathArgs, body: Json<Body>, app: App) -> Result<HttpResponse> {
    let user = UserId::parse(args.at(1))?;
    caller.must_be(&user)?;
    let room = membership::room(&app, &RoomId::parse(args.at(0))?).await?;
    membership::must_be_joined(&app, &room, &caller.user).await?;
    let time = body.0.typing.then(|| Duration::from_millis(body.0.timeout.unwrap_or(TIME)));
    typing::set(&app, &room, &caller.user, time).await?;
    json(&json!({}))
}
