//! Linking an existing room and a chat, and undoing it.

use std::{sync::Arc, time::Duration};

use super::{features, follow, found, leave};
use crate::{
    bridge::LinkConfig,
    core::Core,
    intent::MatrixError,
    network::{ChatId, FetchError, StoreError},
    settings::AutoCreate,
    store::{
        Sql, ghosts,
        portals::{self, PortalRow},
    },
};

/// How often a link of the configuration that cannot be made is tried.
const RETRY: Duration = Duration::from_secs(15);

/// Why a link could not be made. The text is a sentence for people.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    #[error("There is no room {0}.")]
    NoRoom(String),
    #[error("The bridge's bot {0} cannot join that room: invite it first.")]
    CannotJoin(String),
    #[error("That chat is linked to {0} already.")]
    ChatTaken(String),
    #[error("That room is linked to {0} already.")]
    RoomTaken(String),
    #[error("There is no such chat, or the bridge cannot see it.")]
    NoChat,
    #[error("That chat is excluded by the bridge's configuration.")]
    Excluded,
    #[error("The network does not answer now; try again later.")]
    NotNow,
    #[error("The homeserver refused: {0}")]
    Homeserver(#[from] MatrixError),
    #[error("The bridge's database failed; nothing was changed.")]
    Store(#[from] StoreError),
}

impl From<LinkError> for FetchError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::NoRoom(_) | LinkError::NoChat => Self::Missing,
            LinkError::Store(error) => Self::later(error),
            error @ LinkError::NotNow => Self::later(error),
            other => Self::Refused(other.to_string()),
        }
    }
}

/// The id of a room given by id or alias.
pub(crate) async fn resolve(core: &Core, room: &str) -> Result<String, LinkError> {
    if room.starts_with('!') {
        return Ok(room.to_owned());
    }
    let found = match room.starts_with('#') {
        true => core.homeserver.resolve_alias(room).await?,
        false => None,
    };
    found.ok_or_else(|| LinkError::NoRoom(room.to_owned()))
}

/// Links a room (id or alias) and a chat. Doing it twice is doing it once.
pub(crate) async fn link(core: &Arc<Core>, room: &str, chat: &ChatId, configured: bool) -> Result<String, LinkError> {
    link_and(core, room, chat, configured, Vec::new()).await
}

/// Links, and writes something more in the same transaction.
pub(crate) async fn link_and(
    core: &Arc<Core>,
    room: &str,
    chat: &ChatId,
    configured: bool,
    more: Vec<Sql>,
) -> Result<String, LinkError> {
    if found::is_excluded(core, chat.as_str()) {
        return Err(LinkError::Excluded);
    }
    let room_id = resolve(core, room).await?;
    match (core.portals.room_of(chat.as_str()), core.portals.chat_of(&room_id)) {
        (Some(there), _) if there == room_id => return Ok(room_id),
        (Some(there), _) => return Err(LinkError::ChatTaken(there)),
        (None, Some(there)) => return Err(LinkError::RoomTaken(there)),
        (None, None) => {}
    }
    let joined = core.homeserver.bot().join(&room_id).await;
    if let Err(error) = joined {
        tracing::info!(room_id, error = %error, "The bot cannot join a room that shall be linked.");
        return Err(LinkError::CannotJoin(core.names.bot.clone()));
    }
    // Whatever the room shows today was chosen by people: the bridge leaves it alone.
    let portal = PortalRow {
        chat: chat.to_string(),
        room_id: Some(room_id.clone()),
        kind: "room".to_owned(),
        name_custom: has(core, &room_id, "m.room.name").await?,
        topic_custom: has(core, &room_id, "m.room.topic").await?,
        avatar_custom: has(core, &room_id, "m.room.avatar").await?,
        configured: i64::from(configured),
        ..PortalRow::default()
    };
    core.store.commit("linking a room", [vec![portals::save(&portal)], more].concat()).await?;
    core.portals.insert(chat.as_str(), &room_id, None);
    tracing::info!(room_id, chat = %chat, "A room and a chat are linked.");
    follow::announce(core, &portal).await;
    if let Some(session) = core.session.get() {
        session.linked(chat, true).await;
    }
    let (follower, chat) = (core.clone(), chat.to_string());
    core.spawn(async move {
        if let Err(error) = follow::refresh(&follower, &chat).await {
            tracing::debug!(chat, error = %error, "A linked room does not look like its chat (yet).");
        }
        if let Some(room) = follower.portals.room_of(&chat) {
            features::tell(&follower, &chat, &room).await;
        }
    });
    Ok(room_id)
}

