//! `GET /_matrix/client/v3/rooms/{roomId}/context/{eventId}`: what was said around an event.
//! Specified in the client-server API, «Event Context».

use actix_web::HttpResponse;
use ruma::api::client::context::get_context::v3::Request;
use serde::Serialize;

use crate::{
    app::App,
    error::Result,
    http::ruma::{Ruma, json},
    rooms::{
        client_event::{Shown, plain},
        reader::{Reader, Wanted},
    },
    store::{Pos, events::Direction},
    sync::{
        filter::{self, EventFilter},
        token::Token,
    },
};

/// Events around one at most.
const MOST: u64 = 100;

#[derive(Serialize)]
struct Answer {
    start: String,
    end: String,
    events_before: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Shown>,
    events_after: Vec<Shown>,
    state: Vec<Shown>,
}

/// The event, half of `limit` before it and the rest after it, and the state at the end.
pub async fn get(request: Ruma<Request>, app: App) -> Result<HttpResponse> {
    let filter: EventFilter = request.query("filter").as_deref().map_or(Ok(EventFilter::default()), filter::parse)?;
    let Ruma { body, caller, .. } = request;
    let reader = Reader::enter(&app, &caller, &body.room_id).await?;
    let event = reader.event(&app, body.event_id.as_str()).await?;
    let limit = usize::try_from(u64::from(body.limit).min(MOST)).unwrap_or(10);
    let before = Pos(event.pos.0 - 1);
    let around = |from, direction, limit| Wanted { from, to: None, direction, limit, filter: &filter };
    let earlier = reader.page(&app, &around(before, Direction::Backwards, limit / 2)).await?.events;
    let later = reader.page(&app, &around(event.pos, Direction::Forwards, limit - limit / 2)).await?.events;
    let first = earlier.last().map_or(before, |event| Pos(event.pos.0 - 1));
    let last = later.last().map_or(event.pos, |event| event.pos);
    let all: Vec<_> = earlier.iter().chain([&event]).chain(&later).cloned().collect();
    let mut shown = reader.show(&app, &all).await?.into_iter();
    let events_before: Vec<Shown> = shown.by_ref().take(earlier.len()).collect();
    let event = shown.next();
    let at = reader.at_most(last);
    let member = app.store.find_atom("m.room.member").await?.filter(|_| filter.lazy_load_members);
    let state = match member {
        Some(member) => {
            let mut state = app.store.state_without(reader.room.nid, at, member).await?;
            state.extend(reader.speakers(&app, &all, last).await?);
            state
        }
        None => app.store.whole_state(reader.room.nid, at).await?,
    };
    json(&Answer {
        start: Token::after(first).to_string(),
        end: Token::after(last).to_string(),
        events_before,
        event,
        events_after: shown.collect(),
        state: state.iter().map(|event| plain(&reader.viewer, event)).collect(),
    })
}
