//! What the two halves of a connected session have in common: the feed that hears Telegram and the session that speaks.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use appservice_sdk::prelude::*;

use crate::album::Albums;
use crate::atlas::Atlas;
use crate::config::Config;
use crate::ids;
use crate::look::People;
use crate::rest::Rest;
use crate::wire::Me;

/// Memory: a group that became a supergroup.
const MOVED: &str = "moved/";
/// Memory: the newest message that was heard of a chat.
pub(crate) const HIGHEST: &str = "highest/";
/// Memory: the newest things the bot said for itself in a chat.
const SAID: &str = "said/";
/// So many of those are remembered of each chat.
const OWN: usize = 50;
/// Places of messages that are remembered; then that memory starts anew.
const PLACES: usize = 20_000;

pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) rest: Arc<Rest>,
    pub(crate) remote: Remote,
    pub(crate) me: Me,
    pub(crate) atlas: Atlas,
    pub(crate) people: People,
    pub(crate) albums: Albums,
    now: Mutex<Now>,
    /// One send at a time for a chat of Telegram, whichever of its topics it is for.
    turns: Mutex<HashMap<i64, Arc<tokio::sync::Mutex<()>>>>,
}

#[derive(Default)]
struct Now {
    moved: HashMap<i64, i64>,
    /// The newest message that is known of each chat.
    highest: HashMap<i64, i32>,
    /// What the bot said for itself: no message of anybody in Matrix.
    own: HashSet<(i64, i32)>,
    /// The newest message when a send began whose outcome is not known.
    begun: HashMap<SendKey, i32>,
    /// Which topic a message of a forum was heard in.
    topics: HashMap<(i64, i32), ChatId>,
}

impl Shared {
    /// Reads what is remembered.
    ///
    /// # Errors
    /// The bridge's database failed.
    pub(crate) async fn load(config: Config, rest: Arc<Rest>, remote: Remote, me: Me) -> Result<Self, StoreError> {
        fn number(key: &str, prefix: &str) -> Option<i64> {
            key.strip_prefix(prefix)?.parse().ok()
        }
        let moved = remote.get_all::<i64>(MOVED).await?;
        let highest = remote.get_all::<i32>(HIGHEST).await?;
        let mut own = HashSet::new();
        for (key, said) in remote.get_all::<Vec<i32>>(SAID).await? {
            let chat = number(&key, SAID).unwrap_or_default();
            own.extend(said.into_iter().map(|id| (chat, id)));
        }
        let now = Now {
            own,
            moved: moved.into_iter().filter_map(|(key, to)| Some((number(&key, MOVED)?, to))).collect(),
            highest: highest.into_iter().filter_map(|(key, id)| Some((number(&key, HIGHEST)?, id))).collect(),
            ..Now::default()
        };
        Ok(Self {
            atlas: Atlas::load(&remote, config.topics).await?,
            people: People::load(&remote).await?,
            albums: Albums::load(&remote).await?,
            now: Mutex::new(now),
            turns: Mutex::default(),
            config,
            rest,
            remote,
            me,
        })
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the operator lets the bridge serve this chat.
    pub(crate) fn serves(&self, chat: i64) -> bool {
        self.config.chats.is_empty() || self.config.chats.contains(&chat)
    }

    /// The number a chat has today.
    pub(crate) fn today(&self, chat: i64) -> i64 {
        self.now().moved.get(&chat).copied().unwrap_or(chat)
    }

    /// A group became a supergroup: its room moves along.
    pub(crate) fn moves(&self, from: i64, to: i64, batch: &mut Batch) {
        self.atlas.moved(from, to, batch);
        let what = What::Moved { to: ids::whole(to) };
        let event = Incoming::new(ids::whole(from), Author::Nobody, Timestamp::now(), what);
        batch.events.push(event.with_key(format!("moved:{from}:{to}")));
        batch.memory.push((format!("{MOVED}{from}"), Some(to.into())));
        self.now().moved.insert(from, to);
    }

    /// Takes in that there is such a message; says whether it is the newest.
    pub(crate) fn heard(&self, chat: i64, id: i32) -> bool {
        let highest = &mut self.now().highest;
        let known = highest.entry(chat).or_default();
        let newest = id > *known;
        *known = id.max(*known);
        newest
    }

    pub(crate) fn highest(&self, chat: i64) -> i32 {
        self.now().highest.get(&chat).copied().unwrap_or_default()
    }

    /// The bot said this for itself: no search for a lost message may take it for one.
    pub(crate) async fn own(&self, chat: i64, id: i32) {
        self.heard(chat, id);
        let newest: Vec<i32> = {
            let own = &mut self.now().own;
            own.insert((chat, id));
            let mut here: Vec<i32> = own.iter().filter(|(at, _)| *at == chat).map(|(_, id)| *id).collect();
            here.sort_unstable();
            here.split_off(here.len().saturating_sub(OWN))
        };
        if let Err(error) = self.remote.put(&format!("{SAID}{chat}"), &newest).await {
            tracing::warn!(chat, %error, "what the bridge said could not be remembered");
        }
    }

    /// A send begins: what it becomes has a greater number than any message so far.
    pub(crate) fn begins(&self, key: &SendKey, chat: i64) {
        let now = &mut *self.now();
        let highest = now.highest.get(&chat).copied().unwrap_or_default();
        now.begun.entry(key.clone()).or_insert(highest);
    }

    /// The newest message before a send began, if this process began it.
    pub(crate) fn before(&self, key: &SendKey) -> Option<i32> {
        self.now().begun.get(key).copied()
    }

    /// A send is over.
    pub(crate) fn ends(&self, key: &SendKey) {
        self.now().begun.remove(key);
    }

    pub(crate) fn is_own(&self, chat: i64, id: i32) -> bool {
        self.now().own.contains(&(chat, id))
    }

    /// Remembers where a message of a forum stands: what refers to it later does not say.
    pub(crate) fn stands(&self, chat: i64, id: i32, place: &ChatId) {
        let topics = &mut self.now().topics;
        if topics.len() >= PLACES {
            topics.clear();
        }
        topics.insert((chat, id), place.clone());
    }

    /// Which of the chats of the SDK holds a message.
    ///
    /// # Errors
    /// The bridge's database failed.
    pub(crate) async fn holder(&self, chat: i64, id: i32) -> Result<ChatId, StoreError> {
        let whole = ids::whole(chat);
        if !self.atlas.is_forum(chat) {
            return Ok(whole);
        }
        if let Some(place) = self.now().topics.get(&(chat, id)) {
            return Ok(place.clone());
        }
        let wanted = [ids::told(chat, id)];
        for place in self.atlas.places(chat) {
            if self.remote.is_linked(&place) && !self.remote.known(&place, &wanted).await?.is_empty() {
                return Ok(place);
            }
        }
        Ok(whole)
    }

    /// Waits until nothing else is being sent to this chat.
    pub(crate) async fn turn(&self, chat: i64) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = self.turns.lock().unwrap_or_else(PoisonError::into_inner).entry(chat).or_default().clone();
        turn.lock_owned().await
    }

    /// Asks for the picture of somebody who was just heard, in the background.
    pub(crate) fn look_at(self: &Arc<Self>, author: &Author) {
        let Author::Them(id, info) = author else { return };
        let Some(id) = ids::user(id).filter(|id| self.people.wants(*id, Timestamp::now())) else { return };
        let (shared, info) = (self.clone(), info.clone());
        tokio::spawn(async move { shared.people.ask(&shared.rest, &shared.remote, id, info).await });
    }
}
