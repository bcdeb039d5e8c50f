//! A room that was upgraded: the link moves with it.

use std::sync::Arc;

use serde_json::Value;

use super::link;
use crate::{
    core::Core,
    engine::event::MatrixEvent,
    inbox,
    network::{ChatId, StoreError},
};

/// What became of a tombstone.
pub(crate) enum Moved {
    Done,
    /// Events of the former room are still on their way over.
    Later,
}

/// Follows a tombstone into the room it names, if the bot can go there.
pub(crate) async fn follow(core: &Arc<Core>, event: &MatrixEvent) -> Result<Moved, StoreError> {
    let replacement = event.content.get("replacement_room").and_then(Value::as_str);
    let (Some(chat), Some(room)) = (core.portals.chat_of(&event.room_id), replacement) else { return Ok(Moved::Done) };
    if core.lanes.is_awake(&inbox::to_remote(&core.portals.lane_of(&chat))) {
        return Ok(Moved::Later);
    }
    if let Err(error) = core.homeserver.bot().join(room).await {
        tracing::warn!(room_id = room, error = %error, "The bot cannot follow a room into its upgrade; link the new room by hand.");
        return Ok(Moved::Done);
    }
    let chat = ChatId::new(chat);
    link::forget(core, &chat).await?;
    if let Err(error) = link::link(core, room, &chat, false).await {
        tracing::error!(room_id = room, chat = %chat, error = %error, "An upgraded room could not be linked again.");
    }
    Ok(Moved::Done)
}
