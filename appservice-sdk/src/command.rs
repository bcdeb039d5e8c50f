//! Commands to the bot: in a room where it is alone with one person, or after `!network` in any room.

mod alone;
mod ask;
mod linking;
mod parse;

use std::{sync::Arc, time::Duration};

use serde_json::Value;

pub(crate) use self::linking::linked;
use self::parse::Command;
use crate::{
    core::Core,
    engine::{
        event::MatrixEvent,
        run::{gather::power, is_young, settle},
    },
    inbox::lane::After,
    network::{Answer, Asked, SendKey, StoreError},
    portal::upgrade::{self, Moved},
    store::inbox::Item,
};

/// How long a command waits for a connection that is just being made.
const CONNECTING: i64 = 30_000;

/// Works on what came for the bot.
pub(crate) async fn work(core: &Arc<Core>, item: &Item) -> Result<After, StoreError> {
    let Ok(event) = serde_json::from_str::<MatrixEvent>(&item.body) else {
        return settle(core, item, Vec::new()).await;
    };
    if event.kind == "m.room.member" {
        invited(core, &event).await;
    } else if event.kind == "m.room.tombstone" {
        if let Moved::Later = upgrade::follow(core, &event).await? {
            return Ok(After::Again(Duration::from_millis(500)));
        }
    } else if let Some(words) = words(core, &event).await {
        if core.session.get().is_none() && parse::needs_network(&words) && is_young(core, item, CONNECTING) {
            return Ok(After::Again(Duration::from_millis(250)));
        }
        let answer = match own(core, &event, &words).await {
            Some(answer) => alone::told(core, &event, answer).await,
            None => obey(core, &event, &words).await,
        };
        let key = SendKey::derive(&[core.info.id, "answer", &event.event_id]);
        if let Err(error) = core.homeserver.bot().notice(&event.room_id, &answer, Some(&event.event_id), key).await {
            tracing::warn!(room_id = event.room_id, error = %error, "A command could not be answered.");
        }
    }
    settle(core, item, Vec::new()).await
}

/// The bot goes where it is invited.
async fn invited(core: &Core, event: &MatrixEvent) {
    if event.content.get("membership").and_then(Value::as_str) != Some("invite") {
        return;
    }
    match core.homeserver.bot().join(&event.room_id).await {
        Ok(_) => tracing::info!(room_id = event.room_id, by = event.sender, "The bot accepted an invitation."),
        Err(error) => {
            tracing::info!(room_id = event.room_id, error = %error, "The bot could not accept an invitation.");
        }
    }
}

/// The words of a command, if the message is one.
async fn words(core: &Core, event: &MatrixEvent) -> Option<String> {
    let body = event.body().trim();
    if event.content.get("msgtype").and_then(Value::as_str) != Some("m.text") || event.targets().edits.is_some() {
        return None;
    }
    let prefix = format!("!{}", core.info.id);
    if let Some(rest) = body.strip_prefix(&prefix)
        && (rest.is_empty() || rest.starts_with(char::is_whitespace))
    {
        return Some(rest.trim().to_owned());
    }
    is_management(core, &event.room_id).await.then(|| body.trim_start_matches('!').to_owned())
}

async fn is_management(core: &Core, room: &str) -> bool {
    if let Some(known) = core.rooms.management(room) {
        return known;
    }
    let Ok(members) = core.homeserver.bot().joined_members(room).await else { return false };
    let is = members.len() == 2 && members.contains(&core.names.bot);
    core.rooms.keep_management(room, is);
    is
}

/// What the network answers to a command of its own.
async fn own(core: &Arc<Core>, event: &MatrixEvent, words: &str) -> Option<Answer> {
    let session = core.session.get()?;
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    let first = words.first()?;
    if !session.commands().iter().any(|(word, _)| word == first) {
        return None;
    }
    if !core.settings.permits(&event.sender) {
        return Some(Answer::here("You are not allowed to use this bridge."));
    }
    let governs = may_change(core, &event.room_id, &event.sender).await;
    let (by, room_id, event_id) = (event.sender.clone(), event.room_id.clone(), event.event_id.clone());
    Some(session.command(&Asked { words, by, room_id, event_id, governs }).await)
}

/// Does what was asked, if the asker may; answers a sentence or a list.
async fn obey(core: &Arc<Core>, event: &MatrixEvent, words: &str) -> String {
    if !core.settings.permits(&event.sender) {
        return "You are not allowed to use this bridge.".to_owned();
    }
    let command = match parse::parse(words) {
        Ok(command) => command,
        Err(why) => return why,
    };
    let room = match &command {
        Command::Link { room: Some(room), .. } => Some(room.as_str()),
        Command::Link { room: None, .. } | Command::Unlink { chat: None } => Some(event.room_id.as_str()),
        Command::Unlink { chat: Some(chat) } => {
            let room = core.portals.room_of(chat);
            return match room {
                Some(room) if may_change(core, &room, &event.sender).await => ask::obey(core, event, command).await,
                Some(_) => ask::NOT_ALLOWED.to_owned(),
                None => "That chat is not linked.".to_owned(),
            };
        }
        _ => None,
    };
    if let Some(room) = room {
        let Ok(room) = crate::portal::link::resolve(core, room).await else {
            return format!("There is no room {room}.");
        };
        if !may_change(core, &room, &event.sender).await {
            return ask::NOT_ALLOWED.to_owned();
        }
    }
    ask::obey(core, event, command).await
}

/// Whether somebody governs a room. A room the bot does not see yet is joined first, if it may be.
pub(crate) async fn may_change(core: &Core, room: &str, user: &str) -> bool {
    if core.rooms.power(room).is_none() && core.homeserver.bot().join(room).await.is_err() {
        return false;
    }
    let Ok(Some(member)) = core.homeserver.bot().state(room, "m.room.member", user).await else { return false };
    let joined = member.get("membership").and_then(Value::as_str) == Some("join");
    joined && power(core, room).await.is_some_and(|power| power.may_change_state(user))
}
