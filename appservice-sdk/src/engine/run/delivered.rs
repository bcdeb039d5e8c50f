//! The sender's client shows that a message arrived: the bot «reads» it.
//!
//! Lossy and lazy: one receipt a room and half a second, for the newest message that arrived by then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::core::{Core, locked};

const PAUSE: Duration = Duration::from_millis(500);

/// The newest event of each room that arrived and was not shown yet.
#[derive(Default)]
pub(crate) struct Delivered(Mutex<HashMap<String, String>>);

/// An event arrived.
pub(super) fn show(core: &Arc<Core>, room: &str, event_id: &str) {
    if !core.settings.delivery_receipts {
        return;
    }
    let waiting = locked(&core.delivered.0).insert(room.to_owned(), event_id.to_owned()).is_some();
    if waiting {
        return;
    }
    let (worker, room) = (core.clone(), room.to_owned());
    core.spawn(async move {
        tokio::time::sleep(PAUSE).await;
        let Some(event_id) = locked(&worker.delivered.0).remove(&room) else { return };
        if let Err(error) = worker.homeserver.bot().read(&room, &event_id).await {
            tracing::debug!(room_id = room, error = %error, "A receipt was not taken.");
        }
    });
}
