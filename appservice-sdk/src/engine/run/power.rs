//! Power levels of ghosts: wished for one by one, set all at once a little later.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::{
    core::{Core, locked},
    engine::power,
    intent::{MatrixError, PowerLevels},
    network::StoreError,
    store::powers,
};

/// How long wishes are gathered.
const GATHER: Duration = Duration::from_millis(300);

/// Rooms whose levels are set soon.
#[derive(Default)]
pub(crate) struct Powers(Mutex<HashSet<String>>);

/// Sets the levels of a room soon.
pub(super) fn soon(core: &Arc<Core>, room: &str) {
    if !locked(&core.powers.0).insert(room.to_owned()) {
        return;
    }
    let (worker, room) = (core.clone(), room.to_owned());
    core.spawn(async move {
        tokio::time::sleep(GATHER).await;
        locked(&worker.powers.0).remove(&room);
        match apply(&worker, &room).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::info!(room_id = room, error = %error, "Ghosts cannot get their power levels."),
            Err(error) => tracing::warn!(room_id = room, error = %error, "Power levels wait for the next change."),
        }
    });
}

/// Goes on with what a former run left.
pub(crate) async fn resume(core: &Arc<Core>) {
    for room in core.store.powerless().await.unwrap_or_default() {
        soon(core, &room);
    }
}

async fn apply(core: &Core, room: &str) -> Result<Result<(), MatrixError>, StoreError> {
    let wants = core.store.powers(room).await?;
    if wants.is_empty() {
        return Ok(Ok(()));
    }
    let done = wants.iter().map(|row| powers::done(room, row)).collect();
    match set(core, room, &wants).await {
        Ok(()) => core.store.commit("storing power levels", done).await.map(Ok),
        Err(error) => Ok(Err(error)),
    }
}

async fn set(core: &Core, room: &str, wants: &[powers::PowerRow]) -> Result<(), MatrixError> {
    const KIND: &str = "m.room.power_levels";
    let bot = core.homeserver.bot();
    let levels: PowerLevels = bot.power_levels(room).await?;
    let Some(content) = bot.state(room, KIND, "").await? else { return Ok(()) };
    if let Some(after) = power::empower(&content, levels.of(&core.names.bot), wants) {
        bot.set_state(room, KIND, "", &after).await?;
        core.rooms.power_changed(room);
    }
    Ok(())
}
