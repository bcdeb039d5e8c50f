//! One bot, connected: what Matrix users do is done on Discord, and what happens there is fed to the SDK.

use std::sync::Arc;

use appservice_sdk::prelude::*;
use reqwest::Method;
use serde_json::Value;
use serenity::http::Route;
use serenity::model::id::{ChannelId, GuildId};
use tokio::task::JoinHandle;

use crate::catch_up;
use crate::chats;
use crate::ids;
use crate::rest::Call;
use crate::send::{plan, refusal::sort_fetch};
use crate::shared::Shared;
use crate::wire::{Channel, MyGuild, User};

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
        let atlas = &self.shared.atlas;
        let channel = ids::channel(chat);
        crate::features::of(
            channel.map(|channel| atlas.largest_file(channel)),
            channel.is_some_and(|channel| atlas.is_post(channel)),
        )
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

    async fn pin(&self, target: &Known, on: bool) -> Result<(), SendError> {
        self.shared.pin(target, on).await
    }

    async fn poll(&self, state: &PollState) -> Result<(), SendError> {
        self.shared.tally(state).await
    }

    async fn moderate(&self, order: &Moderate) -> Result<(), SendError> {
        self.shared.moderate(order).await
    }

    async fn change(&self, chat: &ChatId, look: &ChatDelta) -> Result<(), SendError> {
        self.shared.change(chat, look).await
    }

    async fn announce(&self, chat: &ChatId, text: &str) -> Result<(), SendError> {
        let channel = ids::channel(chat).ok_or(SendError::ChatGone)?;
        self.shared.announce(channel, text, None, None).await
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
        let guilds: Vec<MyGuild> = self.shared.rest.call(Call::get(Route::UserMeGuilds)).await.map_err(sort_fetch)?;
        let mut found = Vec::new();
        for guild in guilds.into_iter().filter(|guild| self.shared.serves(guild.id)) {
            found.extend(self.chats_of(guild.id).await?);
        }
        Ok(found)
    }

    async fn linked(&self, chat: &ChatId, on: bool) {
        let Some(channel) = ids::channel(chat) else { return };
        if on {
            self.shared.begun.linked();
            return;
        }
        let batch = self.shared.powers.forget(channel, self.shared.begun.end(channel, Batch::new()));
        let batch = self.shared.windows.forget(channel, batch);
        if let Err(error) = self.shared.remote.store(batch).await {
            tracing::warn!(%chat, %error, "what was remembered of the chat could not be forgotten");
        }
        if !self.shared.atlas.is_post(channel) {
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
        Ok(chats::guild(&guild, &self.shared.cdn))
    }

    async fn channel(&self, id: ChannelId) -> Result<ChatInfo, FetchError> {
        let found = self.shared.atlas.channel_now(id).await.map_err(sort_fetch)?;
        let channel = found.ok_or(FetchError::Missing)?;
        let refused = |why: &str| Err(FetchError::Refused(why.to_owned()));
        let Some(guild) = channel.guild_id else { return refused("a bot sees no private conversations") };
        if !self.shared.serves(guild) {
            return refused(NOT_SERVED);
        }
        let above = self.shared.atlas.above(&channel).await.map_err(sort_fetch)?;
        let post = above.is_some_and(|above| above.is_forum());
        if channel.is_thread() && !post {
            return refused("a thread is bridged together with the channel it belongs to");
        }
        if !post && !channel.is_text() && !channel.is_forum() && !channel.is_category() {
            return refused("only text, announcement and voice channels, forums and their posts can be bridged");
        }
        self.shared.atlas.info(&channel, guild).await.map_err(sort_fetch)
    }

    /// The channels of a guild that could get a room, with the active posts of its forums.
    async fn chats_of(&self, id: GuildId) -> Result<Vec<(ChatId, ChatInfo)>, FetchError> {
        let shared = &self.shared;
        shared.atlas.guild(id).await.map_err(sort_fetch)?;
        let call = Call::get(Route::GuildChannels { guild_id: id });
        for channel in shared.rest.call::<Vec<Channel>>(call).await.map_err(sort_fetch)? {
            shared.atlas.learn_channel(Channel { guild_id: Some(id), ..channel });
        }
        catch_up::active_threads(shared, id).await.map_err(sort_fetch)?;
        let mut found = Vec::new();
        for channel in shared.atlas.channels_of(id) {
            if let Some(Incoming { chat, what: What::Found(info), .. }) =
                shared.found(&channel).await.map_err(sort_fetch)?
            {
                found.push((chat, info));
            }
        }
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(found)
    }
}

const NOT_SERVED: &str = "this bridge does not serve that server (bridges.discord.guilds)";
