//! `POST /_matrix/client/v3/search`: messages, names and topics that contain all the words, newest first.
//! Without an index: the database reads the rooms of the caller. Specified in the client-server API, «Server Side Search».

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use actix_web::HttpResponse;
use ruma::api::client::search::search_events::v3::Request;
use serde::{Deserialize, Serialize};

use super::get_message_events::limit;
use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{
        caller::Caller,
        ruma::{Ruma, json},
    },
    rooms::{
        Event,
        client_event::{Shown, Viewer, plain},
        reader::{Reader, Wanted},
    },
    store::{Membership, Pos, RoomNid, events::Direction},
    sync::{filter::EventFilter, token::Token},
};

/// Events that may match and are looked at for one answer.
const LOOK: usize = 1_000;
/// Results of an answer at most, because each may want its context.
const MOST: usize = 50;

#[derive(Deserialize)]
struct Body {
    search_categories: Categories<Option<Criteria>>,
}

#[derive(Serialize, Deserialize)]
struct Categories<T> {
    room_events: T,
}

#[derive(Deserialize)]
struct Criteria {
    search_term: String,
    keys: Option<Vec<String>>,
    #[serde(default)]
    filter: EventFilter,
    event_context: Option<Around>,
    #[serde(default)]
    include_state: bool,
}

#[derive(Deserialize)]
struct Around {
    #[serde(default = "five")]
    before_limit: u64,
    #[serde(default = "five")]
    after_limit: u64,
}

fn five() -> u64 {
    5
}

#[derive(Default, Serialize)]
struct Results {
    count: usize,
    highlights: Vec<String>,
    results: Vec<Found>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_batch: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    state: BTreeMap<String, Vec<Shown>>,
}

#[derive(Serialize)]
struct Found {
    rank: f64,
    result: Shown,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context>,
}

#[derive(Serialize)]
struct Context {
    start: String,
    end: String,
    events_before: Vec<Shown>,
    events_after: Vec<Shown>,
}

/// Searches the rooms the caller is in.
pub async fn post(request: Ruma<Request>, app: App) -> Result<HttpResponse> {
    let body: Body = serde_json::from_slice(&request.raw)
        .map_err(|error| MatrixError::bad_json(format!("This is not a search: {error}.")))?;
    let Some(criteria) = body.search_categories.room_events else {
        return json(&serde_json::json!({"search_categories": {}}));
    };
    let from = request.body.next_batch.as_deref().map(Token::parse).transpose()?;
    let upto = from.map_or(app.stream.current(), |from| from.pos);
    let room_events = search(&app, &request.caller, &criteria, upto).await?;
    json(&serde_json::json!({"search_categories": Categories { room_events }}))
}

async fn search(app: &App, caller: &Caller, criteria: &Criteria, upto: Pos) -> Result<Results> {
    let words: Vec<String> = criteria.search_term.split_whitespace().map(str::to_lowercase).collect();
    let Some(longest) = words.iter().max_by_key(|word| word.len()) else { return Ok(Results::default()) };
    let rooms = app.store.rooms_of(caller.nid, &[Membership::JOIN]).await?;
    let rooms: Vec<RoomNid> = rooms.iter().map(|member| member.room).collect();
    let fields = fields(criteria.keys.as_deref());
    let mut kinds = Vec::new();
    for (kind, _) in &fields {
        kinds.extend(app.store.find_atom(kind).await?);
    }
    let candidates = app.store.mentions(&rooms, &kinds, longest, upto, LOOK).await?;
    let end = candidates.last().filter(|_| candidates.len() == LOOK).map(|last| last.pos);
    let contains = |event: &Arc<Event>| {
        let text = text(event, &fields).to_lowercase();
        criteria.filter.wants(event) && words.iter().all(|word| text.contains(word.as_str()))
    };
    let most = limit(criteria.filter.limit.unwrap_or(10)).min(MOST);
    let mut readers = HashMap::new();
    let mut found: Vec<Arc<Event>> = Vec::new();
    for event in candidates.into_iter().filter(contains) {
        let reader = match readers.entry(event.room) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(Reader::enter(app, caller, &event.room_id).await?)
            }
        };
        found.extend(reader.seen(vec![event]));
        if found.len() > most {
            break;
        }
    }
    let more = found.len() > most;
    found.truncate(most);
    let next = if more { found.last().map(|last| last.pos) } else { end };
    let mut results = Results {
        count: found.len() + usize::from(more),
        highlights: words,
        next_batch: next.map(|pos| Token::after(Pos(pos.0 - 1)).to_string()),
        ..Results::default()
    };
    let viewer = Viewer::new(app, caller);
    for event in &found {
        let context = match (&criteria.event_context, readers.get(&event.room)) {
            (Some(around), Some(reader)) => Some(context(app, reader, event, around).await?),
            _ => None,
        };
        results.results.push(Found { rank: 1.0, result: plain(&viewer, event), context });
        if criteria.include_state && !results.state.contains_key(event.room_id.as_str()) {
            let state = app.store.whole_state(event.room, crate::store::state::At::Now).await?;
            let state = state.iter().map(|event| plain(&viewer, event)).collect();
            results.state.insert(event.room_id.to_string(), state);
        }
    }
    Ok(results)
}

/// What was said around a result.
async fn context(app: &App, reader: &Reader, event: &Event, around: &Around) -> Result<Context> {
    let filter = EventFilter::default();
    let most = |asked: u64| if asked == 0 { 0 } else { limit(asked).min(MOST) };
    let wanted = |from, direction, limit| Wanted { from, to: None, direction, limit, filter: &filter };
    let before = Pos(event.pos.0 - 1);
    let earlier = wanted(before, Direction::Backwards, most(around.before_limit));
    let later = wanted(event.pos, Direction::Forwards, most(around.after_limit));
    let (earlier, later) = (reader.page(app, &earlier).await?.events, reader.page(app, &later).await?.events);
    let first = earlier.last().map_or(before, |event| Pos(event.pos.0 - 1));
    let last = later.last().map_or(event.pos, |event| event.pos);
    Ok(Context {
        start: Token::after(first).to_string(),
        end: Token::after(last).to_string(),
        events_before: reader.show(app, &earlier).await?,
        events_after: reader.show(app, &later).await?,
    })
}

/// The types that are searched, each with the field of its content.
fn fields(keys: Option<&[String]>) -> Vec<(&'static str, &'static str)> {
    let all = [("m.room.message", "body"), ("m.room.name", "name"), ("m.room.topic", "topic")];
    let wanted =
        |(_, field): &(&str, &str)| keys.is_none_or(|keys| keys.iter().any(|key| key == &format!("content.{field}")));
    all.into_iter().filter(wanted).collect()
}

fn text(event: &Event, fields: &[(&str, &str)]) -> String {
    let content: HashMap<String, serde_json::Value> = event.content().unwrap_or_default();
    let kind = event.kind.to_string();
    let field = fields.iter().find(|(of, _)| *of == kind).map(|(_, field)| *field);
    field.and_then(|field| content.get(field)?.as_str().map(str::to_owned)).unwrap_or_default()
}
