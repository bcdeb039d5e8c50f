//! What was said while nobody listened: Socket Mode tells nothing twice, so with every connection each channel's history
//! is read from where it was left, with its own times, before anything newer.
//!
//! Edits, deletions and reactions of that time are not in history as such and stay unseen.
//! <https://docs.slack.dev/reference/methods/conversations.history>

use std::collections::{BTreeMap, BTreeSet};

use appservice_sdk::prelude::*;
use serde_json::Value;

use crate::api::ApiError;
use crate::feed::Trouble;
use crate::shared::Shared;
use crate::wire::{Channel, Message, read};
use crate::{ids, look};

/// Messages of one page.
const PAGE: usize = 100;
/// Most pages of one channel or thread; beyond that one notice stands for the rest.
const PAGES: usize = 10;
/// Memory: the `ts` from which on a chat is bridged.
const START: &str = "start/";
/// Memory: threads in which something was said, and when last.
pub(crate) const LIVE: &str = "thread/";
/// Threads that are asked for though their root lies further back than the newest page.
const THREADS: usize = 20;
/// A thread is thought dead after so many microseconds.
const DEAD: u64 = 7 * 86_400 * 1_000_000;

/// Memory of a live thread.
pub(crate) fn live_key(chat: &ChatId, root: &str) -> String {
    format!("{LIVE}{chat}/{root}")
}

/// From now on a chat is bridged; what was said before is not fetched.
pub(crate) async fn start(shared: &Shared, chat: &ChatId) -> Result<(), StoreError> {
    shared.remote.put(&format!("{START}{chat}"), &ids::ts_at(Timestamp::now())).await
}

/// Tells every channel there is, and the workspace with its emoji.
pub(crate) async fn found(shared: &Shared) -> Result<(), Trouble> {
    let now = Timestamp::now();
    let mut events = Vec::new();
    let team = match shared.api.get("team.info", &[]).await {
        Ok(answer) => look::team(&answer["team"], &shared.me.url),
        Err(error) if error.passes() => return Err(error.into()),
        Err(_) => ChatInfo { kind: ChatKind::Space, ..ChatInfo::default() },
    };
    events.push(Incoming::new(shared.team(), Author::Nobody, now, What::Found(team)));
    shared.atlas.know_emoji().await?;
    let images = shared.atlas.pack();
    events.push(Incoming::new(shared.team(), Author::Nobody, now, What::Pack { images }));
    let seen = match channels(shared).await {
        Err(error) if !error.passes() => {
            tracing::warn!(%error, "the list of channels cannot be read; linked channels work all the same");
            Vec::new()
        }
        other => other?,
    };
    for channel in seen {
        let info = look::channel(&channel, &shared.me.url, &shared.me.team);
        events.push(Incoming::new(channel.id.clone(), Author::Nobody, now, What::Found(info)));
        shared.atlas.learn_channel(channel);
    }
    for chunk in events.chunks(PAGE) {
        shared.remote.emit_all(chunk.to_vec()).await?;
    }
    Ok(())
}

/// The channels that the bot can see and that are in use.
pub(crate) async fn channels(shared: &Shared) -> Result<Vec<Channel>, ApiError> {
    let all = match list(shared, "public_channel,private_channel").await {
        // Without groups:read there are the public ones.
        Err(error) if error.is_any(&["missing_scope"]) => list(shared, "public_channel").await?,
        other => other?,
    };
    Ok(all.iter().map(read::<Channel>).filter(|channel| !channel.id.is_empty()).collect())
}

async fn list(shared: &Shared, kinds: &str) -> Result<Vec<Value>, ApiError> {
    let arguments = [("types", kinds), ("exclude_archived", "true"), ("limit", "200")];
    shared.api.list("conversations.list", &arguments, "channels").await
}

/// Stores what was missed of one chat.
///
/// # Errors
/// Ask again later; what was stored so far is not stored twice.
pub(crate) async fn chat(shared: &Shared, chat: &ChatId) -> Result<(), Trouble> {
    let Some(since) = since(shared, chat).await? else { return Ok(start(shared, chat).await?) };
    let missed = match missed(shared, chat, since).await {
        // The channel is gone or hidden: nothing to be had, and no reason to wait.
        Err(Trouble::Slack(error)) if !error.passes() && !matches!(error, ApiError::Limited { .. }) => {
            tracing::warn!(%chat, %error, "the channel's history cannot be read");
            return Ok(());
        }
        other => other?,
    };
    let mut batch = Batch::new().emit(Incoming::new(chat.clone(), Author::Nobody, Timestamp::now(), What::Resync));
    if missed.cut {
        let at = missed.said.keys().next().map_or_else(Timestamp::now, |first| Timestamp((first / 1000).cast_signed()));
        let note = "Messages from Slack before this one were missed: there were too many while the bridge was away.";
        batch = batch.emit(Incoming::new(chat.clone(), Author::Nobody, at, What::Gap { note: note.to_owned() }));
    }
    for told in missed.said.values() {
        let more = shared.said(chat, told).await?;
        batch.events.extend(more.events);
        batch.memory.extend(more.memory);
        if batch.events.len() >= PAGE {
            shared.remote.store(std::mem::take(&mut batch)).await?;
        }
    }
    Ok(shared.remote.store(pinned(shared, chat, batch).await?).await?)
}

