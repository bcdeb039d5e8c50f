//! `GET /_matrix/client/v3/notifications`: what rang, newest first. Nothing is kept of it: the rules are asked again.
//! Specified in the client-server API, «Push Notifications», «Listing Notifications».

use actix_web::HttpResponse;
use ruma::{api::client::push::get_notifications::v3::Request, push::Action};
use serde::Serialize;

use super::get_message_events::limit;
use crate::{
    app::App,
    error::Result,
    http::ruma::{Ruma, json},
    rooms::client_event::{Shown, Viewer, plain},
    store::Pos,
    sync::{
        prefs::prefs,
        token::Token,
        unread::{Rang, rang},
    },
};

/// Events that are looked at for one answer.
const LOOK: usize = 500;

#[derive(Serialize)]
struct Answer {
    notifications: Vec<Notification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
struct Notification {
    actions: Vec<Action>,
    event: Shown,
    read: bool,
    room_id: String,
    ts: u64,
}

/// What rang for the caller.
pub async fn get(request: Ruma<Request>, app: App) -> Result<HttpResponse> {
    let Ruma { body, caller, .. } = request;
    let upto = body.from.as_deref().map(Token::parse).transpose()?.map_or(app.sync.live.upto(), |from| from.pos);
    let most = limit(body.limit.map_or(20, u64::from)).min(LOOK);
    app.sync.live.enter(&app, caller.nid).await?;
    let prefs = prefs(&app, &caller.user, caller.nid).await?;
    let viewer = Viewer::new(&app, &caller);
    let heard = app.store.heard(caller.nid, upto, LOOK).await?;
    let end = heard.last().filter(|_| heard.len() == LOOK).map(|last| last.pos);
    let highlights = body.only.as_deref() == Some("highlight");
    let mut found = rang(&app, &viewer, &prefs, heard).await?;
    found.retain(|one| !highlights || one.actions.iter().any(Action::is_highlight));
    let cut = found.len() > most;
    found.truncate(most);
    let next = if cut { found.last().map(|last| last.event.pos) } else { end };
    let shown = |one: Rang| Notification {
        event: plain(&viewer, &one.event),
        actions: one.actions,
        read: one.read,
        room_id: one.event.room_id.to_string(),
        ts: one.event.ts,
    };
    json(&Answer {
        notifications: found.into_iter().map(shown).collect(),
        next_token: next.map(|pos| Token::after(Pos(pos.0 - 1)).to_string()),
    })
}
