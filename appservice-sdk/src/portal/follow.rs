//! Making a room look like its chat, and saying what it is bridged to.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    access::{self, Entry},
    create,
    link::LinkError,
};
use crate::{
    core::Core,
    engine::look,
    intent::MatrixError,
    media,
    network::{Access, ChatDelta, ChatId, FetchError, StoreError},
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

/// No longer says in the room what it is bridged to.
pub(crate) async fn retract(core: &Core, room: &str, chat: &str) {
    let key = bridge_state_key(core, chat);
    for kind in BRIDGE_STATE {
        if let Err(error) = core.homeserver.bot().set_state(room, kind, &key, &json!({})).await {
            tracing::debug!(room_id = room, error = %error, "The room still says that it is bridged.");
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
    let (changes, mut after) = look::follow(&portal, delta, avatar.as_deref());
    // Only rooms the bridge made lie in its spaces and open and close with their chats: those of people are their affair.
    if portal.ours != 0 {
        place(core, &portal, &mut after, &room, delta).await?;
    }
    for change in changes {
        if let Err(error) = set(core, &room, &change).await {
            tracing::info!(room_id = room, kind = change.kind, error = %error, "A room cannot follow its chat.");
        }
    }
    if after != portal {
        core.store.commit("storing a portal's look", vec![portals::save(&after)]).await?;
    }
    if after.parent != portal.parent {
        let map = if portal.kind == "space" { &core.spaces } else { &core.portals };
        map.move_into(chat, after.parent.as_deref());
    }
    Ok(())
}

/// Puts a room into the space of its container and opens or closes it. What closes comes before everything else.
async fn place(
    core: &Arc<Core>,
    before: &PortalRow,
    after: &mut PortalRow,
    room: &str,
    delta: &ChatDelta,
) -> Result<(), StoreError> {
    if delta.access == Some(Access::Invited) {
        enter(core, after, room, &Entry::Invited).await;
    }
    let space = match &after.parent {
        Some(parent) => match create::space_of(core, &ChatId::new(&**parent), &[], 5).await {
            Ok(space) => space,
            Err(LinkError::Store(error)) => return Err(error),
            Err(_) => None,
        },
        None => None,
    };
    if after.parent != before.parent {
        let former = before.parent.as_deref().and_then(|parent| core.spaces.room_of(parent));
        if let Some(former) = former.filter(|former| Some(former) != space.as_ref()) {
            create::out_of_space(core, &former, room).await;
        }
        if let Some(space) = &space {
            create::into_space(core, space, room).await;
        }
    }
    // Open to a space it lies in no longer: the new one holds.
    let was_open = before.access.as_deref().is_some_and(|text| text.starts_with("space "));
    let access = delta.access.or_else(|| (was_open && after.parent != before.parent).then_some(Access::Container));
    if let Some(access) = access {
        enter(core, after, room, &Entry::of(access, space.as_deref())).await;
    }
    Ok(())
}

/// Opens or closes a room, and notes it once that is done.
async fn enter(core: &Core, portal: &mut PortalRow, room: &str, entry: &Entry) {
    if portal.access.as_deref() == Some(&*entry.text()) {
        return;
    }
    match access::enforce(core, room, entry).await {
        Ok(()) => portal.access = Some(entry.text()),
        Err(error) => tracing::error!(room_id = room, error = %error, "Who may come into a room cannot be changed."),
    }
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
