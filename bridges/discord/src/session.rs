//! One bot, connected: what Matrix users do is done on Discord, and what happens there is fed to the SDK.

use std::sync::Arc;

use appservice_sdk::prelude::*;
use reqwest::Method;
use serde_json::Value;
use serenity::http::Route;
use serenity::model::id::{ChannelId, GuildId};
use tokio::task::JoinHandle;

use crate::catch_up;
use crate::ids;
use crate::rest::Call;
use crate::send::{plan, refusal::sort_fetch};
use crate::shared::Shared;
use crate::wire::{Channel, Guild, User};

/// Where Discord's own client opens things.
const CLIENT: &str = "https://discord.com/channels";

/// A connected bot. Dropping it ends the reading; Discord keeps the gateway's session for a while, so that the next one
/// goes on where this one stopped.
pub struct Discord {
    pub(crate) shared: Arc<Shared>,
    pub(crate) _tasks: Vec<Task>,
}

/// A task that ends with its owner.
pub(crate) struct Task(pub(crate) JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Session for Discord {
    fn features(&self, chat: &ChatId) -> Features {
        crate::features::of(ids::channel(chat).map(|channel| self.shared.atlas.largest_file(channel)))
    }

    fn plan(&self, message: &Outgoing) -> Result<Vec<Value>, SendError> {
        let guild = ids::channel(&message.chat).and_then(|channel| self.shared.atlas.guild_of(channel));
        plan::plan(message, guild)
    }

    async fn send(&self, attempt: &Attempt) -> Result<Sent, SendError> {
        self.shared.send(attempt).await
    }

    async fn lookup(&self, attempt: &Attempt) -> Result<Lookup, SendError> {
        self.shared.find(attempt).await
    }

    async fn edit(&self, edit: &Edit) -> Result<Sent, SendError> {
        self.shared.edit(edit).await
    }

    async fn delete(&self, part: &Known) -> Result<(), SendError> {
        self.shared.delete(part).await
    }

    async fn react(&self, reaction: &React) -> Result<(), SendError> {
        self.shared.mark(reaction, Method::PUT).await
    }

    async fn unreact(&self, reaction: &React) -> Result<(), SendError> {
        self.shared.mark(reaction, Method::DELETE).await
    }

    async fn typing(&self, chat: &ChatId, on: bool) -> Result<(), SendError> {
        if on { self.shared.type_in(chat).await } else { Ok(()) }
    }

    async fn chat(&self, id: &ChatId) -> Result<ChatInfo, FetchError> {
        match (ids::guild(id), ids::channel(id)) {
            (Some(guild), _) => self.guild(guild).await,
            (None, Some(channel)) => self.channel(channel).await,
            (None, None) => Err(FetchError::Refused(
                "that is no channel of Discord: its id is a number, see «Copy Channel ID»".to_owned(),
            )),
        }
    }

    async fn user(&self, id: &RemoteUserId) -> Result<UserInfo, FetchError> {
        let user_id = ids::user(id).ok_or(FetchError::Missing)?;
        let user: User = self.shared.rest.call(Call::get(Route::User { user_id })).await.map_err(sort_fetch)?;
        Ok(self.shared.cdn.look(None, &user, None))
    }

    async fn fetch(&self, media: &MediaRef) -> Result<MediaStream, FetchError> {
        self.shared.download(media).await
    }

    async fn chats(&self) -> Result<Vec<(ChatId, ChatInfo)>, FetchError> {
        let guilds: Vec<Guild> = self.shared.rest.call(Call::get(Route::UserMeGuilds)).await.map_err(sort_fetch)?;
        let mut found = Vec::new();
        for guild in guilds.into_iter().filter(|guild| self.shared.serves(guild.id)) {
            let call = Call::get(Route::GuildChannels { guild_id: guild.id });
            let channels: Vec<Channel> = self.shared.rest.call(call).await.map_err(sort_fetch)?;
            let text = channels.iter().filter(|channel| channel.is_text());
            found.extend(text.map(|channel| (ids::chat(channel.id), look(channel, guild.id))));
        }
        Ok(found)
    }

    async fn linked(&self, chat: &ChatId, on: bool) {
        let Some(channel) = ids::channel(chat) else { return };
        if on {
            if let Err(error) = catch_up::start(&self.shared, chat).await {
                tracing::warn!(%chat, %error, "where bridging starts could not be remembered");
            }
        } else {
            self.shared.hooks.remove(channel).await;
        }
    }
}

impl Discord {
    async fn guild(&self, id: GuildId) -> Result<ChatInfo, FetchError> {
        if !self.shared.serves(id) {
            return Err(FetchError::Refused(NOT_SERVED.to_owned()));
        }
        let guild = self.shared.atlas.guild(id).await.map_err(sort_fetch)?;
        Ok(ChatInfo {
            name: guild.name.clone(),
            topic: guild.description.clone(),
            avatar: self.shared.cdn.icon(&guild),
            kind: ChatKind::Space,
            link: Some(format!("{CLIENT}/{id}")),
            ..ChatInfo::default()
        })
    }

    async fn channel(&self, id: ChannelId) -> Result<ChatInfo, FetchError> {
        let found = self.shared.atlas.channel_now(id).await.map_err(sort_fetch)?;
        let channel = found.ok_or(FetchError::Missing)?;
        let refused = |why: &str| Err(FetchError::Refused(why.to_owned()));
        match channel.guild_id {
            None => refused("a bot sees no private conversations"),
            Some(guild) if !self.shared.serves(guild) => refused(NOT_SERVED),
            Some(_) if channel.is_thread() => refused("a thread is bridged together with the channel it belongs to"),
            Some(_) if !channel.is_text() => refused("only text and announcement channels can be bridged"),
            Some(guild) => Ok(look(&channel, guild)),
        }
    }
}

const NOT_SERVED: &str = "this bridge does not serve that server (bridges.discord.guilds)";

fn look(channel: &Channel, guild: GuildId) -> ChatInfo {
    ChatInfo {
        name: channel.name.clone(),
        topic: channel.topic.clone().filter(|topic| !topic.is_empty()),
        parent: Some(ids::guild_chat(guild)),
        link: Some(format!("{CLIENT}/{guild}/{}", channel.id)),
        ..ChatInfo::default()
    }
}
