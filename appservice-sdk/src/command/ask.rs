//! Doing what a command asks, after it was permitted.

use std::{fmt::Write, sync::Arc};

use super::parse::Command;
use crate::{
    core::Core,
    engine::event::MatrixEvent,
    network::{ChatId, ChatKind, FetchError},
    portal::{create, link},
};

pub(super) const NOT_ALLOWED: &str = "Only who may change the settings of that room can do this.";

/// Most chats that are listed.
const LISTED: usize = 100;

pub(super) async fn obey(core: &Arc<Core>, event: &MatrixEvent, command: Command) -> String {
    match command {
        Command::Help => help(core),
        Command::Status => status(core).await,
        Command::List => list(core).await,
        Command::Link { room, chat } => {
            let room = room.unwrap_or_else(|| event.room_id.clone());
            link_to(core, &room, &ChatId::new(chat)).await
        }
        Command::Unlink { chat } => match chat.or_else(|| core.portals.chat_of(&event.room_id)) {
            None => "This room is not linked.".to_owned(),
            Some(chat) => match link::unlink(core, &ChatId::new(chat)).await {
                Ok(true) => "No longer linked.".to_owned(),
                Ok(false) => "That chat is not linked.".to_owned(),
                Err(error) => error.to_string(),
            },
        },
        Command::Bridge { chat } => match create::create(core, &ChatId::new(chat), Some(&event.sender)).await {
            Ok(room) => format!("You are invited: https://matrix.to/#/{room}"),
            Err(error) => error.to_string(),
        },
    }
}

async fn link_to(core: &Arc<Core>, room: &str, chat: &ChatId) -> String {
    let Some(session) = core.session.get() else {
        return "The bridge is not connected now; try again later.".to_owned();
    };
    match session.chat(chat).await {
        Ok(_) => {}
        Err(FetchError::Later { .. }) => return "The network does not answer now; try again later.".to_owned(),
        Err(_) => return link::LinkError::NoChat.to_string(),
    }
    match link::link(core, room, chat, false).await {
        Ok(_) => "Linked: what is said on either side is now said on both.".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn help(core: &Core) -> String {
    let prefix = format!("!{}", core.info.id);
    format!(
        "I bridge {name}. In a room of ours alone you can leave out `{prefix}`.\n\
         {prefix} list: chats I see, with their ids\n\
         {prefix} link CHAT: link this room and a chat (or: link ROOM CHAT)\n\
         {prefix} unlink: undo the link of this room (or: unlink CHAT)\n\
         {prefix} bridge CHAT: make a room for a chat and invite you\n\
         {prefix} status: how I am",
        name = core.info.name
    )
}

async fn status(core: &Core) -> String {
    let state = match core.session.get() {
        Some(_) => "Connected",
        None => "Not connected",
    };
    let waiting = core.store.waiting().await.map_or(0, |waiting| waiting.count);
    format!("{state} to {}; {} chats linked; {waiting} events waiting.", core.info.name, core.portals.len())
}

async fn list(core: &Core) -> String {
    let Some(session) = core.session.get() else {
        return "The bridge is not connected now; try again later.".to_owned();
    };
    let Ok(chats) = session.chats().await else {
        return "The network does not answer now; try again later.".to_owned();
    };
    let mut text = String::new();
    let rooms = chats.iter().filter(|(_, info)| info.kind != ChatKind::Space);
    for (chat, info) in rooms.clone().take(LISTED) {
        let name = info.name.as_deref().unwrap_or("without a name");
        let linked = core.portals.room_of(chat.as_str()).map(|room| format!(" → {room}")).unwrap_or_default();
        let _ = writeln!(text, "{chat} {name}{linked}");
    }
    match rooms.count() {
        0 => "I see no chats.".to_owned(),
        more if more > LISTED => format!("{text}… and {} more", more - LISTED),
        _ => text.trim_end().to_owned(),
    }
}