async fn has(core: &Core, room: &str, kind: &str) -> Result<i64, MatrixError> {
    Ok(i64::from(core.homeserver.bot().state(room, kind, "").await?.is_some()))
}

/// Makes the links of the configuration and undoes those that stand there no longer. What cannot be made yet (the bot may
/// have to be invited first) is tried again in the background.
pub(crate) async fn configured(core: &Arc<Core>, links: Vec<LinkConfig>) {
    for portal in core.store.portals().await.unwrap_or_default() {
        let former = portal.configured != 0 && !links.iter().any(|link| link.chat == portal.chat);
        if former && let Err(error) = forget(core, &ChatId::new(&*portal.chat)).await {
            tracing::error!(chat = portal.chat, error = %error, "A former link cannot be undone.");
        }
    }
    let mut left = make(core, links).await;
    let again = core.clone();
    core.spawn(async move {
        for (LinkConfig { room, chat }, error) in &left {
            tracing::warn!(room, chat, error = %error, "A link of the configuration cannot be made yet.");
        }
        while !left.is_empty() {
            tokio::time::sleep(RETRY).await;
            left = make(&again, left.into_iter().map(|(wanted, _)| wanted).collect()).await;
        }
    });
}

/// Makes links; answers those that cannot be made now.
async fn make(core: &Arc<Core>, links: Vec<LinkConfig>) -> Vec<(LinkConfig, LinkError)> {
    let mut left = Vec::new();
    for wanted in links {
        if let Err(error) = link(core, &wanted.room, &ChatId::new(&*wanted.chat), true).await {
            left.push((wanted, error));
        }
    }
    left
}

/// Undoes the link of a chat, as people want it; whether there was one. The room stays as it is, but ghosts leave a room
/// that is not the bridge's own.
pub(crate) async fn unlink(core: &Arc<Core>, chat: &ChatId) -> Result<bool, StoreError> {
    let stays_so = core.settings.auto_create == AutoCreate::All;
    undo(core, chat, stays_so).await
}

/// The chat is gone, or its link moves.
pub(crate) async fn forget(core: &Arc<Core>, chat: &ChatId) -> Result<bool, StoreError> {
    undo(core, chat, false).await
}

async fn undo(core: &Arc<Core>, chat: &ChatId, stays_so: bool) -> Result<bool, StoreError> {
    let Some(room) = core.portals.room_of(chat.as_str()).or_else(|| core.spaces.room_of(chat.as_str())) else {
        return Ok(false);
    };
    // It may be named by a former id.
    let chat = &core.portals.chat_of(&room).map_or_else(|| chat.clone(), ChatId::new);
    let portal = core.store.portal(chat.as_str()).await?.unwrap_or_default();
    let mut writes = vec![portals::remove(chat.as_str())];
    if stays_so {
        let left = PortalRow { chat: chat.to_string(), kind: "left".to_owned(), ..PortalRow::default() };
        writes.push(portals::save(&left));
    }
    let leaves = portal.ours == 0;
    if leaves {
        writes.push(ghosts::leaving(&room));
    }
    core.store.commit("unlinking a room", writes).await?;
    core.portals.remove(chat.as_str());
    core.spaces.remove(chat.as_str());
    tracing::info!(room_id = room, chat = %chat, "A room and a chat are no longer linked.");
    follow::retract(core, &room, chat.as_str()).await;
    if leaves {
        leave::soon(core, &room);
    }
    if let Some(session) = core.session.get() {
        session.linked(chat, false).await;
    }
    Ok(true)
}
