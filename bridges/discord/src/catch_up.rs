//! What was said while no session could be resumed: read from history, with its own times, before anything newer.
//!
//! A later message has a greater id wherever it stands, so one number per chat tells what was seen of the channel and of
//! all its threads. What happened to older messages meanwhile is found by comparing one page with what was known
//! (`window`, `changes`).

mod changes;
mod window;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use appservice_sdk::prelude::*;
use serenity::http::Route;
use serenity::model::id::{ChannelId, GuildId};
use tokio::sync::Notify;

pub(crate) use self::window::Windows;
use crate::atlas::Place;
use crate::ids;
use crate::rest::{Call, Rest, RestError};
use crate::shared::Shared;
use crate::wire::{Channel, Message, Threads};

/// Most messages Discord gives at once.
const PAGE: usize = 100;
/// Most pages of one channel or thread; beyond that one notice stands for the rest.
const PAGES: usize = 10;
/// Memory: the id from which on a chat is bridged.
const START: &str = "start/";
/// Milliseconds within which a channel counts as new when it is linked.
const YOUNG: i64 = 60_000;

/// Why catching up has to wait.
#[derive(Debug)]
pub(crate) enum Trouble {
    Discord(RestError),
    Store(StoreError),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Discord(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl From<RestError> for Trouble {
    fn from(error: RestError) -> Self {
        Self::Discord(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The chats whose bridging has begun: what was said before that is not told any more.
pub(crate) struct Begun {
    chats: Mutex<HashSet<ChannelId>>,
    news: Notify,
}

impl Begun {
    /// Reads what is remembered.
    ///
    /// # Errors
    /// The bridge's database failed.
    pub(crate) async fn load(remote: &Remote) -> Result<Self, StoreError> {
        let kept = remote.get_all::<u64>(START).await?.into_iter();
        let chats = kept.filter_map(|(key, _)| key.strip_prefix(START)?.parse().ok()).collect();
        Ok(Self { chats: Mutex::new(chats), news: Notify::new() })
    }

    pub(crate) fn holds(&self, chat: ChannelId) -> bool {
        self.chats.lock().unwrap_or_else(PoisonError::into_inner).contains(&chat)
    }

    /// A chat was linked: whoever reads the gateway begins with it.
    pub(crate) fn linked(&self) {
        self.news.notify_one();
    }

    /// Waits until a chat was linked.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }

    /// A chat is no longer linked; linked again, it begins anew.
    pub(crate) fn end(&self, chat: ChannelId, batch: Batch) -> Batch {
        self.chats.lock().unwrap_or_else(PoisonError::into_inner).remove(&chat);
        batch.forget(format!("{START}{chat}"))
    }

    fn began(&self, chat: ChannelId) {
        self.chats.lock().unwrap_or_else(PoisonError::into_inner).insert(chat);
    }
}

/// The id from which on a chat is bridged that is linked now. A post is nothing without its first message, and what was
/// said in a channel that is hardly older than its room belongs into the room, too.
fn beginning(channel: ChannelId, post: bool, now: Timestamp) -> u64 {
    let young = now.0.saturating_sub(ids::time(channel.get()).0) < YOUNG;
    if post || young { channel.get().saturating_sub(1) } else { ids::first_at(now) }
}

/// One round of catching up over all chats.
#[derive(Default)]
pub(crate) struct Round {
    /// The active threads of each guild, asked for once.
    threads: HashMap<GuildId, Vec<Channel>>,
    /// People of whom it was asked whether they left.
    asked: changes::Asked,
}

impl Round {
    /// Stores what was missed of one chat.
    ///
    /// # Errors
    /// Ask again later; what was stored so far is not stored twice.
    pub(crate) async fn chat(&mut self, shared: &Shared, chat: &ChatId, channel: ChannelId) -> Result<(), Trouble> {
        let Some(place) = shared.atlas.place(channel).await?.filter(|place| shared.serves(place.guild)) else {
            return Ok(());
        };
        let space = shared.atlas.known(channel).is_some_and(|known| known.is_forum() || known.is_category());
        let after = match since(shared, chat).await? {
            Some(after) => after,
            None => {
                let start = beginning(channel, place.home != place.chat, Timestamp::now());
                shared.remote.put(&format!("{START}{chat}"), &start).await?;
                start
            }
        };
        if space {
            shared.remote.emit(Incoming::new(chat.clone(), Author::Nobody, Timestamp::now(), What::Resync)).await?;
            shared.begun.began(channel);
            return Ok(());
        }
        let mut missed = missed(&shared.rest, channel, after).await?;
        for thread in self.threads_below(shared, place).await? {
            if thread.last_message_id.is_none_or(|last| last.get() > after) {
                let more = self::missed(&shared.rest, thread.id, after).await?;
                missed.cut |= more.cut;
                missed.messages.extend(more.messages);
            }
        }
        missed.messages.sort_by_key(|said| said.id);
        let changed = changes::changes(shared, place, &mut self.asked).await?;
        store(shared, chat, missed, changed).await?;
        shared.begun.began(channel);
        Ok(())
    }

    async fn threads_below(&mut self, shared: &Shared, place: Place) -> Result<Vec<Channel>, RestError> {
        let all = match self.threads.entry(place.guild) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(active_threads(shared, place.guild).await?),
        };
        Ok(all.iter().filter(|thread| thread.parent_id == Some(place.chat)).cloned().collect())
    }
}

/// The threads of a guild that are not archived; the atlas learns them.
///
/// # Errors
/// Discord could not tell now.
pub(crate) async fn active_threads(shared: &Shared, guild: GuildId) -> Result<Vec<Channel>, RestError> {
    let call = Call::get(Route::GuildThreadsActive { guild_id: guild });
    let active = match shared.rest.call::<Threads>(call).await {
        Ok(active) => active.threads,
        Err(RestError::Refused { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    for thread in &active {
        shared.atlas.learn_channel(Channel { guild_id: Some(guild), ..thread.clone() });
    }
    Ok(active)
}

/// The newest id that was seen of a chat.
async fn since(shared: &Shared, chat: &ChatId) -> Result<Option<u64>, StoreError> {
    let seen = shared.remote.last_seen(chat).await?.and_then(|id| ids::message(&id)).map(|id| id.get());
    let start = shared.remote.get::<u64>(&format!("{START}{chat}")).await?;
    Ok(seen.max(start))
}

async fn store(shared: &Shared, chat: &ChatId, missed: Missed, changed: Vec<Incoming>) -> Result<(), Trouble> {
    let mut events = vec![Incoming::new(chat.clone(), Author::Nobody, Timestamp::now(), What::Resync)];
    events.extend(changed);
    if missed.cut {
        let at = missed.messages.first().map_or_else(Timestamp::now, crate::receive::said_at);
        let note = "Messages from Discord before this one were missed: there were too many while the bridge was away.";
        events.push(Incoming::new(chat.clone(), Author::Nobody, at, What::Gap { note: note.to_owned() }));
    }
    for said in &missed.messages {
        if ids::channel(chat) == Some(said.channel_id) {
            shared.windows.said(said.channel_id, said);
        }
    }
    for said in missed.messages.iter().filter(|said| !shared.hooks.wrote(said)) {
        if let Some(place) = shared.atlas.place(said.channel_id).await? {
            events.extend(shared.told(said, place).await?);
        }
    }
    for chunk in events.chunks(PAGE) {
        shared.remote.emit_all(chunk.to_vec()).await?;
    }
    shared.remote.store(shared.windows.remember(Batch::new())).await?;
    Ok(())
}

/// The messages of a channel after an id.
#[derive(Default)]
struct Missed {
    messages: Vec<Message>,
    /// Whether older ones were left out.
    cut: bool,
}

/// Reads backwards from the newest, so that what is left out is the oldest.
async fn missed(rest: &Rest, channel: ChannelId, after: u64) -> Result<Missed, RestError> {
    let first = match page(rest, channel, Some(("after", after))).await {
        // The channel is gone or hidden: nothing to be had, and no reason to wait.
        Err(RestError::Refused { .. }) => return Ok(Missed::default()),
        other => other?,
    };
    if first.len() < PAGE {
        return Ok(Missed { messages: first, cut: false });
    }
    let mut found = Missed { messages: Vec::new(), cut: true };
    let mut before = None;
    for _ in 0..PAGES {
        let page = page(rest, channel, before).await?;
        let oldest = page.iter().map(|said| said.id.get()).min();
        found.cut = page.len() == PAGE && oldest.is_some_and(|oldest| oldest > after);
        found.messages.extend(page.into_iter().filter(|said| said.id.get() > after));
        if !found.cut {
            break;
        }
        before = oldest.map(|oldest| ("before", oldest));
    }
    Ok(found)
}

/// Up to a hundred messages, in no order to rely on.
pub(crate) async fn page(
    rest: &Rest,
    channel: ChannelId,
    from: Option<(&'static str, u64)>,
) -> Result<Vec<Message>, RestError> {
    let mut call = Call::get(Route::ChannelMessages { channel_id: channel }).query("limit", PAGE);
    if let Some((side, id)) = from {
        call = call.query(side, id);
    }
    rest.call(call).await
}
