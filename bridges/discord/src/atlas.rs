//! Where things lie on Discord: which thread hangs below which channel, what roles and channels are called, how people
//! look and what they may do.
//!
//! Filled by what the gateway tells. A resumed session does not tell it again, so whatever is missing is asked for once.
//! What is remembered is bounded: threads and people are forgotten when there are many, and asked for again.

mod map;
mod people;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use appservice_sdk::prelude::{Access, ChatInfo};
use serenity::http::Route;
use serenity::model::id::{ChannelId, GuildId, RoleId, UserId};

use self::map::Map;
pub(crate) use self::map::Seen;
use crate::chats;
use crate::look::Cdn;
use crate::rest::{Call, Rest, RestError};
use crate::rights;
use crate::send::file::largest;
use crate::wire::{Channel, Guild, Role};

/// Where something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The channel that is linked to a room: a channel, or a post of a forum.
    pub(crate) chat: ChannelId,
    /// The channel whose webhook speaks there: the forum of a post, else the chat itself.
    pub(crate) home: ChannelId,
    /// The thread below the chat, if it happened there.
    pub(crate) thread: Option<ChannelId>,
    pub(crate) guild: GuildId,
}

pub(crate) struct Atlas {
    rest: Arc<Rest>,
    cdn: Cdn,
    me: UserId,
    map: Mutex<Map>,
}

impl Atlas {
    pub(crate) fn new(rest: Arc<Rest>, cdn: Cdn, me: UserId) -> Self {
        Self { rest, cdn, me, map: Mutex::default() }
    }

    fn map(&self) -> MutexGuard<'_, Map> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a channel lies; `None` when it is no channel of a guild, one we cannot see, or a thread of the invited,
    /// which must not be heard in the room of its channel.
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn place(&self, id: ChannelId) -> Result<Option<Place>, RestError> {
        let Some(channel) = self.channel(id).await? else { return Ok(None) };
        let Some(guild) = channel.guild_id else { return Ok(None) };
        let whole = Place { chat: id, home: id, thread: None, guild };
        let Some(parent) = channel.parent_id.filter(|_| channel.is_thread()) else { return Ok(Some(whole)) };
        if channel.is_private() {
            return Ok(None);
        }
        let forum = self.channel(parent).await?.is_some_and(|parent| parent.is_forum());
        Ok(Some(match forum {
            true => Place { home: parent, ..whole },
            false => Place { chat: parent, home: parent, thread: Some(id), guild },
        }))
    }

    /// A channel or thread as it was told last.
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn channel(&self, id: ChannelId) -> Result<Option<Arc<Channel>>, RestError> {
        if let Some(known) = self.map().channel(id) {
            return Ok(known);
        }
        self.channel_now(id).await
    }

    /// A channel as it is at this moment.
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn channel_now(&self, id: ChannelId) -> Result<Option<Arc<Channel>>, RestError> {
        let found = match self.rest.call::<Channel>(Call::get(Route::Channel { channel_id: id })).await {
            Ok(channel) => Some(Arc::new(channel)),
            Err(RestError::Refused { .. }) => None,
            Err(error) => return Err(error),
        };
        self.map().put_channel(id, found.clone());
        Ok(found)
    }

    /// A guild as it was told last.
    ///
    /// # Errors
    /// Discord could not tell now, or refused.
    pub(crate) async fn guild(&self, id: GuildId) -> Result<Arc<Guild>, RestError> {
        if let Some(known) = self.map().guild(id) {
            return Ok(known);
        }
        let guild: Guild = self.rest.call(Call::get(Route::Guild { guild_id: id })).await?;
        let channels: Vec<Channel> = self.rest.call(Call::get(Route::GuildChannels { guild_id: id })).await?;
        self.learn_guild(Guild { channels, ..guild });
        self.map().guild(id).ok_or_else(|| RestError::Unsure("the guild came back as another".to_owned()))
    }

