//! Pins from the network, in the room's state.

use super::ghost::{self, GhostError};
use crate::{
    core::Core,
    engine::pins::{self, PinChange},
    network::StoreError,
    store::{Sql, pins as table},
};

/// Pins and unpins as the bot; answers what is remembered of it.
pub(super) async fn change(core: &Core, room: &str, change: &PinChange) -> Result<Vec<Sql>, StoreError> {
    match set(core, room, change).await {
        Ok(()) => Ok(learnt(room, change)),
        Err(GhostError::Store(error)) => Err(error),
        Err(GhostError::Refused(error)) => {
            tracing::info!(room_id = room, error = %error, "The bot may not pin there.");
            Ok(Vec::new())
        }
    }
}

/// What is remembered of a change that both sides made.
pub(super) fn learnt(room: &str, change: &PinChange) -> Vec<Sql> {
    let put = change.add.iter().map(|event| table::put(room, event));
    put.chain(change.remove.iter().map(|event| table::remove(room, event))).collect()
}

async fn set(core: &Core, room: &str, change: &PinChange) -> Result<(), GhostError> {
    ghost::let_in(core, room, &core.names.bot).await?;
    let bot = core.homeserver.bot();
    let now = bot.state(room, "m.room.pinned_events", "").await?;
    if let Some(after) = pins::after(now.as_ref(), change) {
        bot.set_state(room, "m.room.pinned_events", "", &after).await?;
    }
    Ok(())
}