/// What is pinned now. Slack lets few ask often, so this is left out when it has to wait.
async fn pinned(shared: &Shared, chat: &ChatId, batch: Batch) -> Result<Batch, Trouble> {
    let Ok(answer) = shared.api.get("pins.list", &[("channel", chat.as_str())]).await else { return Ok(batch) };
    let items = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut pins: Vec<(i64, MessageId)> = items
        .iter()
        .filter_map(|item| {
            Some((item["created"].as_i64().unwrap_or_default(), MessageId::new(item["message"]["ts"].as_str()?)))
        })
        .collect();
    pins.sort();
    let ids = pins.into_iter().map(|(_, id)| id).collect();
    Ok(batch.emit(Incoming::new(chat.clone(), Author::Nobody, Timestamp::now(), What::Pins { ids })))
}

/// The newest message that was seen of a chat, in microseconds.
async fn since(shared: &Shared, chat: &ChatId) -> Result<Option<u64>, StoreError> {
    let seen = shared.remote.last_seen(chat).await?.and_then(|id| ids::micros(id.as_str()));
    let start = shared.remote.get::<String>(&format!("{START}{chat}")).await?;
    Ok(seen.max(start.as_deref().and_then(ids::micros)))
}

/// What was said after a moment, in order.
#[derive(Default)]
struct Missed {
    said: BTreeMap<u64, Value>,
    /// Whether older ones were left out.
    cut: bool,
}

impl Missed {
    fn add(&mut self, told: Vec<Value>, since: u64) {
        for said in told {
            if let Some(at) = said["ts"].as_str().and_then(ids::micros).filter(|at| *at > since) {
                self.said.entry(at).or_insert(said);
            }
        }
    }
}

async fn missed(shared: &Shared, chat: &ChatId, since: u64) -> Result<Missed, Trouble> {
    let mut missed = Missed::default();
    let mut threads = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut latest: Option<String> = None;
    // Backwards from the newest, so that what is left out is the oldest. The first page goes beyond what is new: the
    // roots there tell in which threads something was said.
    for page in 0..PAGES {
        let told = history(shared, chat, latest.as_deref()).await?;
        let oldest = told.iter().filter_map(|said| said["ts"].as_str().and_then(ids::micros)).min();
        for said in told.iter().map(read::<Message>) {
            seen.insert(said.ts.clone());
            if said.latest_reply.as_deref().and_then(ids::micros).is_some_and(|latest| latest > since) {
                threads.insert(said.ts.clone());
            }
        }
        let more = told.len() == PAGE && oldest.is_some_and(|oldest| oldest > since);
        missed.add(told, since);
        missed.cut = more && page + 1 == PAGES;
        if !more {
            break;
        }
        latest = oldest.map(ids::ts);
    }
    threads.extend(remembered(shared, chat, since).await?.into_iter().filter(|root| !seen.contains(root)));
    for root in threads {
        let (told, cut) = replies(shared, chat, &root, since).await?;
        missed.cut |= cut;
        missed.add(told, since);
    }
    Ok(missed)
}

async fn history(shared: &Shared, chat: &ChatId, latest: Option<&str>) -> Result<Vec<Value>, ApiError> {
    let limit = PAGE.to_string();
    let mut arguments = vec![("channel", chat.as_str()), ("limit", limit.as_str())];
    arguments.extend(latest.map(|latest| ("latest", latest)));
    let mut answer = shared.api.get("conversations.history", &arguments).await?;
    Ok(take(&mut answer))
}

/// The replies of a thread after a moment. A root that is gone has none.
async fn replies(shared: &Shared, chat: &ChatId, root: &str, since: u64) -> Result<(Vec<Value>, bool), ApiError> {
    let (limit, oldest) = (PAGE.to_string(), ids::ts(since));
    let (mut all, mut cursor) = (Vec::new(), String::new());
    for _ in 0..PAGES {
        let mut arguments =
            vec![("channel", chat.as_str()), ("ts", root), ("oldest", oldest.as_str()), ("limit", limit.as_str())];
        if !cursor.is_empty() {
            arguments.push(("cursor", &cursor));
        }
        let mut answer = match shared.api.get("conversations.replies", &arguments).await {
            Err(error) if error.is_any(&["thread_not_found", "message_not_found"]) => return Ok((all, false)),
            other => other?,
        };
        all.extend(take(&mut answer).into_iter().filter(|said| said["ts"] != root));
        answer["response_metadata"]["next_cursor"].as_str().unwrap_or_default().clone_into(&mut cursor);
        if cursor.is_empty() {
            return Ok((all, false));
        }
    }
    Ok((all, true))
}

/// Threads in which somebody spoke not long ago, the newest first; dead ones are forgotten.
async fn remembered(shared: &Shared, chat: &ChatId, since: u64) -> Result<Vec<String>, StoreError> {
    let prefix = format!("{LIVE}{chat}/");
    let mut live = Vec::new();
    let mut dead = Batch::new();
    for (key, last) in shared.remote.get_all::<String>(&prefix).await? {
        let Some(root) = key.strip_prefix(&prefix) else { continue };
        match ids::micros(&last) {
            Some(last) if last.saturating_add(DEAD) > since => live.push((last, root.to_owned())),
            _ => dead = dead.forget(key),
        }
    }
    if !dead.memory.is_empty() {
        shared.remote.store(dead).await?;
    }
    live.sort_unstable();
    Ok(live.into_iter().rev().take(THREADS).map(|(_, root)| root).collect())
}

fn take(answer: &mut Value) -> Vec<Value> {
    match answer["messages"].take() {
        Value::Array(messages) => messages,
        _ => Vec::new(),
    }
}
