//! Ghosts leave a room that is not linked any more.

use std::sync::Arc;

use crate::{core::Core, engine::run::ghost, network::StoreError, store::ghosts};

/// Lets the ghosts leave, in the background.
pub(crate) fn soon(core: &Arc<Core>, room: &str) {
    let (worker, room) = (core.clone(), room.to_owned());
    core.spawn(async move {
        if let Err(error) = leave(&worker, &room).await {
            tracing::warn!(room_id = room, error = %error, "Ghosts leave at the next start.");
        }
    });
}

/// Goes on with what a former run left.
pub(crate) async fn resume(core: &Arc<Core>) {
    for room in core.store.rooms_to_leave().await.unwrap_or_default() {
        soon(core, &room);
    }
}

async fn leave(core: &Core, room: &str) -> Result<(), StoreError> {
    for user in core.store.ghosts_in(room).await?.into_iter().map(|ghost| ghost.user_id) {
        // Linked again in the meantime: they stay.
        if core.portals.chat_of(room).is_some() {
            break;
        }
        if user != core.names.bot
            && let Err(ghost::GhostError::Store(error)) = ghost::leave(core, room, &user).await
        {
            return Err(error);
        }
    }
    core.store.commit("leaving a room", vec![ghosts::left_all(room)]).await
}
