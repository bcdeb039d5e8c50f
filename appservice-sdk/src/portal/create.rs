//! Making rooms and spaces for chats.
//!
//! The row is reserved first and the room carries the chat's alias, so that a crash between the two makes no second room.

use std::sync::Arc;

use serde_json::json;

use super::{follow, link::LinkError};
use crate::{
    core::Core,
    intent::{CreateRoom, MatrixError},
    media,
    network::{ChatId, ChatInfo, ChatKind, FetchError},
    store::portals::{self, PortalRow},
};

/// Makes the room of a chat (or finds it) and invites somebody; answers its id.
pub(crate) async fn create(core: &Arc<Core>, chat: &ChatId, invite: Option<&str>) -> Result<String, LinkError> {
    if let Some(room) = core.portals.room_of(chat.as_str()) {
        if let Some(user) = invite {
            invite_to(core, &room, user).await;
        }
        // A former run may have died before it came to the space.
        if let Some(PortalRow { ours: 1, parent: Some(parent), .. }) = core.store.portal(chat.as_str()).await? {
            into_space(core, &ChatId::new(parent), &room, invite).await;
        }
        return Ok(room);
    }
    let info = info_of(core, chat).await?;
    let room = make(core, chat, &info, invite).await?;
    if info.kind != ChatKind::Space {
        core.portals.insert(chat.as_str(), &room);
    }
    if let Some(parent) = &info.parent {
        into_space(core, parent, &room, invite).await;
    }
    if let Some(session) = core.session.get() {
        session.linked(chat, true).await;
    }
    Ok(room)
}

async fn info_of(core: &Core, chat: &ChatId) -> Result<ChatInfo, LinkError> {
    let Some(session) = core.session.get() else {
        return Err(LinkError::Homeserver(MatrixError::local("the bridge is not connected to the network now")));
    };
    session.chat(chat).await.map_err(|error| match error {
        FetchError::Missing => LinkError::NoChat,
        other => LinkError::Homeserver(MatrixError::local(other.to_string())),
    })
}

async fn make(core: &Arc<Core>, chat: &ChatId, info: &ChatInfo, invite: Option<&str>) -> Result<String, LinkError> {
    let avatar = match &info.avatar {
        Some(picture) => media::carry(core, picture).await.ok().flatten(),
        None => None,
    };
    let mut portal = PortalRow {
        chat: chat.to_string(),
        kind: if info.kind == ChatKind::Space { "space" } else { "room" }.to_owned(),
        ours: 1,
        parent: info.parent.as_ref().map(ToString::to_string),
        name: info.name.clone(),
        topic: info.topic.clone(),
        avatar: avatar.as_ref().and(info.avatar.as_ref()).map(|picture| picture.cache_key().to_owned()),
        ..PortalRow::default()
    };
    core.store.commit("reserving a portal", vec![portals::save(&portal)]).await?;
    let content = follow::bridge_state(core, &portal, info.link.as_deref());
    let key = follow::bridge_state_key(core, chat.as_str());
    let room = CreateRoom {
        alias: Some(core.names.alias(chat.as_str())),
        name: info.name.clone(),
        topic: info.topic.clone(),
        avatar: avatar.map(|avatar| avatar.mxc),
        is_space: info.kind == ChatKind::Space,
        is_direct: info.kind == ChatKind::Direct,
        invite: invite.map(str::to_owned).into_iter().collect(),
        // Whoever asks for a room governs it.
        governors: invite.map(str::to_owned).into_iter().collect(),
        state: follow::BRIDGE_STATE.iter().map(|kind| ((*kind).to_owned(), key.clone(), content.clone())).collect(),
    };
    let room_id = core.homeserver.bot().create_room(&room).await?;
    portal.room_id = Some(room_id.clone());
    core.store.commit("storing a portal", vec![portals::save(&portal)]).await?;
    tracing::info!(room_id, chat = %chat, "A room was made for a chat.");
    Ok(room_id)
}

/// Invites somebody, who may be there already.
async fn invite_to(core: &Core, room: &str, user: &str) {
    if let Err(error) = core.homeserver.bot().invite(room, user).await {
        tracing::debug!(room_id = room, user, error = %error, "Somebody could not be invited; perhaps they are there.");
    }
}

/// Puts a room into the space of its chat's container, which is made if need be.
pub(crate) async fn into_space(core: &Arc<Core>, parent: &ChatId, room: &str, invite: Option<&str>) {
    let space = match core.store.portal(parent.as_str()).await {
        Ok(Some(PortalRow { room_id: Some(space), .. })) => {
            if let Some(user) = invite {
                invite_to(core, &space, user).await;
            }
            Ok(space)
        }
        Ok(_) => async { make(core, parent, &info_of(core, parent).await?, invite).await }.await,
        Err(error) => Err(error.into()),
    };
    let server = core.homeserver.server_name();
    let joined = match space {
        Ok(space) => {
            let bot = core.homeserver.bot();
            let child = json!({ "via": [server] });
            let parent = json!({ "via": [server], "canonical": true });
            async {
                bot.set_state(&space, "m.space.child", room, &child).await?;
                bot.set_state(room, "m.space.parent", &space, &parent).await
            }
            .await
            .map_err(LinkError::from)
        }
        Err(error) => Err(error),
    };
    if let Err(error) = joined {
        tracing::info!(room_id = room, parent = %parent, error = %error, "A room could not be put into its space.");
    }
}
