//! One app, connected: what Matrix users do is done on Slack, and what happens there is fed to the SDK.

use std::sync::Arc;

use appservice_sdk::prelude::*;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::send::plan::{self, Place};
use crate::send::refusal::sort_fetch;
use crate::shared::Shared;
use crate::socket::Socket;
use crate::{catch_up, features, ids, look};

/// A connected app. Dropping it ends the listening; what happens until the next one is fetched from history.
pub struct Slack {
    pub(crate) shared: Arc<Shared>,
    pub(crate) _socket: Option<Socket>,
    pub(crate) _feed: Task,
}

/// A task that ends with its owner.
pub(crate) struct Task(pub(crate) JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Session for Slack {
    fn features(&self, _: &ChatId) -> Features {
        features::all()
    }

    fn plan(&self, message: &Outgoing) -> Result<Vec<Value>, SendError> {
        let place = Place { replies: self.shared.config.replies, workspace: &self.shared.me.url };
        plan::plan(message, &place)
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
        self.shared.mark(reaction, true).await
    }

    async fn unreact(&self, reaction: &React) -> Result<(), SendError> {
        self.shared.mark(reaction, false).await
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
        self.shared.announce(chat, text).await
    }

    async fn chat(&self, id: &ChatId) -> Result<ChatInfo, FetchError> {
        if ids::is_team(id) {
            return self.team(id).await;
        }
        if !ids::is_channel(id) {
            return Err(FetchError::Refused(
                "that is no channel of Slack: its id begins with C or G and stands at the end of «View channel details»"
                    .to_owned(),
            ));
        }
        let found = self.shared.atlas.channel_now(id.as_str()).await.map_err(sort_fetch)?;
        let channel = found.ok_or(FetchError::Missing)?;
        if channel.is_im {
            return Err(FetchError::Refused("a bot's conversations with one person are not bridged".to_owned()));
        }
        Ok(look::channel(&channel, &self.shared.me.url, &self.shared.me.team))
    }

    async fn user(&self, id: &RemoteUserId) -> Result<UserInfo, FetchError> {
        let found = if ids::is_user(id.as_str()) {
            self.shared.atlas.person(id.as_str()).await
        } else {
            self.shared.atlas.program(id.as_str()).await
        };
        found.map_err(sort_fetch)?.ok_or(FetchError::Missing)
    }

    async fn fetch(&self, media: &MediaRef) -> Result<MediaStream, FetchError> {
        self.shared.fetch(media).await
    }

    async fn chats(&self) -> Result<Vec<(ChatId, ChatInfo)>, FetchError> {
        let channels = catch_up::channels(&self.shared).await.map_err(sort_fetch)?;
        let me = &self.shared.me;
        let told =
            |channel: &crate::wire::Channel| (ChatId::new(&channel.id), look::channel(channel, &me.url, &me.team));
        Ok(channels.iter().map(told).collect())
    }

    async fn linked(&self, chat: &ChatId, on: bool) {
        if !on || !ids::is_channel(chat) {
            return;
        }
        if let Err(error) = catch_up::start(&self.shared, chat).await {
            tracing::warn!(%chat, %error, "where bridging starts could not be remembered");
        }
        self.join(chat).await;
    }
}

impl Slack {
    async fn team(&self, id: &ChatId) -> Result<ChatInfo, FetchError> {
        let answer = self.shared.api.get("team.info", &[("team", id.as_str())]).await.map_err(sort_fetch)?;
        Ok(look::team(&answer["team"], &self.shared.me.url))
    }

    /// Public channels let the bot in; into private ones it has to be invited.
    async fn join(&self, chat: &ChatId) {
        let channel = self.shared.atlas.channel_now(chat.as_str()).await;
        let Ok(Some(channel)) = channel else { return };
        if channel.is_member || look::access(&channel) != Access::Container {
            return;
        }
        if let Err(error) = self.shared.api.post("conversations.join", &json!({ "channel": chat })).await {
            tracing::warn!(%chat, %error, "the bot could not join the channel: invite it there with /invite");
        }
    }
}
