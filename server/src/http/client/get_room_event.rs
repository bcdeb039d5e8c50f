//! `GET /_matrix/client/v3/rooms/{roomId}/event/{eventId}`, and the event closest to a time.
//! Specified in the client-server API, «Getting events for a room».

use actix_web::HttpResponse;
use ruma::{
    MilliSecondsSinceUnixEpoch,
    api::client::room::{get_event_by_timestamp, get_room_event},
};

use super::get_message_events::direction;
use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::{Ruma, json},
    rooms::reader::Reader,
};

/// Events close to a time that are looked at.
const CLOSE: usize = 50;

/// One event.
pub async fn get(request: Ruma<get_room_event::v3::Request>, app: App) -> Result<HttpResponse> {
    let reader = Reader::enter(&app, &request.caller, &request.body.room_id).await?;
    let event = reader.event(&app, request.body.event_id.as_str()).await?;
    json(&reader.show(&app, &[event]).await?.first())
}

/// The id of the event closest to a time, before or after it.
pub async fn by_timestamp(
    request: Ruma<get_event_by_timestamp::v1::Request>,
    app: App,
) -> Result<get_event_by_timestamp::v1::Response> {
    let body = request.body;
    let reader = Reader::enter(&app, &request.caller, &body.room_id).await?;
    let ts = i64::try_from(u64::from(body.ts.0)).unwrap_or(i64::MAX);
    let close = app.store.closest(reader.room.nid, ts, direction(body.dir), CLOSE).await?;
    let event = reader.seen(close).into_iter().next();
    let event = event.ok_or_else(|| MatrixError::not_found("There is no event on that side of this time."))?;
    let ts = MilliSecondsSinceUnixEpoch(ruma::UInt::new_saturating(event.ts));
    Ok(get_event_by_timestamp::v1::Response::new(event.event_id.clone(), ts))
}
