//! What is said of an event: `GET /_matrix/client/v1/rooms/{roomId}/relations/{eventId}[/{relType}[/{eventType}]]`.
//! Specified in the client-server API, «Relationships API».

use actix_web::HttpResponse;
use ruma::{
    EventId, RoomId,
    api::client::relations::{
        get_relating_events, get_relating_events_with_rel_type, get_relating_events_with_rel_type_and_event_type,
    },
};
use serde::Serialize;

use super::get_message_events::{direction, limit};
use crate::{
    app::App,
    error::Result,
    http::{
        caller::Caller,
        ruma::{Ruma, json},
    },
    rooms::{client_event::Shown, reader::Reader},
    store::{Pos, events::Direction, relations::Which},
    sync::token::Token,
};

/// How far `recurse` goes, as the specification recommends.
const DEPTH: u8 = 3;

#[derive(Serialize)]
struct Answer {
    chunk: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_batch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_batch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recursion_depth: Option<u8>,
}

/// What the three forms of the request have in common.
struct Asked {
    from: Option<String>,
    to: Option<String>,
    direction: Direction,
    limit: usize,
    recurse: bool,
    rel_type: Option<String>,
    kind: Option<String>,
}

macro_rules! asked {
    ($body:expr, $rel_type:expr, $kind:expr) => {
        Asked {
            from: $body.from.clone(),
            to: $body.to.clone(),
            direction: direction($body.dir),
            limit: limit($body.limit.map_or(50, u64::from)),
            recurse: $body.recurse,
            rel_type: $rel_type,
            kind: $kind,
        }
    };
}

/// Everything that is said of it.
pub async fn all(request: Ruma<get_relating_events::v1::Request>, app: App) -> Result<HttpResponse> {
    let body = &request.body;
    related(&app, &request.caller, (&body.room_id, &body.event_id), asked!(body, None, None)).await
}

/// What is said in one way.
pub async fn of_type(request: Ruma<get_relating_events_with_rel_type::v1::Request>, app: App) -> Result<HttpResponse> {
    let body = &request.body;
    let asked = asked!(body, Some(body.rel_type.to_string()), None);
    related(&app, &request.caller, (&body.room_id, &body.event_id), asked).await
}

/// What is said in one way by events of one type.
pub async fn of_types(
    request: Ruma<get_relating_events_with_rel_type_and_event_type::v1::Request>,
    app: App,
) -> Result<HttpResponse> {
    let body = &request.body;
    let asked = asked!(body, Some(body.rel_type.to_string()), Some(body.event_type.to_string()));
    related(&app, &request.caller, (&body.room_id, &body.event_id), asked).await
}

async fn related(app: &App, caller: &Caller, (room, event): (&RoomId, &EventId), asked: Asked) -> Result<HttpResponse> {
    let reader = Reader::enter(app, caller, room).await?;
    let parent = reader.event(app, event.as_str()).await?;
    let depth = if asked.recurse { DEPTH } else { 1 };
    let recursion_depth = asked.recurse.then_some(DEPTH);
    let token = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(Token::parse).transpose();
    let (from, to) = (token(asked.from.as_deref())?, token(asked.to.as_deref())?);
    let (from, to) = (from.map(|from| from.pos), to.map(|to| to.pos));
    let (after, upto) = match asked.direction {
        Direction::Backwards => (to, from),
        Direction::Forwards => (from, to),
    };
    let mut atoms = [None, None];
    for (atom, name) in atoms.iter_mut().zip([asked.rel_type, asked.kind]) {
        let Some(name) = name else { continue };
        *atom = app.store.find_atom(&name).await?;
        if atom.is_none() {
            return json(&Answer { chunk: Vec::new(), next_batch: None, prev_batch: None, recursion_depth });
        }
    }
    let [rel_type, kind] = atoms;
    let which = Which {
        room: parent.room,
        rel_type,
        kind,
        after: after.unwrap_or_default(),
        upto: upto.unwrap_or(reader.reach()).min(reader.reach()),
        direction: asked.direction,
        limit: asked.limit + 1,
        depth,
    };
    let mut found = app.store.related(parent.event_id.as_str(), &which).await?;
    let more = found.len() > asked.limit;
    found.truncate(asked.limit);
    let next = found.last().filter(|_| more).map(|last| match asked.direction {
        Direction::Backwards => Pos(last.0 - 1),
        Direction::Forwards => *last,
    });
    let events = reader.seen(app.store.events(&found).await?);
    json(&Answer {
        chunk: reader.show(app, &events).await?,
        next_batch: next.map(|next| Token::after(next).to_string()),
        prev_batch: from.map(|from| Token::after(from).to_string()),
        recursion_depth,
    })
}
