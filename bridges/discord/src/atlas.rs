//! Where things lie on Discord: which thread hangs below which channel, what roles and channels are called, how people
//! look.
//!
//! Filled by what the gateway tells. A resumed session does not tell it again, so whatever is missing is asked for once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use appservice_sdk::prelude::UserInfo;
use serenity::http::Route;
use serenity::model::id::{ChannelId, GuildId, RoleId, UserId};

use crate::look::Cdn;
use crate::rest::{Call, Rest, RestError};
use crate::send::file::largest;
use crate::wire::{Channel, Guild, Member, MemberChange, Role, User};

/// So many people are remembered; then the memory starts anew.
const PEOPLE: usize = 20_000;

/// Where something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The channel that is linked to a room.
    pub(crate) chat: ChannelId,
    /// The thread below it, if it happened there.
    pub(crate) thread: Option<ChannelId>,
    pub(crate) guild: GuildId,
}

pub(crate) struct Atlas {
    rest: Arc<Rest>,
    cdn: Cdn,
    map: Mutex<Map>,
}

#[derive(Default)]
struct Map {
    /// `None`: there is no such channel for us.
    channels: HashMap<ChannelId, Option<Arc<Channel>>>,
    guilds: HashMap<GuildId, Arc<Guild>>,
    roles: HashMap<RoleId, Role>,
    people: HashMap<(GuildId, UserId), UserInfo>,
}

impl Atlas {
    pub(crate) fn new(rest: Arc<Rest>, cdn: Cdn) -> Self {
        Self { rest, cdn, map: Mutex::default() }
    }

    fn map(&self) -> MutexGuard<'_, Map> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a channel lies; `None` when it is no channel of a guild, or none we can see.
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn place(&self, id: ChannelId) -> Result<Option<Place>, RestError> {
        let Some(channel) = self.channel(id).await? else { return Ok(None) };
        let Some(guild) = channel.guild_id else { return Ok(None) };
        Ok(match channel.parent_id {
            Some(parent) if channel.is_thread() => Some(Place { chat: parent, thread: Some(id), guild }),
            _ => Some(Place { chat: id, thread: None, guild }),
        })
    }

    /// A channel or thread as it was told last.
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn channel(&self, id: ChannelId) -> Result<Option<Arc<Channel>>, RestError> {
        if let Some(known) = self.map().channels.get(&id) {
            return Ok(known.clone());
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
        self.map().channels.insert(id, found.clone());
        Ok(found)
    }

    /// A guild as it was told last.
    ///
    /// # Errors
    /// Discord could not tell now, or refused.
    pub(crate) async fn guild(&self, id: GuildId) -> Result<Arc<Guild>, RestError> {
        if let Some(known) = self.map().guilds.get(&id) {
            return Ok(known.clone());
        }
        let guild: Guild = self.rest.call(Call::get(Route::Guild { guild_id: id })).await?;
        let channels: Vec<Channel> = self.rest.call(Call::get(Route::GuildChannels { guild_id: id })).await?;
        self.learn_guild(Guild { channels, ..guild });
        self.map()
            .guilds
            .get(&id)
            .cloned()
            .ok_or_else(|| RestError::Unsure("the guild came back as another".to_owned()))
    }

    /// How somebody looks in a guild.
    ///
    /// # Errors
    /// Discord could not tell now.
    pub(crate) async fn person(&self, guild: GuildId, id: UserId) -> Result<UserInfo, RestError> {
        if let Some(known) = self.map().people.get(&(guild, id)) {
            return Ok(known.clone());
        }
        let member = Call::get(Route::GuildMember { guild_id: guild, user_id: id });
        match self.rest.call::<Member>(member).await {
            Ok(Member { user: Some(user), nick, avatar }) => {
                Ok(self.meet(guild, &user, Some(&Member { nick, avatar, user: None })))
            }
            Ok(_) | Err(RestError::Refused { .. }) => self.stranger(guild, id).await,
            Err(error) => Err(error),
        }
    }

    /// Somebody who is no member of the guild (any more).
    async fn stranger(&self, guild: GuildId, id: UserId) -> Result<UserInfo, RestError> {
        match self.rest.call::<User>(Call::get(Route::User { user_id: id })).await {
            Ok(user) => Ok(self.meet(guild, &user, None)),
            Err(RestError::Refused { .. }) => Ok(UserInfo::named(id.to_string())),
            Err(error) => Err(error),
        }
    }

    /// Remembers how somebody looks.
    pub(crate) fn meet(&self, guild: GuildId, user: &User, member: Option<&Member>) -> UserInfo {
        let look = self.cdn.look(Some(guild), user, member);
        let people = &mut self.map().people;
        if people.len() >= PEOPLE {
            people.clear();
        }
        people.insert((guild, user.id), look.clone());
        look
    }

    /// How a webhook looked when it was first heard: it may take another look with every message.
    pub(crate) fn first_look(&self, guild: GuildId, id: UserId, look: &UserInfo) -> UserInfo {
        self.map().people.entry((guild, id)).or_insert_with(|| look.clone()).clone()
    }

    /// The largest file a channel accepts, as far as is known without asking.
    pub(crate) fn largest_file(&self, channel: ChannelId) -> u64 {
        let guild = self.guild_of(channel);
        largest(guild.and_then(|guild| self.map().guilds.get(&guild)?.premium_tier))
    }

    /// The guild of a channel, if it is known without asking.
    pub(crate) fn guild_of(&self, channel: ChannelId) -> Option<GuildId> {
        self.map().channels.get(&channel)?.as_ref()?.guild_id
    }

    /// Somebody's name, if it is known without asking.
    pub(crate) fn name_of(&self, guild: GuildId, id: UserId) -> Option<String> {
        self.map().people.get(&(guild, id)).map(|look| look.name.clone())
    }

    /// A role's name and colour.
    pub(crate) fn role(&self, id: RoleId) -> Option<(String, u32)> {
        self.map().roles.get(&id).map(|role| (role.name.clone(), role.colour))
    }

    /// A channel's name, if it is known without asking.
    pub(crate) fn channel_name(&self, id: ChannelId) -> Option<String> {
        self.map().channels.get(&id)?.as_ref()?.name.clone()
    }

    pub(crate) fn learn_channel(&self, channel: Channel) {
        self.map().channels.insert(channel.id, Some(Arc::new(channel)));
    }

    pub(crate) fn forget_channel(&self, id: ChannelId) {
        self.map().channels.remove(&id);
    }

    /// What is known only by asking may have changed while the gateway was away.
    pub(crate) fn forget_absent(&self) {
        self.map().channels.retain(|_, channel| channel.is_some());
    }

    pub(crate) fn learn_role(&self, role: Role) {
        self.map().roles.insert(role.id, role);
    }

    /// Takes in a whole guild: its channels, threads and roles.
    pub(crate) fn learn_guild(&self, mut guild: Guild) {
        let mut map = self.map();
        for mut channel in guild.channels.drain(..).chain(guild.threads.drain(..)) {
            channel.guild_id = Some(guild.id);
            map.channels.insert(channel.id, Some(Arc::new(channel)));
        }
        for role in guild.roles.drain(..) {
            map.roles.insert(role.id, role);
        }
        map.guilds.insert(guild.id, Arc::new(guild));
    }

    /// Takes in what changed about somebody.
    pub(crate) fn learn_member(&self, change: &MemberChange) -> Option<(UserId, UserInfo)> {
        let user = change.member.user.as_deref()?;
        Some((user.id, self.meet(change.guild_id, user, Some(&change.member))))
    }
}
