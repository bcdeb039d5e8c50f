//! From the network to Matrix: fetch files, plan, send as the ghost, record.
//!
//! No journal is needed: the transaction ids are derived, so a replay is recognised by the homeserver.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::{
    directory::{self, TowardMatrix},
    face,
    ghost::{self, GhostError},
    is_young, pack, pins, power, settle, skip,
    steps::take,
    wait_for,
};
use crate::{
    core::Core,
    engine::to_matrix::{self, Plan, View},
    inbox::{self, lane::After},
    media,
    network::{Author, FetchError, Incoming, MediaRef, SendKey, StoreError, What},
    portal::{follow, found, link},
    store::{inbox::Item, media::Uploaded, messages, powers},
};

/// How long a file that cannot be had now keeps its lane waiting, before a note takes its place.
const FILE_PATIENCE: i64 = 120_000;
/// How long a reply waits for its target to come into the ledger, while the other way is busy.
const REPLY_PATIENCE: i64 = 10_000;

pub(super) async fn work(core: &Arc<Core>, item: &mut Item, tries: u32) -> Result<After, StoreError> {
    let Ok(incoming) = serde_json::from_str::<Incoming>(&item.body) else {
        return skip(core, item, "an item that cannot be read").await;
    };
    let mut face = None;
    if let Author::Them(id, info) = &incoming.from {
        match ghost::dress(core, id.as_str(), Some(info), face::home_of(core, &incoming.chat).as_deref()).await {
            Ok(dressed) => face = Some((dressed, info)),
            Err(GhostError::Store(error)) => return Err(error),
            Err(GhostError::Refused(error)) => {
                tracing::warn!(ghost = %id, error = %error, "A ghost cannot be registered.");
                return skip(core, item, "its author cannot be registered").await;
            }
        }
    }
    if let What::Found(info) = &incoming.what {
        return match found::found(core, &incoming.chat, info).await? {
            Some(wait) => Ok(After::Again(wait)),
            None => settle(core, item, Vec::new()).await,
        };
    }
    let room = core.portals.room_of(incoming.chat.as_str()).or_else(|| core.spaces.room_of(incoming.chat.as_str()));
    let Some(room) = room else {
        return skip(core, item, "the chat is not linked").await;
    };
    if let Some((ghost::Dressed { user_id, differs }, info)) = face.filter(|_| face::shows(&incoming.what)) {
        match face::put_on(core, &room, &user_id, info, differs).await {
            Ok(()) => {}
            Err(GhostError::Store(error)) => return Err(error),
            Err(GhostError::Refused(error)) => {
                tracing::debug!(user_id, error = %error, "A ghost cannot look different in one room.");
            }
        }
    }
    let media = match files(core, &incoming, is_young(core, item, FILE_PATIENCE)).await? {
        Ok(media) => media,
        Err(wait) => return Ok(After::Again(wait)),
    };
    let Some(plan) = decide(core, &incoming, &room, &media, is_young(core, item, REPLY_PATIENCE)).await? else {
        return Ok(After::Again(Duration::from_millis(200)));
    };
    carry_out(core, item, &incoming, &room, plan, tries).await
}

type Files = HashMap<String, Uploaded>;

/// Brings the files an event needs to the homeserver; `Err` is how long to wait before the next try.
async fn files(core: &Core, incoming: &Incoming, patient: bool) -> Result<Result<Files, Duration>, StoreError> {
    let mut wanted: Vec<(String, MediaRef)> = to_matrix::needed_media(incoming);
    wanted.extend(directory::emoji(incoming).into_iter().map(|file| (file.cache_key().to_owned(), file)));
    let keys: Vec<&str> = wanted.iter().map(|(key, _)| key.as_str()).collect();
    let known = core.store.uploads(&keys).await?;
    let mut files: Files = known.into_iter().map(|file| (file.source.clone(), file)).collect();
    for (key, file) in wanted {
        if files.contains_key(&key) {
            continue;
        }
        match media::carry(core, &file).await {
            Ok(Some(uploaded)) => {
                files.insert(key, uploaded);
            }
            Ok(None) => {}
            Err(FetchError::Later { after, .. }) if patient => {
                return Ok(Err(after.unwrap_or(Duration::from_secs(2))));
            }
            Err(error) => tracing::info!(file = key, error = %error, "A file could not be carried over."),
        }
    }
    Ok(Ok(files))
}

