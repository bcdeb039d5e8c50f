//! One event of the gateway: what it teaches about the surroundings, and what of it is told to the SDK.

use std::sync::Arc;

use appservice_sdk::prelude::*;
use serde::de::DeserializeOwned;
use serenity::model::id::{ChannelId, GuildId, UserId};

use crate::atlas::Place;
use crate::gateway::Dispatch;
use crate::receive::{self, View};
use crate::rest::RestError;
use crate::shared::{Called, Shared};
use crate::wire::{self, Channel, Guild, Message};

/// Why an event gave nothing.
pub(crate) enum Trouble {
    /// It is not what Discord documents.
    Unreadable(serde_json::Error),
    /// Something it refers to could not be asked for; try the same again.
    NotNow(RestError),
}

impl From<RestError> for Trouble {
    fn from(error: RestError) -> Self {
        Self::NotNow(error)
    }
}

type Told = Result<Vec<Incoming>, Trouble>;

impl Shared {
    /// What an event means for Matrix: usually nothing or one thing.
    pub(crate) async fn digest(&self, dispatch: &Dispatch) -> Told {
        match dispatch.name.as_str() {
            "MESSAGE_CREATE" => self.said(&read(dispatch)?).await,
            "MESSAGE_UPDATE" => self.edited(&read(dispatch)?).await,
            "MESSAGE_DELETE" => {
                let gone: wire::Deleted = read(dispatch)?;
                self.deleted(gone.channel_id, &[gone.id]).await
            }
            "MESSAGE_DELETE_BULK" => {
                let gone: wire::DeletedMany = read(dispatch)?;
                self.deleted(gone.channel_id, &gone.ids).await
            }
            "MESSAGE_REACTION_ADD" => self.reacted(&read(dispatch)?, true).await,
            "MESSAGE_REACTION_REMOVE" | "MESSAGE_REACTION_REMOVE_ALL" | "MESSAGE_REACTION_REMOVE_EMOJI" => {
                self.reacted(&read(dispatch)?, false).await
            }
            "TYPING_START" => self.types(&read(dispatch)?).await,
            _ => Ok(self.surroundings(dispatch).map_err(Trouble::Unreadable)?),
        }
    }

    /// Channels, guilds, roles and members: learned, and told where somebody sees them.
    fn surroundings(&self, dispatch: &Dispatch) -> Result<Vec<Incoming>, serde_json::Error> {
        let now = Timestamp::now();
        match dispatch.name.as_str() {
            "GUILD_CREATE" => self.atlas.learn_guild(parse(dispatch)?),
            "GUILD_UPDATE" => {
                let guild: Guild = parse(dispatch)?;
                let told = receive::guild(&guild, &self.cdn, now);
                self.atlas.learn_guild(guild);
                return Ok(vec![told]);
            }
            "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" => {
                self.atlas.learn_role(parse::<wire::RoleChange>(dispatch)?.role);
            }
            "GUILD_MEMBER_UPDATE" => {
                let change: wire::MemberChange = parse(dispatch)?;
                let met = self.atlas.learn_member(&change).filter(|(user, _)| *user != self.me);
                return Ok(met
                    .map(|(user, who)| receive::profile(user, who, change.guild_id, now))
                    .into_iter()
                    .collect());
            }
            "CHANNEL_CREATE" | "THREAD_CREATE" | "THREAD_UPDATE" => self.atlas.learn_channel(parse(dispatch)?),
            "CHANNEL_UPDATE" => {
                let channel: Channel = parse(dispatch)?;
                let told = self.is_linked(channel.id).then(|| receive::channel(&channel, now));
                self.atlas.learn_channel(channel);
                return Ok(told.into_iter().collect());
            }
            "THREAD_LIST_SYNC" => {
                parse::<wire::Threads>(dispatch)?
                    .threads
                    .into_iter()
                    .for_each(|thread| self.atlas.learn_channel(thread));
            }
            "THREAD_DELETE" => self.atlas.forget_channel(parse::<Channel>(dispatch)?.id),
            "CHANNEL_DELETE" => {
                let id = parse::<Channel>(dispatch)?.id;
                self.atlas.forget_channel(id);
                let gone = || Incoming::new(crate::ids::chat(id), Author::Nobody, now, What::Gone);
                return Ok(self.is_linked(id).then(gone).into_iter().collect());
            }
            _ => {}
        }
        Ok(Vec::new())
    }

    /// Where something happened, if anybody in Matrix sees it.
    async fn seen(&self, channel: ChannelId) -> Result<Option<Place>, RestError> {
        let place = self.atlas.place(channel).await?;
        Ok(place.filter(|place| self.serves(place.guild) && self.is_linked(place.chat)))
    }

