//! Making a room look like its chat, and saying what it is bridged to.

use std::sync::Arc;

use serde_json::{Value, json};

use super::create;
use crate::{
    core::Core,
    engine::look,
    intent::MatrixError,
    media,
    network::{ChatDelta, ChatId, FetchError, StoreError},
    store::portals::{self, PortalRow},
};

/// The state events that say what a room is bridged to (MSC2346).
pub(crate) const BRIDGE_STATE: [&str; 2] = ["m.bridge", "uk.half-shot.bridge"];

/// The state key of a room's bridge state.
pub(crate) fn bridge_state_key(core: &Core, chat: &str) -> String {
    format!("org.causeway://{}/{chat}", core.info.id)
}

/// The content of a room's bridge state.
pub(crate) fn bridge_state(core: &Core, portal: &PortalRow, link: Option<&str>) -> Value {
    let mut content = json!({
        "bridgebot": core.names.bot,
        "protocol": { "id": core.info.id, "displayname": core.info.name, "external_url": core.info.url },
        "channel": { "id": portal.chat, "displayname": portal.name.as_ref().unwrap_or(&portal.chat) },
    });
    if let Some(link) = link {
        content["channel"]["external_url"] = json!(link);
    }
    if let Some(parent) = &portal.parent {
        content["network"] = json!({ "id": parent });
    }
    content
}

/// Says in the room what it is bridged to, if the bot may.
pub(crate) async fn announce(core: &Core, portal: &PortalRow) {
    let Some(room) = &portal.room_id else { return };
    let content = bridge_state(core, portal, None);
    let key = bridge_state_key(core, &portal.chat);
    for kind in BRIDGE_STATE {
        if let Err(error) = core.homeserver.bot().set_state(room, kind, &key, &content).await {
            tracing::debug!(room_id = room, error = %error, "The room does not say that it is bridged.");
            return;
        }
    }
}

/// Lets the room of a chat follow a change of the chat's look.
pub(crate) async fn follow(core: &Arc<Core>, chat: &str, delta: &ChatDelta) -> Result<(), StoreError> {
    let Some(portal) = core.store.portal(chat).await? else { return Ok(()) };
    let Some(room) = portal.room_id.clone() else { return Ok(()) };
    let avatar = match &delta.avatar {
        Some(picture) if portal.avatar_custom == 0 && portal.avatar.as_deref() != Some(picture.cache_key()) => {
            media::carry(core, picture).await.ok().flatten().map(|uploaded| uploaded.mxc)
        }
        _ => None,
    };
    let (changes, after) = look::follow(&portal, delta, avatar.as_deref());
    for change in changes {
        if let Err(error) = set(core, &room, &change).await {
            tracing::info!(room_id = room, kind = change.kind, error = %error, "A room cannot follow its chat.");
        }
    }
    if after != portal {
        core.store.commit("storing a portal's look", vec![portals::save(&after)]).await?;
    }
    // Only rooms the bridge made lie in its spaces: where people put their own rooms is their affair.
    if portal.ours != 0
        && after.parent != portal.parent
        && let Some(parent) = &after.parent
    {
        create::into_space(core, &ChatId::new(&**parent), &room, None).await;
    }
    Ok(())
}

async fn set(core: &Core, room: &str, change: &look::StateChange) -> Result<(), MatrixError> {
    core.homeserver.bot().set_state(room, change.kind, "", &change.content).await
}

/// Asks the network how a chat looks now, and lets its room follow.
pub(crate) async fn refresh(core: &Arc<Core>, chat: &str) -> Result<(), FetchError> {
    let Some(session) = core.session.get() else { return Err(FetchError::later("not connected")) };
    let info = session.chat(&ChatId::new(chat)).await?;
    Ok(follow(core, chat, &look::whole(&info)).await?)
}