/// Gathers what is known and decides; `None` if a reply's target may come into the ledger at any moment.
async fn decide(
    core: &Arc<Core>,
    incoming: &Incoming,
    room: &str,
    media: &Files,
    young: bool,
) -> Result<Option<Plan>, StoreError> {
    let chat = incoming.chat.as_str();
    let rows = core.store.by_remote(chat, &to_matrix::targets(incoming)).await?;
    let mut latest = None;
    if let What::Message { reply_to, thread, .. } = &incoming.what {
        let mut targets = [reply_to, thread].into_iter().flatten();
        let missing = targets.any(|target| !rows.iter().any(|row| row.id == target.as_str()));
        if missing && young && core.lanes.is_awake(&inbox::to_remote(&core.portals.lane_of(chat))) {
            return Ok(None);
        }
        if let Some(root) = thread {
            latest = core.store.last_in_thread(chat, root.as_str()).await?;
        }
    }
    let reactions = match &incoming.what {
        What::React { id, .. } => core.store.reactions_to(chat, id.as_str()).await?,
        _ => Vec::new(),
    };
    let pins = match &incoming.what {
        What::Pins { .. } => core.store.pins(room).await?,
        _ => Vec::new(),
    };
    let events = directory::pointed_at(core, incoming).await?;
    let directory = TowardMatrix { core, media, events };
    let view = View {
        bridge: core.info.id,
        room,
        rows: &rows,
        reactions: &reactions,
        media,
        pins: &pins,
        latest_in_thread: latest.as_deref(),
        directory: &directory,
    };
    Ok(Some(to_matrix::to_matrix(incoming, &view)))
}

async fn carry_out(
    core: &Arc<Core>,
    item: &Item,
    incoming: &Incoming,
    room: &str,
    plan: Plan,
    tries: u32,
) -> Result<After, StoreError> {
    let chat = incoming.chat.as_str();
    match plan {
        Plan::Do { steps, edited } => {
            let mut learnt = Vec::new();
            for step in steps {
                learnt.extend(take(core, incoming, room, step).await?);
            }
            learnt.extend(edited.map(|(id, version)| messages::edited(chat, &id, version)));
            core.health.from_remote.handled();
            settle(core, item, learnt).await
        }
        Plan::Look(delta) => {
            follow::follow(core, chat, &delta).await?;
            settle(core, item, Vec::new()).await
        }
        Plan::Refresh => match follow::refresh(core, chat).await {
            Err(FetchError::Later { after, .. }) if tries < 10 => {
                Ok(After::Again(after.unwrap_or(Duration::from_secs(2))))
            }
            _ => settle(core, item, Vec::new()).await,
        },
        Plan::Member { ghost, joined } => {
            let user_id = core.names.ghost(&ghost);
            let done = match joined {
                true => ghost::let_in(core, room, &user_id).await,
                false => ghost::leave(core, room, &user_id).await,
            };
            if let Err(GhostError::Store(error)) = done {
                return Err(error);
            }
            settle(core, item, Vec::new()).await
        }
        Plan::Pins(change) => {
            let learnt = pins::change(core, room, &change).await?;
            settle(core, item, learnt).await
        }
        Plan::Power { ghost, level } => {
            let settled = settle(core, item, vec![powers::want(room, &core.names.ghost(&ghost), level)]).await?;
            power::soon(core, room);
            Ok(settled)
        }
        Plan::Pack(images) => {
            let portal = core.store.portal(chat).await?;
            let name = portal.and_then(|portal| portal.name).unwrap_or_else(|| core.info.name.to_owned());
            pack::set(core, room, &name, &images).await;
            settle(core, item, Vec::new()).await
        }
        // The end of a former id is no end of the chat.
        Plan::Close if core.portals.chat_of(room).is_some_and(|present| present != chat) => {
            skip(core, item, "a former id of a chat that goes on").await
        }
        Plan::Close => {
            let text = "This chat does not exist on the network any more; the room is no longer bridged.";
            let key = SendKey::derive(&[core.info.id, chat, "gone", &item.id.to_string()]);
            if let Err(error) = core.homeserver.bot().notice(room, text, None, key).await {
                tracing::info!(room_id = room, error = %error, "The end of a chat could not be told.");
            }
            link::forget(core, &incoming.chat).await?;
            settle(core, item, Vec::new()).await
        }
        Plan::Wait(target) => wait_for(core, item, target.as_str(), tries).await,
        Plan::Skip(why) => skip(core, item, why).await,
    }
}
