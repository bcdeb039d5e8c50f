//! PluralKit: a bot that says again, under the name of a member of a system, what somebody wrote, and deletes what they
//! wrote. Where it has a webhook, what people write waits a moment, so that only one of the two is told.
//!
//! <https://pluralkit.me/api/>, and the webhooks it makes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serenity::http::Route;
use serenity::model::id::{ChannelId, GuildId, MessageId, UserId};
use tokio::time::Instant;

use crate::gateway::Dispatch;
use crate::rest::{Call, RestError};
use crate::shared::Shared;
use crate::wire::{Message, Webhook};

/// The account of the bot, which is also its application's id.
const PLURALKIT: u64 = 466_378_653_216_014_359;
/// How long a message waits to be deleted: PluralKit takes a second or two.
const BUMP: Duration = Duration::from_secs(3);
/// Channels that are remembered; then the memory starts anew.
const REMEMBERED: usize = 10_000;

/// Where PluralKit speaks, as far as it was asked.
#[derive(Default)]
pub(crate) struct Systems(Mutex<Known>);

#[derive(Default)]
struct Known {
    guilds: HashMap<GuildId, bool>,
    channels: HashMap<ChannelId, bool>,
}

impl Systems {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The webhooks of a channel changed: everything is asked anew.
    pub(crate) fn forget(&self, channel: ChannelId) {
        let mut known = self.known();
        known.channels.remove(&channel);
        known.guilds.clear();
    }
}

impl Shared {
    /// Whether what somebody wrote may be taken back by PluralKit in a moment.
    pub(super) async fn may_be_replaced(&self, said: &Message) -> Result<bool, RestError> {
        let human = said.webhook_id.is_none() && said.author.as_ref().is_some_and(|author| !author.bot);
        let Some(place) = self.atlas.place(said.channel_id).await?.filter(|_| human) else { return Ok(false) };
        if !self.is_linked(place.chat) || !self.has_pluralkit(place.guild).await? {
            return Ok(false);
        }
        if let Some(known) = self.members_of_systems.known().channels.get(&place.home) {
            return Ok(*known);
        }
        let hooks = self.rest.call::<Vec<Webhook>>(Call::get(Route::ChannelWebhooks { channel_id: place.home })).await;
        let there = match hooks {
            Ok(hooks) => hooks.iter().any(|hook| hook.application_id.is_some_and(|app| app.get() == PLURALKIT)),
            Err(RestError::Refused { .. }) => false,
            Err(error) => return Err(error),
        };
        let channels = &mut self.members_of_systems.known().channels;
        if channels.len() >= REMEMBERED {
            channels.clear();
        }
        channels.insert(place.home, there);
        Ok(there)
    }

    /// Whether the bot is in the guild: in most it is not, and one question tells.
    async fn has_pluralkit(&self, guild: GuildId) -> Result<bool, RestError> {
        if let Some(known) = self.members_of_systems.known().guilds.get(&guild) {
            return Ok(*known);
        }
        let there = self.atlas.member(guild, UserId::new(PLURALKIT)).await?.is_some();
        self.members_of_systems.known().guilds.insert(guild, there);
        Ok(there)
    }
}

/// Events that wait, each channel's in its order.
#[derive(Default)]
pub(super) struct Held(HashMap<ChannelId, VecDeque<(Instant, Dispatch)>>);

/// What is read of any event to know where it belongs.
#[derive(Deserialize)]
struct Somewhere {
    #[serde(default)]
    id: Option<MessageId>,
    #[serde(default)]
    channel_id: Option<ChannelId>,
}

impl Held {
    /// Until when the next event waits.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.values().filter_map(|queue| queue.front().map(|(until, _)| *until)).min()
    }

    /// The number in the stream of the oldest event that waits: what follows it may not count as stored.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.0.values().flatten().map(|(_, dispatch)| dispatch.position.seq).min()
    }

    /// Lets an event wait, and everything of its channel after it.
    pub(super) fn hold(&mut self, channel: ChannelId, dispatch: Dispatch) {
        self.0.entry(channel).or_default().push_back((Instant::now() + BUMP, dispatch));
    }

    /// Takes in an event of a channel in which others wait; gives it back if none do. A deletion of what waits is the
    /// end of both.
    pub(super) fn join(&mut self, dispatch: Dispatch) -> Option<Dispatch> {
        if self.0.is_empty() {
            return Some(dispatch);
        }
        let Ok(Somewhere { id, channel_id: Some(channel) }) = serde_json::from_str(dispatch.data.get()) else {
            return Some(dispatch);
        };
        let Some(queue) = self.0.get_mut(&channel) else { return Some(dispatch) };
        let about = |dispatch: &Dispatch| {
            serde_json::from_str::<Somewhere>(dispatch.data.get()).ok().and_then(|there| there.id)
        };
        let before = queue.len();
        if dispatch.name == "MESSAGE_DELETE" && id.is_some() {
            queue.retain(|(_, held)| !(held.name.starts_with("MESSAGE_") && about(held) == id));
        }
        if queue.len() == before {
            let until = queue.back().map_or_else(Instant::now, |(until, _)| *until);
            queue.push_back((until, dispatch));
        } else if queue.is_empty() {
            self.0.remove(&channel);
        }
        None
    }

    /// What has waited long enough, or everything.
    pub(super) fn release(&mut self, everything: bool) -> Vec<Dispatch> {
        let now = Instant::now();
        let mut free = Vec::new();
        for queue in self.0.values_mut() {
            while queue.front().is_some_and(|(until, _)| everything || *until <= now) {
                free.extend(queue.pop_front().map(|(_, dispatch)| dispatch));
            }
        }
        self.0.retain(|_, queue| !queue.is_empty());
        free.sort_by_key(|dispatch| dispatch.position.seq);
        free
    }
}
