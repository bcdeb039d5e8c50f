//! Doing what a command asks, after it was permitted.

use std::{fmt::Write, sync::Arc};

use super::{linking, parse::Command};
use crate::{
    core::Core,
    engine::event::MatrixEvent,
    network::{Access, ChatId, ChatInfo, ChatKind},
    portal::link,
};

pub(super) const NOT_ALLOWED: &str = "Only who may change the settings of that room can do this.";

/// Most chats that are listed.
const LISTED: usize = 100;

pub(super) async fn obey(core: &Arc<Core>, event: &MatrixEvent, command: Command) -> String {
    match command {
        Command::Help => help(core),
        Command::Status => status(core).await,
        Command::List => list(core, &event.sender).await,
        Command::Link { room, chat } => {
            let room = room.unwrap_or_else(|| event.room_id.clone());
            linking::link(core, event, &room, chat.as_deref()).await
        }
        Command::Unlink { chat } => match chat.or_else(|| core.portals.chat_of(&event.room_id)) {
            None => "This room is not linked.".to_owned(),
            Some(chat) => match link::unlink(core, &ChatId::new(chat)).await {
                Ok(true) => "No longer linked.".to_owned(),
                Ok(false) => "That chat is not linked.".to_owned(),
                Err(error) => error.to_string(),
            },
        },
        Command::Bridge { chat } => linking::bridge(core, event, &chat).await,
    }
}

fn help(core: &Core) -> String {
    let prefix = format!("!{}", core.info.id);
    let commands = core.session.get().map(|session| session.commands()).unwrap_or_default();
    let own: String = commands.iter().map(|(word, help)| format!("\n{prefix} {word}: {help}")).collect();
    format!(
        "I bridge {name}. In a room of ours alone you can leave out `{prefix}`.\n\
         {prefix} list: chats I see, with their ids\n\
         {prefix} link CHAT: link this room and a chat (or: link ROOM CHAT)\n\
         {prefix} link CODE: link this room and the chat in which you got the code\n\
         {prefix} link: get a code for whoever manages a chat\n\
         {prefix} unlink: undo the link of this room (or: unlink CHAT)\n\
         {prefix} bridge CHAT: make a room for a chat and invite you\n\
         {prefix} status: how I am{own}",
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

async fn list(core: &Core, asker: &str) -> String {
    let Some(session) = core.session.get() else {
        return "The bridge is not connected now; try again later.".to_owned();
    };
    let Ok(chats) = session.chats().await else {
        return "The network does not answer now; try again later.".to_owned();
    };
    let mut text = String::new();
    // What is closed over there is not told to everybody here.
    let admin = core.settings.is_admin(asker);
    let told = |info: &ChatInfo| info.kind != ChatKind::Space && (admin || info.access != Access::Invited);
    let rooms = chats.iter().filter(|(_, info)| told(info));
    for (chat, info) in rooms.clone().take(LISTED) {
        let name = info.name.as_deref().unwrap_or("without a name");
        let linked = core.portals.room_of(chat.as_str()).map(|room| format!(" → {room}")).unwrap_or_default();
        let _ = writeln!(text, "{chat} {name}{linked}");
    }
    match rooms.count() {
        0 if !admin && !chats.is_empty() => {
            format!(
                "I see only chats that are not open to everybody. Write `!{} link` to ask one for a link.",
                core.info.id
            )
        }
        0 => "I see no chats.".to_owned(),
        more if more > LISTED => format!("{text}… and {} more", more - LISTED),
        _ => text.trim_end().to_owned(),
    }
}
