//! Up to where who has read. Specified in the client-server API, «Receipts» and «Fully read markers».

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use crate::{
    app::App,
    delivery,
    error::{MatrixError, Result},
    http::caller::Caller,
    rooms::{Event, Room},
    store::{Pos, receipts::Receipt},
};

/// The account data that holds the fully-read marker.
pub const FULLY_READ: &str = "m.fully_read";

/// A receipt to be set.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Up to which event.
    pub event: Arc<Event>,
    /// Nobody else is told.
    pub private: bool,
    /// The thread it is for: an event id, `main`, or empty for all.
    pub thread: String,
}

/// The event a receipt or marker names.
///
/// # Errors
/// 404 if it is not in the room.
pub async fn event(app: &App, room: &Room, id: &str) -> Result<Arc<Event>> {
    let event = app.store.event(id).await?.filter(|event| event.room == room.nid);
    event.ok_or_else(|| MatrixError::not_found("There is no such event in this room."))
}

/// Sets receipts, and tells application services those that are news.
pub async fn set(app: &App, caller: &Caller, room: &Room, marks: Vec<Mark>) -> Result<()> {
    let now = app.clock.now_ms();
    let receipts = marks.iter().map(|mark| Receipt {
        room: room.nid,
        owner: caller.nid,
        private: mark.private,
        thread: mark.thread.clone(),
        event_id: mark.event.event_id.to_string(),
        event: mark.event.pos,
        ts: i64::try_from(now).unwrap_or(i64::MAX),
        pos: Pos(0),
    });
    for news in app.store.set_receipts(receipts.collect()).await? {
        let Some(mark) = marks.iter().find(|mark| mark.event.pos == news.event) else { continue };
        let receipt = delivery::ephemeral::Receipt {
            kind: if news.private { "m.read.private" } else { "m.read" },
            user: &caller.user,
            event: &mark.event.event_id,
            thread: Some(news.thread.as_str()).filter(|thread| !thread.is_empty()),
            ts: now,
        };
        delivery::ephemeral::receipt(app, room, receipt).await?;
    }
    Ok(())
}

/// Moves the fully-read marker, never back.
pub async fn set_fully_read(app: &App, caller: &Caller, room: &Room, event: &Event) -> Result<()> {
    #[derive(Deserialize)]
    struct Marker {
        event_id: String,
    }
    let present = app.store.account_data(caller.nid, Some(room.nid), FULLY_READ).await?;
    if let Some(marker) = present.and_then(|content| serde_json::from_str::<Marker>(&content).ok())
        && let Some(present) = app.store.event(&marker.event_id).await?
        && present.room == room.nid
        && present.pos >= event.pos
    {
        return Ok(());
    }
    let content = json!({"event_id": event.event_id}).to_string();
    app.store.set_account_data(caller.nid, Some(room.nid), FULLY_READ, content).await?;
    Ok(())
}
