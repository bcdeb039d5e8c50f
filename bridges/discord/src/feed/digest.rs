//! One event of the gateway: what it teaches about the surroundings, and what of it is told to the SDK.

use std::sync::Arc;

use appservice_sdk::prelude::*;
use serde::de::DeserializeOwned;
use serenity::model::id::{ChannelId, GuildId, UserId};

use crate::atlas::{Place, Seen};
use crate::gateway::Dispatch;
use crate::receive::{self, View};
use crate::rest::RestError;
use crate::shared::{Called, Shared};
use crate::wire::{self, Message};

/// Why an event gave nothing.
pub(crate) enum Trouble {
    /// It is not what Discord documents.
    Unreadable(serde_json::Error),
    /// Something it refers to could not be asked for; try the same again.
    NotNow(RestError),
    /// It is the first of a chat that was just linked: what was said there before goes first.
    First(ChannelId),
}

impl From<RestError> for Trouble {
    fn from(error: RestError) -> Self {
        Self::NotNow(error)
    }
}

pub(super) type Told = Result<Vec<Incoming>, Trouble>;

impl Shared {
    /// What an event means for Matrix: usually nothing or one thing.
    pub(crate) async fn digest(self: &Arc<Self>, dispatch: &Dispatch) -> Told {
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
            "MESSAGE_POLL_VOTE_ADD" => self.voted(&read(dispatch)?, true).await,
            "MESSAGE_POLL_VOTE_REMOVE" => self.voted(&read(dispatch)?, false).await,
            "CHANNEL_PINS_UPDATE" => self.pinned(read::<wire::PinsChanged>(dispatch)?.channel_id).await,
            "INTERACTION_CREATE" => {
                self.asked(read(dispatch)?);
                Ok(Vec::new())
            }
            _ => self.surroundings(dispatch).await,
        }
    }

    /// Where something happened, if anybody in Matrix sees it.
    pub(super) async fn seen(&self, channel: ChannelId) -> Result<Option<Place>, Trouble> {
        let place = self.atlas.place(channel).await?;
        let Some(place) = place.filter(|place| self.serves(place.guild) && self.is_linked(place.chat)) else {
            return Ok(None);
        };
        if self.begun.holds(place.chat) { Ok(Some(place)) } else { Err(Trouble::First(place.chat)) }
    }

    async fn said(&self, said: &Message) -> Told {
        if let Some(poll) = receive::result_of(said) {
            return self.poll_ended(said.channel_id, poll).await;
        }
        if self.hooks.wrote(said) {
            self.echoes.push(Arc::new(said.clone()));
            if self.begun.holds(said.channel_id) {
                self.windows.said(said.channel_id, said);
            }
            return Ok(Vec::new());
        }
        let Some(place) = self.seen(said.channel_id).await? else { return Ok(Vec::new()) };
        if place.thread.is_none() {
            self.windows.said(place.chat, said);
        }
        let mut told: Vec<Incoming> = self.told(said, place).await?.into_iter().collect();
        let person = said.author.as_ref().filter(|author| said.webhook_id.is_none() && !author.bot);
        if let Some(author) = person {
            told.extend(self.rank(place, author.id).await?);
        }
        Ok(told)
    }

    /// A message of somebody else, from the gateway or from history.
    pub(crate) async fn told(&self, said: &Message, place: Place) -> Result<Option<Incoming>, RestError> {
        let Some((who, profile)) = self.author(said, place.guild).await? else { return Ok(None) };
        self.addresses.learn(said);
        let names = Called { atlas: &self.atlas, cdn: &self.cdn, guild: place.guild, said };
        let view = View { place, cdn: &self.cdn, names: &names };
        let told = receive::message(said, &view, who, profile);
        if let Some(What::Message { parts, .. }) = told.as_ref().map(|told| &told.what) {
            parts.iter().filter_map(Part::doc).for_each(|text| self.emojis.learn(text));
        }
        Ok(told)
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
        let seen = match &said.member {
            Some(member) => self.atlas.meet(guild, author, Some(member)),
            None => self.atlas.person(guild, author.id).await?,
        };
        let here = seen.look.clone();
        let who = self.ghost(seen);
        let profile = (who != here).then_some(here);
        Ok(Some((who, profile)))
    }

    /// How somebody looks wherever no message says otherwise. One ghost stands for them in all guilds: in several, it
    /// looks like the account, and messages carry the look of their guild.
    pub(super) fn ghost(&self, seen: Seen) -> UserInfo {
        if self.one_guild() { seen.look } else { seen.account }
    }

    async fn edited(&self, said: &Message) -> Told {
        if said.poll.as_ref().and_then(|poll| poll.results.as_ref()).is_some_and(|results| results.is_finalized) {
            return self.poll_ended(said.channel_id, said.id).await;
        }
        self.windows.edited(said.channel_id, said);
        let answers = receive::answers_late(said);
        if self.hooks.wrote(said) || said.edited_timestamp.is_none() && !answers {
            return Ok(Vec::new());
        }
        let Some(place) = self.seen(said.channel_id).await? else { return Ok(Vec::new()) };
        if answers {
            return Ok(self.told(said, place).await?.into_iter().collect());
        }
        Ok(self.reworded(said, place).await?.into_iter().collect())
    }

    /// A message that reads differently now, from the gateway or from history.
    pub(crate) async fn reworded(&self, said: &Message, place: Place) -> Result<Option<Incoming>, RestError> {
        let who = self.author(said, place.guild).await?.map(|(who, _)| who);
        self.addresses.learn(said);
        let names = Called { atlas: &self.atlas, cdn: &self.cdn, guild: place.guild, said };
        let view = View { place, cdn: &self.cdn, names: &names };
        Ok(receive::edit(said, &view, who))
    }

    async fn deleted(&self, channel: ChannelId, ids: &[serenity::model::id::MessageId]) -> Told {
        let Some(place) = self.seen(channel).await? else { return Ok(Vec::new()) };
        self.windows.deleted(place.chat, ids);
        let now = Timestamp::now();
        let others = ids.iter().filter(|id| !self.erased.any(|ours| ours == *id));
        Ok(others.map(|id| receive::delete(*id, place, now)).collect())
    }

    async fn reacted(&self, told: &wire::Reaction, on: bool) -> Told {
        if told.user_id == Some(self.me) {
            return Ok(Vec::new());
        }
        let Some(place) = self.seen(told.channel_id).await? else { return Ok(Vec::new()) };
        self.windows.reacted(place.chat, told.message_id, told.emoji.as_ref(), on, told.user_id.is_some());
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

    pub(super) async fn somebody(
        &self,
        guild: GuildId,
        id: UserId,
        member: Option<&wire::Member>,
    ) -> Result<UserInfo, RestError> {
        match member.and_then(|member| Some((member, member.user.as_deref()?))) {
            Some((member, user)) => Ok(self.ghost(self.atlas.meet(guild, user, Some(member)))),
            None => Ok(self.ghost(self.atlas.person(guild, id).await?)),
        }
    }
}

pub(super) fn read<T: DeserializeOwned>(dispatch: &Dispatch) -> Result<T, Trouble> {
    serde_json::from_str(dispatch.data.get()).map_err(Trouble::Unreadable)
}
