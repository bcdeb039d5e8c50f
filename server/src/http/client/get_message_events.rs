//! `GET /_matrix/client/v3/rooms/{roomId}/messages`: a timeline, page by page.
//! Specified in the client-server API, «Syncing», `/messages`.

use actix_web::HttpResponse;
use ruma::api::{Direction as Dir, client::message::get_message_events::v3::Request};
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

/// Events of a page at most.
const MOST: u64 = 1_000;

#[derive(Serialize)]
struct Answer {
    start: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    chunk: Vec<Shown>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    state: Vec<Shown>,
}

/// A page of the timeline.
pub async fn get(request: Ruma<Request>, app: App) -> Result<HttpResponse> {
    let filter: EventFilter = request.query("filter").as_deref().map_or(Ok(EventFilter::default()), filter::parse)?;
    let Ruma { body, caller, .. } = request;
    let reader = Reader::enter(&app, &caller, &body.room_id).await?;
    let direction = direction(body.dir);
    let from = match body.from.as_deref().filter(|from| !from.is_empty()) {
        Some(from) => Token::parse(from)?.pos,
        None if direction == Direction::Backwards => app.stream.current().min(reader.reach()),
        None => Pos(0),
    };
    let to = body.to.as_deref().filter(|to| !to.is_empty()).map(Token::parse).transpose()?;
    let limit = limit(filter.limit.unwrap_or(u64::MAX).min(body.limit.into()));
    let wanted = Wanted { from, to: to.map(|to| to.pos), direction, limit, filter: &filter };
    let page = reader.page(&app, &wanted).await?;
    let newest = page.events.iter().map(|event| event.pos).max();
    let state = match newest {
        Some(newest) if filter.lazy_load_members => reader.speakers(&app, &page.events, newest).await?,
        _ => Vec::new(),
    };
    json(&Answer {
        start: Token::after(from).to_string(),
        end: page.next.map(|next| Token::after(next).to_string()),
        chunk: reader.show(&app, &page.events).await?,
        state: state.iter().map(|event| plain(&reader.viewer, event)).collect(),
    })
}

pub(super) fn direction(dir: Dir) -> Direction {
    match dir {
        Dir::Forward => Direction::Forwards,
        Dir::Backward => Direction::Backwards,
    }
}

/// How many events to answer when so many are asked for.
pub(super) fn limit(asked: u64) -> usize {
    usize::try_from(asked.clamp(1, MOST)).unwrap_or(10)
}
