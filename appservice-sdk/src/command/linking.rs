//! The commands `link` and `bridge`. Administrators of the bridge link at once, and so does whoever has a code from the
//! chat; everybody else asks whoever manages the chat, or a stranger could open a private one.

use std::sync::Arc;

use crate::{
    core::Core,
    engine::event::MatrixEvent,
    network::{ChatId, SendKey, StoreError},
    portal::{
        create, link,
        request::{self, Ask},
    },
    settings::AutoCreate,
};

const LINKED: &str = "Linked: what is said on either side is now said on both.";

/// Links a room, which the asker governs.
pub(super) async fn link(core: &Arc<Core>, event: &MatrixEvent, room: &str, chat: Option<&str>) -> String {
    match try_link(core, event, room, chat).await {
        Ok(said) => said,
        Err(error) => error.to_string(),
    }
}

async fn try_link(
    core: &Arc<Core>,
    event: &MatrixEvent,
    room: &str,
    chat: Option<&str>,
) -> Result<String, link::LinkError> {
    let room = link::resolve(core, room).await?;
    if let Some(taken) = core.portals.chat_of(&room) {
        return Err(link::LinkError::RoomTaken(taken));
    }
    let asked = |chat| Ask { by: &event.sender, event_id: &event.event_id, room: Some(&room), chat };
    let Some(chat) = chat else { return Ok(ask(core, &asked(None)).await?) };
    if let Some((chat, used)) = request::offered(core, chat).await? {
        link::link_and(core, &room, &chat, false, vec![used]).await?;
        return Ok(LINKED.to_owned());
    }
    let chat = ChatId::new(chat);
    create::info_of(core, &chat).await?;
    if let Some(there) = core.portals.room_of(chat.as_str()) {
        return Err(link::LinkError::ChatTaken(there));
    }
    match core.settings.is_admin(&event.sender) {
        true => link::link(core, &room, &chat, false).await.map(|_| LINKED.to_owned()),
        false => Ok(ask(core, &asked(Some(&chat))).await?),
    }
}

/// Makes a room for a chat, or invites the asker to the one it has.
pub(super) async fn bridge(core: &Arc<Core>, event: &MatrixEvent, chat: &str) -> String {
    match try_bridge(core, event, chat).await {
        Ok(said) => said,
        Err(error) => error.to_string(),
    }
}

async fn try_bridge(core: &Arc<Core>, event: &MatrixEvent, chat: &str) -> Result<String, link::LinkError> {
    let by = event.sender.as_str();
    let invited = |room: String| format!("You are invited: https://matrix.to/#/{room}");
    if let Some((chat, used)) = request::offered(core, chat).await? {
        let room = create::create(core, &chat, Some(by)).await?;
        core.store.commit("using a code", vec![used]).await?;
        return Ok(invited(room));
    }
    let chat = ChatId::new(chat);
    if core.settings.is_admin(by) {
        return create::create(core, &chat, Some(by)).await.map(invited);
    }
    if core.portals.is_linked(chat.as_str()) {
        let portal = core.store.portal(chat.as_str()).await?;
        return match portal.and_then(|portal| portal.access).as_deref() {
            Some("anybody") => create::create(core, &chat, Some(by)).await.map(invited),
            _ => Ok("That chat has a room already: let somebody who is in it invite you.".to_owned()),
        };
    }
    if core.settings.auto_create == AutoCreate::Off {
        return Ok(
            "This bridge makes no rooms on request. Make one yourself, invite me and write `link` there.".to_owned()
        );
    }
    create::info_of(core, &chat).await?;
    Ok(ask(core, &Ask { by, event_id: &event.event_id, room: None, chat: Some(&chat) }).await?)
}

/// Asks whoever manages the chat, and tells the chat.
async fn ask(core: &Core, ask: &Ask<'_>) -> Result<String, StoreError> {
    let code = match request::ask(core, ask).await? {
        Ok(code) => code,
        Err(why) => return Ok(why.to_owned()),
    };
    let mut said = format!(
        "Somebody who manages the chat has to agree: let them write `/matrix link {code}` there within an hour."
    );
    if let (Some(chat), Some(session)) = (ask.chat, core.session.get()) {
        let what = if ask.room.is_some() { "their Matrix room" } else { "a new Matrix room" };
        let text = format!(
            "{} asks to link this chat and {what}: what is said here would be read there, and the other way round. Whoever \
             manages this chat agrees by writing: /matrix link {code}",
            ask.by
        );
        match session.announce(chat, &text).await {
            Ok(()) => said.push_str(" I told the chat."),
            Err(error) => {
                tracing::info!(chat = %chat, error = %error, "A request for a link was not told in the chat.")
            }
        }
    }
    Ok(said)
}

/// Says in a room that what was asked for was accepted.
pub(crate) async fn linked(core: &Core, room: &str, code: &str) {
    let key = SendKey::derive(&[core.info.id, "accepted", code]);
    if let Err(error) = core.homeserver.bot().notice(room, LINKED, None, key).await {
        tracing::info!(room_id = room, error = %error, "That a room is linked could not be told.");
    }
}
