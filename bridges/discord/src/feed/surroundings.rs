//! Channels, guilds, roles and members: learned, and told where somebody sees them.

use std::sync::PoisonError;

use appservice_sdk::prelude::*;
use serenity::model::id::{ChannelId, GuildId, RoleId, UserId};

use super::digest::{Told, read};
use crate::atlas::Place;
use crate::gateway::Dispatch;
use crate::ids;
use crate::receive;
use crate::rest::RestError;
use crate::rights;
use crate::shared::Shared;
use crate::wire::{self, Channel, Guild};

impl Shared {
    /// What an event about the surroundings means for Matrix.
    pub(super) async fn surroundings(&self, dispatch: &Dispatch) -> Told {
        match dispatch.name.as_str() {
            "GUILD_CREATE" => self.guild_appeared(read(dispatch)?).await,
            "GUILD_UPDATE" => {
                let guild: Guild = read(dispatch)?;
                let told = receive::guild(&guild, &self.cdn, Timestamp::now());
                self.atlas.learn_guild(guild);
                Ok(vec![told])
            }
            "GUILD_DELETE" => {
                let gone: wire::GuildGone = read(dispatch)?;
                if !gone.unavailable {
                    self.guilds.lock().unwrap_or_else(PoisonError::into_inner).remove(&gone.id);
                }
                Ok(Vec::new())
            }
            "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" => self.role_changed(read(dispatch)?).await,
            "GUILD_ROLE_DELETE" => {
                let gone: wire::RoleGone = read(dispatch)?;
                self.atlas.forget_role(gone.role_id);
                Ok(self.ranked(gone.guild_id, None).await?)
            }
            "GUILD_MEMBER_UPDATE" => self.member_changed(&read(dispatch)?).await,
            "GUILD_MEMBER_REMOVE" => self.member_left(&read(dispatch)?).await,
            "CHANNEL_CREATE" | "THREAD_CREATE" => {
                let channel: Channel = read(dispatch)?;
                self.atlas.learn_channel(channel.clone());
                Ok(self.found(&channel).await?.into_iter().collect())
            }
            "CHANNEL_UPDATE" | "THREAD_UPDATE" => self.channel_changed(read(dispatch)?).await,
            "GUILD_EMOJIS_UPDATE" | "GUILD_STICKERS_UPDATE" => self.expressions_changed(read(dispatch)?).await,
            "WEBHOOKS_UPDATE" => {
                self.members_of_systems.forget(read::<wire::WebhooksChanged>(dispatch)?.channel_id);
                Ok(Vec::new())
            }
            "THREAD_LIST_SYNC" => self.threads_appeared(read(dispatch)?).await,
            "THREAD_DELETE" | "CHANNEL_DELETE" => Ok(self.channel_gone(read::<Channel>(dispatch)?.id)),
            _ => Ok(Vec::new()),
        }
    }

    /// A guild, whole: at the start of a session, or when the bot was invited.
    async fn guild_appeared(&self, guild: Guild) -> Told {
        self.guilds.lock().unwrap_or_else(PoisonError::into_inner).insert(guild.id);
        if !self.serves(guild.id) {
            self.atlas.learn_guild(guild);
            return Ok(Vec::new());
        }
        let id = guild.id;
        let mut told = vec![receive::guild(&guild, &self.cdn, Timestamp::now()), self.pack(&guild)];
        self.atlas.learn_guild(guild);
        for channel in self.atlas.channels_of(id) {
            told.extend(self.found(&channel).await?);
            if channel.is_category() {
                told.push(self.look(&channel, id).await?);
            }
        }
        told.extend(self.ranked(id, None).await?);
        Ok(told)
    }

