//! Making rooms and spaces for chats.
//!
//! The row is reserved first, the room carries the chat's alias, and only when it lies in its space is the portal
//! complete: a crash anywhere between makes no second room and leaves none outside.

use std::{pin::Pin, sync::Arc};

use serde_json::json;

use super::{
    access::{self, Entry},
    features, follow,
    link::LinkError,
};
use crate::{
    core::Core,
    intent::{CreateRoom, MatrixError},
    media,
    network::{ChatId, ChatInfo, ChatKind, FetchError},
    store::portals::{self, PortalRow},
};

/// Containers in containers are followed so far.
const DEPTH: usize = 5;

/// Makes the room of a chat (or finds it) and invites somebody; answers its id.
pub(crate) async fn create(core: &Arc<Core>, chat: &ChatId, invite: Option<&str>) -> Result<String, LinkError> {
    if core.settings.exclude.names(chat.as_str()) {
        return Err(LinkError::Excluded);
    }
    let invite: Vec<String> = invite.map(str::to_owned).into_iter().collect();
    if let Some(room) = core.portals.room_of(chat.as_str()) {
        let parent = core.store.portal(chat.as_str()).await?.and_then(|portal| portal.parent);
        let space = parent.and_then(|parent| core.spaces.room_of(&parent));
        for room in space.iter().chain([&room]) {
            invite_to(core, room, &invite).await;
        }
        return Ok(room);
    }
    let info = info_of(core, chat).await?;
    make(core, chat, &info, &invite).await
}

/// Makes the room of a chat that looks like this, in the space of its container.
pub(crate) async fn make(
    core: &Arc<Core>,
    chat: &ChatId,
    info: &ChatInfo,
    invite: &[String],
) -> Result<String, LinkError> {
    let space = match &info.parent {
        Some(parent) => space_of(core, parent, invite, DEPTH).await?,
        None => None,
    };
    let room = room_for(core, chat, info, space.as_deref(), invite).await?;
    if info.kind != ChatKind::Space {
        features::tell(core, chat.as_str(), &room).await;
        if let Some(session) = core.session.get() {
            session.linked(chat, true).await;
        }
    }
    Ok(room)
}

/// Asks the network how a chat looks.
pub(crate) async fn info_of(core: &Core, chat: &ChatId) -> Result<ChatInfo, LinkError> {
    let Some(session) = core.session.get() else { return Err(LinkError::NotNow) };
    session.chat(chat).await.map_err(|error| match error {
        FetchError::Missing => LinkError::NoChat,
        FetchError::Later { .. } => LinkError::NotNow,
        other => LinkError::Homeserver(MatrixError::local(other.to_string())),
    })
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The space of a container, which is made if need be, with those above it. `None`: it cannot be had, for good.
pub(crate) fn space_of<'a>(
    core: &'a Arc<Core>,
    chat: &'a ChatId,
    invite: &'a [String],
    depth: usize,
) -> Boxed<'a, Result<Option<String>, LinkError>> {
    Box::pin(async move {
        if let Some(space) = core.spaces.room_of(chat.as_str()) {
            invite_to(core, &space, invite).await;
            return Ok(Some(space));
        }
        if depth == 0 || core.settings.exclude.names(chat.as_str()) || core.portals.is_linked(chat.as_str()) {
            return Ok(None);
        }
        let info = match info_of(core, chat).await {
            Ok(info) => ChatInfo { kind: ChatKind::Space, ..info },
            Err(error @ (LinkError::NotNow | LinkError::Store(_))) => return Err(error),
            Err(error) => {
                tracing::info!(parent = %chat, error = %error, "A container has no space.");
                return Ok(None);
            }
        };
        let above = match &info.parent {
            Some(parent) => space_of(core, parent, invite, depth - 1).await?,
            None => None,
        };
        room_for(core, chat, &info, above.as_deref(), invite).await.map(Some)
    })
}

