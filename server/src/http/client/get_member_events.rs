//! The members of a room: their events, or just the names of those who are in it.
//! Specified in the client-server API, «Getting events for a room», `/members` and `/joined_members`.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::HttpResponse;
use ruma::api::client::membership::{get_member_events, joined_members};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    error::Result,
    http::ruma::{Ruma, json},
    rooms::{
        Event,
        client_event::{Shown, Viewer, plain},
        membership,
        reader::state_access,
    },
    store::{RoomNid, state::At},
    sync::token::Token,
};

#[derive(Serialize)]
struct Members {
    chunk: Vec<Shown>,
}

#[derive(Serialize)]
struct Joined {
    joined: BTreeMap<String, Looks>,
}

/// How a member is shown.
#[derive(Default, Serialize, Deserialize)]
struct Looks {
    #[serde(rename(deserialize = "displayname"), default)]
    display_name: Option<String>,
    #[serde(default)]
    avatar_url: Option<String>,
}

/// The member events, of one membership or all but one, as they are or were at a token.
pub async fn get(request: Ruma<get_member_events::v3::Request>, app: App) -> Result<HttpResponse> {
    let Ruma { body, caller, .. } = request;
    let (room, reach) = state_access(&app, &caller, &body.room_id).await?;
    let at = match (body.at.as_deref().filter(|at| !at.is_empty()), reach) {
        (None, reach) => reach,
        (Some(token), At::Now) => At::After(Token::parse(token)?.pos),
        (Some(token), At::After(left)) => At::After(Token::parse(token)?.pos.min(left)),
    };
    let (only, not) = (body.membership.as_ref(), body.not_membership.as_ref());
    let wanted = |event: &Arc<Event>| {
        let is = event.membership().unwrap_or_default();
        only.is_none_or(|only| only.as_str() == is) && not.is_none_or(|not| not.as_str() != is)
    };
    let viewer = Viewer::new(&app, &caller);
    let members = members(&app, room.nid, at).await?;
    json(&Members { chunk: members.iter().filter(|event| wanted(event)).map(|event| plain(&viewer, event)).collect() })
}

/// Who is in the room now, for those who are in it too.
pub async fn joined(request: Ruma<joined_members::v3::Request>, app: App) -> Result<HttpResponse> {
    let room = membership::room(&app, &request.body.room_id).await?;
    membership::must_be_joined(&app, &room, &request.caller.user).await?;
    let members = members(&app, room.nid, At::Now).await?;
    let joined = members.iter().filter(|event| event.membership().as_deref() == Some("join"));
    let joined = joined.filter_map(|event| Some((event.state_key.clone()?, event.content().unwrap_or_default())));
    json(&Joined { joined: joined.collect() })
}

async fn members(app: &App, room: RoomNid, at: At) -> Result<Vec<Arc<Event>>> {
    let Some(member) = app.store.find_atom("m.room.member").await? else { return Ok(Vec::new()) };
    Ok(app.store.state_of_kind(room, at, member).await?)
}