    /// A channel the bot sees, which may get a room: text and announcement channels, forums, and posts in forums.
    pub(crate) async fn found(&self, channel: &Channel) -> Result<Option<Incoming>, RestError> {
        let Some(guild) = channel.guild_id.filter(|guild| self.serves(*guild)) else { return Ok(None) };
        let above = self.atlas.above(channel).await?;
        let post = above.as_deref().is_some_and(Channel::is_forum) && !channel.is_private();
        let wanted = post || !channel.is_thread() && (channel.is_text() || channel.is_forum());
        if !wanted || !self.atlas.sees(guild, above.as_deref().unwrap_or(channel)) {
            return Ok(None);
        }
        let info = self.atlas.info(channel, guild).await?;
        Ok(Some(Incoming::new(ids::chat(channel.id), Author::Nobody, Timestamp::now(), What::Found(info))))
    }

    async fn threads_appeared(&self, told: wire::Threads) -> Told {
        let mut found = Vec::new();
        for thread in told.threads {
            let thread = Channel { guild_id: thread.guild_id.or(told.guild_id), ..thread };
            self.atlas.learn_channel(thread.clone());
            found.extend(self.found(&thread).await?);
        }
        Ok(found)
    }

    async fn channel_changed(&self, channel: Channel) -> Told {
        let before = self.atlas.known(channel.id);
        self.atlas.learn_channel(channel.clone());
        let Some(guild) = channel.guild_id else { return Ok(Vec::new()) };
        if channel.is_category() || channel.is_forum() {
            let mut told = vec![self.look(&channel, guild).await?];
            told.extend(self.posts_closed_or_opened(channel.id, guild, self.atlas.access(&channel, guild).await?));
            return Ok(told);
        }
        if !self.is_linked(channel.id) {
            // What became visible may get a room; a mere change of name says nothing new.
            let seen = |channel: &Channel| self.atlas.sees(guild, channel);
            let appeared = before.is_none_or(|before| !seen(&before)) && seen(&channel);
            return Ok(if appeared { self.found(&channel).await?.into_iter().collect() } else { Vec::new() });
        }
        let mut told = vec![self.look(&channel, guild).await?];
        if before.is_none_or(|before| before.permission_overwrites != channel.permission_overwrites) {
            let place = Place { chat: channel.id, home: channel.id, thread: None, guild };
            for user in self.powers.holders(channel.id) {
                told.extend(self.rank(place, user).await?);
            }
        }
        Ok(told)
    }

    /// Everything about a channel's look that may have changed. The SDK leaves out what has no room or space.
    async fn look(&self, channel: &Channel, guild: GuildId) -> Result<Incoming, RestError> {
        let access = self.atlas.access(channel, guild).await?;
        let above = self.atlas.above(channel).await?;
        let delta = crate::chats::delta(channel, above.as_deref(), guild, access);
        Ok(Incoming::new(ids::chat(channel.id), Author::Nobody, Timestamp::now(), What::Chat(delta)))
    }

    /// Posts have no permissions of their own: those of the forum are theirs.
    fn posts_closed_or_opened(&self, forum: ChannelId, guild: GuildId, access: Access) -> Vec<Incoming> {
        let posts = self.atlas.channels_of(guild).into_iter().filter(|channel| channel.parent_id == Some(forum));
        let posts = posts.filter(|channel| channel.is_thread() && self.is_linked(channel.id));
        posts.map(|post| receive::access(post.id, access, Timestamp::now())).collect()
    }

    /// The emoji or the stickers of a guild, all of them anew; the others stay.
    async fn expressions_changed(&self, change: wire::Expressions) -> Told {
        let known = self.atlas.guild(change.guild_id).await?;
        let mut guild = Guild::clone(&known);
        guild.emojis = change.emojis.unwrap_or(guild.emojis);
        guild.stickers = change.stickers.unwrap_or(guild.stickers);
        let told = self.pack(&guild);
        self.atlas.learn_guild(guild);
        Ok(vec![told])
    }

    fn channel_gone(&self, id: ChannelId) -> Vec<Incoming> {
        self.atlas.forget_channel(id);
        let gone = || Incoming::new(ids::chat(id), Author::Nobody, Timestamp::now(), What::Gone);
        self.is_linked(id).then(gone).into_iter().collect()
    }