    /// What a channel is as a chat.
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn info(&self, channel: &Channel, guild: GuildId) -> Result<ChatInfo, RestError> {
        let access = self.access(channel, guild).await?;
        let above = self.above(channel).await?;
        Ok(chats::channel(channel, above.as_deref(), guild, access))
    }

    /// The forum of a post, the channel of a thread.
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn above(&self, channel: &Channel) -> Result<Option<Arc<Channel>>, RestError> {
        match channel.parent_id.filter(|_| channel.is_thread()) {
            Some(parent) => self.channel(parent).await,
            None => Ok(None),
        }
    }

    /// Who may come into the room of a channel. A thread has no exceptions of its own.
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn access(&self, channel: &Channel, guild: GuildId) -> Result<Access, RestError> {
        let everyone = self.everyone(guild).await?;
        let above = self.above(channel).await?;
        if channel.is_private() {
            return Ok(Access::Invited);
        }
        Ok(rights::access(guild, everyone, &above.as_deref().unwrap_or(channel).permission_overwrites))
    }

    /// What everybody may do in a guild. Nothing, if even asking does not tell.
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn everyone(&self, guild: GuildId) -> Result<u64, RestError> {
        let role = RoleId::new(guild.get());
        if let Some(known) = self.map().role(role) {
            return Ok(known.permissions);
        }
        self.map().forget_guild(guild);
        match self.guild(guild).await {
            Ok(_) => Ok(self.map().role(role).map_or(0, |role| role.permissions)),
            Err(RestError::Refused { .. }) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// The largest file a channel accepts, as far as is known without asking.
    pub(crate) fn largest_file(&self, channel: ChannelId) -> u64 {
        let guild = self.guild_of(channel);
        largest(guild.and_then(|guild| self.map().guild(guild)?.premium_tier))
    }

    /// The guild of a channel, if it is known without asking.
    pub(crate) fn guild_of(&self, channel: ChannelId) -> Option<GuildId> {
        self.known(channel)?.guild_id
    }

    /// A channel, if it is known without asking.
    pub(crate) fn known(&self, channel: ChannelId) -> Option<Arc<Channel>> {
        self.map().channel(channel)?
    }

    /// Whether a channel is known to be a post of a forum.
    pub(crate) fn is_post(&self, channel: ChannelId) -> bool {
        let known = self.known(channel).filter(|known| known.is_thread());
        known.and_then(|thread| self.known(thread.parent_id?)).is_some_and(|parent| parent.is_forum())
    }

    /// A role as it was told last.
    pub(crate) fn role(&self, id: RoleId) -> Option<Role> {
        self.map().role(id).cloned()
    }

    /// A channel's name, if it is known without asking.
    pub(crate) fn channel_name(&self, id: ChannelId) -> Option<String> {
        self.known(id)?.name.clone()
    }

    /// The known channels of a guild, and the known threads.
    pub(crate) fn channels_of(&self, guild: GuildId) -> Vec<Arc<Channel>> {
        self.map().channels_of(guild)
    }

    pub(crate) fn learn_channel(&self, channel: Channel) {
        self.map().put_channel(channel.id, Some(Arc::new(channel)));
    }

    pub(crate) fn forget_channel(&self, id: ChannelId) {
        self.map().drop_channel(id);
    }

    /// What is known only by asking may have changed while the gateway was away.
    pub(crate) fn forget_absent(&self) {
        self.map().forget_absent();
    }

    pub(crate) fn learn_role(&self, role: Role) -> Option<Role> {
        self.map().put_role(role)
    }

    pub(crate) fn forget_role(&self, id: RoleId) {
        self.map().drop_role(id);
    }

    /// Takes in a whole guild: its channels, threads and roles, and the bot as its member.
    pub(crate) fn learn_guild(&self, mut guild: Guild) {
        for member in std::mem::take(&mut guild.members) {
            if let Some(user) = member.user.as_deref().filter(|user| user.id == self.me) {
                self.meet(guild.id, user, Some(&member));
            }
        }
        self.map().put_guild(guild);
    }
}

#[cfg(test)]
mod tests;