/// Makes a room or space, puts it into its space and remembers it.
async fn room_for(
    core: &Arc<Core>,
    chat: &ChatId,
    info: &ChatInfo,
    space: Option<&str>,
    invite: &[String],
) -> Result<String, LinkError> {
    let avatar = match &info.avatar {
        Some(picture) => media::carry(core, picture).await.ok().flatten(),
        None => None,
    };
    let is_space = info.kind == ChatKind::Space;
    let entry = Entry::of(info.access, space);
    let mut portal = PortalRow {
        chat: chat.to_string(),
        kind: if is_space { "space" } else { "room" }.to_owned(),
        ours: 1,
        parent: info.parent.as_ref().map(ToString::to_string),
        name: info.name.clone(),
        topic: info.topic.clone(),
        avatar: avatar.as_ref().and(info.avatar.as_ref()).map(|picture| picture.cache_key().to_owned()),
        access: Some(entry.text()),
        ..PortalRow::default()
    };
    core.store.commit("reserving a portal", vec![portals::save(&portal)]).await?;
    let content = follow::bridge_state(core, &portal, info.link.as_deref());
    let key = follow::bridge_state_key(core, chat.as_str());
    let bridged = follow::BRIDGE_STATE.iter().map(|kind| ((*kind).to_owned(), key.clone(), content.clone()));
    let access = entry.state().into_iter().map(|change| (change.kind.to_owned(), String::new(), change.content));
    let room = CreateRoom {
        alias: Some(core.names.alias(chat.as_str())),
        name: info.name.clone(),
        topic: info.topic.clone(),
        avatar: avatar.map(|avatar| avatar.mxc),
        is_space,
        is_direct: info.kind == ChatKind::Direct,
        invite: invite.to_vec(),
        // Whoever asks for a room governs it.
        governors: invite.to_vec(),
        state: bridged.chain(access).collect(),
    };
    let room_id = core.homeserver.bot().create_room(&room).await?;
    if let Some(space) = space {
        into_space(core, space, &room_id).await;
    }
    // A room that a former run made may be open still: what the chat is now holds.
    access::enforce(core, &room_id, &entry).await?;
    portal.room_id = Some(room_id.clone());
    core.store.commit("storing a portal", vec![portals::save(&portal)]).await?;
    match is_space {
        true => core.spaces.insert(chat.as_str(), &room_id, portal.parent.as_deref()),
        false => core.portals.insert(chat.as_str(), &room_id, portal.parent.as_deref()),
    }
    tracing::info!(room_id, chat = %chat, "A room was made for a chat.");
    Ok(room_id)
}

/// Invites people, who may be there already.
async fn invite_to(core: &Core, room: &str, users: &[String]) {
    for user in users {
        if let Err(error) = core.homeserver.bot().invite(room, user).await {
            tracing::debug!(room_id = room, user, error = %error, "Somebody could not be invited; perhaps they are there.");
        }
    }
}

/// Puts a room into a space.
pub(crate) async fn into_space(core: &Core, space: &str, room: &str) {
    let server = core.homeserver.server_name();
    let bot = core.homeserver.bot();
    let child = json!({ "via": [server] });
    let parent = json!({ "via": [server], "canonical": true });
    let put = async {
        bot.set_state(space, "m.space.child", room, &child).await?;
        bot.set_state(room, "m.space.parent", space, &parent).await
    };
    if let Err(error) = put.await {
        tracing::info!(room_id = room, space, error = %error, "A room could not be put into its space.");
    }
}

/// Takes a room out of a space.
pub(crate) async fn out_of_space(core: &Core, space: &str, room: &str) {
    let bot = core.homeserver.bot();
    let taken = async {
        bot.set_state(space, "m.space.child", room, &json!({})).await?;
        bot.set_state(room, "m.space.parent", space, &json!({})).await
    };
    if let Err(error) = taken.await {
        tracing::info!(room_id = room, space, error = %error, "A room could not be taken out of its space.");
    }
}
