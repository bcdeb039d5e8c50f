//! `GET /_matrix/client/v1/rooms/{roomId}/threads`: the threads of a room, the most recently continued first.
//! Specified in the client-server API, «Threading», «Querying threads in a room».

use actix_web::HttpResponse;
use ruma::api::client::threads::get_threads::v1::{IncludeThreads, Request};
use serde::Serialize;

use super::get_message_events::limit;
use crate::{
    app::App,
    error::Result,
    http::ruma::{Ruma, json},
    rooms::{client_event::Shown, reader::Reader},
    store::Pos,
    sync::token::Token,
};

#[derive(Serialize)]
struct Answer {
    chunk: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_batch: Option<String>,
}

/// The events threads began with.
pub async fn get(request: Ruma<Request>, app: App) -> Result<HttpResponse> {
    let Ruma { body, caller, .. } = request;
    let reader = Reader::enter(&app, &caller, &body.room_id).await?;
    let from = body.from.as_deref().filter(|from| !from.is_empty()).map(Token::parse).transpose()?;
    let limit = limit(body.limit.map_or(20, u64::from));
    let Some(thread) = app.store.find_atom("m.thread").await? else {
        return json(&Answer { chunk: Vec::new(), next_batch: None });
    };
    let before = from.map_or(reader.reach(), |from| from.pos.min(reader.reach()));
    let participant = (body.include == IncludeThreads::Participated).then_some(caller.nid);
    let mut found = app.store.threads(reader.room.nid, thread, before, participant, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| Token::after(Pos(last.child.0 - 1)).to_string());
    let ids: Vec<String> = found.iter().map(|thread| thread.parent.clone()).collect();
    let mut roots = reader.seen(app.store.events_by_id(&ids).await?);
    roots.sort_by_key(|root| ids.iter().position(|id| id == root.event_id.as_str()));
    json(&Answer { chunk: reader.show(&app, &roots).await?, next_batch: next })
}