    async fn said(&self, said: &Message) -> Told {
        if self.hooks.wrote(said) {
            self.echoes.push(Arc::new(said.clone()));
            return Ok(Vec::new());
        }
        let Some(place) = self.seen(said.channel_id).await? else { return Ok(Vec::new()) };
        Ok(self.told(said, place).await?.into_iter().collect())
    }

    /// A message of somebody else, from the gateway or from history.
    pub(crate) async fn told(&self, said: &Message, place: Place) -> Result<Option<Incoming>, RestError> {
        let Some((who, profile)) = self.author(said, place.guild).await? else { return Ok(None) };
        self.addresses.learn(said);
        let names = Called { atlas: &self.atlas, cdn: &self.cdn, guild: place.guild, said };
        let view = View { place, cdn: &self.cdn, names: &names };
        Ok(receive::message(said, &view, who, profile))
    }

    /// How the author looks: in the guild, and in this message if a webhook chose another look for it.
    async fn author(&self, said: &Message, guild: GuildId) -> Result<Option<(UserInfo, Option<UserInfo>)>, RestError> {
        let Some(author) = &said.author else { return Ok(None) };
        if said.webhook_id.is_some() {
            let look = UserInfo { is_bot: true, ..self.cdn.look(None, author, None) };
            let usual = self.atlas.first_look(guild, author.id, &look);
            let profile = (usual != look).then_some(look);
            return Ok(Some((usual, profile)));
        }
        let who = match &said.member {
            Some(member) => self.atlas.meet(guild, author, Some(member)),
            None => self.atlas.person(guild, author.id).await?,
        };
        Ok(Some((who, None)))
    }

    async fn edited(&self, said: &Message) -> Told {
        let answers = receive::answers_late(said);
        if self.hooks.wrote(said) || said.edited_timestamp.is_none() && !answers {
            return Ok(Vec::new());
        }
        let Some(place) = self.seen(said.channel_id).await? else { return Ok(Vec::new()) };
        if answers {
            return Ok(self.told(said, place).await?.into_iter().collect());
        }
        let who = self.author(said, place.guild).await?.map(|(who, _)| who);
        self.addresses.learn(said);
        let names = Called { atlas: &self.atlas, cdn: &self.cdn, guild: place.guild, said };
        let view = View { place, cdn: &self.cdn, names: &names };
        Ok(receive::edit(said, &view, who).into_iter().collect())
    }

    async fn deleted(&self, channel: ChannelId, ids: &[serenity::model::id::MessageId]) -> Told {
        let Some(place) = self.seen(channel).await? else { return Ok(Vec::new()) };
        let now = Timestamp::now();
        let others = ids.iter().filter(|id| !self.erased.any(|ours| ours == *id));
        Ok(others.map(|id| receive::delete(*id, place, now)).collect())
    }

    async fn reacted(&self, told: &wire::Reaction, on: bool) -> Told {
        if told.user_id == Some(self.me) {
            return Ok(Vec::new());
        }
        let Some(place) = self.seen(told.channel_id).await? else { return Ok(Vec::new()) };
        let who = match told.user_id {
            Some(user) => Some(self.somebody(place.guild, user, told.member.as_ref()).await?),
            None => None,
        };
        let emoji = match &told.emoji {
            Some(emoji) => self.cdn.emoji(emoji),
            None => Some(Emoji::unicode("")),
        };
        let tell = |emoji| receive::reaction(told, emoji, place, who, on, Timestamp::now());
        Ok(emoji.map(tell).into_iter().collect())
    }

    async fn types(&self, told: &wire::Typing) -> Told {
        if told.user_id == self.me {
            return Ok(Vec::new());
        }
        let Some(place) = self.seen(told.channel_id).await? else { return Ok(Vec::new()) };
        let who = self.somebody(place.guild, told.user_id, told.member.as_ref()).await?;
        Ok(vec![receive::typing(told.user_id, who, place, Timestamp::now())])
    }

    async fn somebody(&self, guild: GuildId, id: UserId, member: Option<&wire::Member>) -> Result<UserInfo, RestError> {
        match member.and_then(|member| Some((member, member.user.as_deref()?))) {
            Some((member, user)) => Ok(self.atlas.meet(guild, user, Some(member))),
            None => self.atlas.person(guild, id).await,
        }
    }
}

fn parse<T: DeserializeOwned>(dispatch: &Dispatch) -> Result<T, serde_json::Error> {
    serde_json::from_str(dispatch.data.get())
}

fn read<T: DeserializeOwned>(dispatch: &Dispatch) -> Result<T, Trouble> {
    parse(dispatch).map_err(Trouble::Unreadable)
}