    async fn role_changed(&self, change: wire::RoleChange) -> Told {
        let (guild, id, now) = (change.guild_id, change.role.id, change.role.permissions);
        let before = self.atlas.learn_role(change.role).map(|role| role.permissions);
        if before == Some(now) {
            return Ok(Vec::new());
        }
        let mut told = self.ranked(guild, None).await?;
        if id == RoleId::new(guild.get()) {
            told.extend(self.access_changed(guild).await?);
        }
        Ok(told)
    }

    /// Who may come in, of every chat in a guild: what everybody may do there has changed.
    async fn access_changed(&self, guild: GuildId) -> Result<Vec<Incoming>, RestError> {
        let mut told = Vec::new();
        let spaces =
            self.atlas.channels_of(guild).into_iter().filter(|channel| channel.is_category() || channel.is_forum());
        let chats = self.linked().into_iter().map(|(_, id)| id).chain(spaces.map(|space| space.id));
        for id in chats.collect::<Vec<_>>() {
            let Some(channel) = self.atlas.channel(id).await? else { continue };
            if channel.guild_id == Some(guild) {
                told.push(receive::access(id, self.atlas.access(&channel, guild).await?, Timestamp::now()));
            }
        }
        Ok(told)
    }

    async fn member_changed(&self, change: &wire::MemberChange) -> Told {
        let Some((user, seen)) = self.atlas.learn_member(change) else { return Ok(Vec::new()) };
        if user == self.me {
            return Ok(Vec::new());
        }
        let mut told = vec![receive::profile(user, self.ghost(seen), change.guild_id, Timestamp::now())];
        told.extend(self.ranked(change.guild_id, Some(user)).await?);
        Ok(told)
    }

    async fn member_left(&self, gone: &wire::MemberGone) -> Told {
        let (guild, user) = (gone.guild_id, gone.user.id);
        self.atlas.forget_member(guild, user);
        let mut told = Vec::new();
        for (chat, id) in self.linked() {
            let there = self.atlas.place(id).await?.is_some_and(|place| place.guild == guild);
            if there && user != self.me {
                let who = Author::them(user.to_string(), self.cdn.look(None, &gone.user, None));
                if self.powers.changes(id, user, 0) {
                    told.push(Incoming::new(chat.clone(), who.clone(), Timestamp::now(), What::Power { level: 0 }));
                }
                told.push(Incoming::new(chat, who, Timestamp::now(), What::Member { joined: false }));
            }
        }
        Ok(told)
    }

    /// The powers in all chats of a guild that changed: of somebody, or of everybody who has any.
    async fn ranked(&self, guild: GuildId, who: Option<UserId>) -> Result<Vec<Incoming>, RestError> {
        let mut told = Vec::new();
        for (_, chat) in self.linked() {
            let Some(place) = self.atlas.place(chat).await?.filter(|place| place.guild == guild) else { continue };
            let people = who.map_or_else(|| self.powers.holders(chat), |user| vec![user]);
            for user in people {
                // What somebody may do is counted from their roles, which a new process has to ask for.
                self.atlas.person(guild, user).await?;
                told.extend(self.rank(place, user).await?);
            }
        }
        Ok(told)
    }

    /// Somebody's power in a chat, if it changed since it was told.
    pub(super) async fn rank(&self, place: Place, user: UserId) -> Result<Option<Incoming>, RestError> {
        let Some(channel) = self.atlas.channel(place.home).await? else { return Ok(None) };
        self.atlas.everyone(place.guild).await?;
        let bits = self.atlas.bits(place.guild, user, &channel);
        let changed = |level: &i64| user != self.me && self.powers.changes(place.chat, user, *level);
        let Some(level) = bits.map(rights::level).filter(changed) else { return Ok(None) };
        let name = self.atlas.name_of(place.guild, user).unwrap_or_else(|| user.to_string());
        let who = Author::them(user.to_string(), UserInfo::named(name));
        Ok(Some(Incoming::new(ids::chat(place.chat), who, Timestamp::now(), What::Power { level })))
    }
}
