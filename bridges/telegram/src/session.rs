//! One bot, connected: what Matrix users do is done on Telegram, and what happens there is fed to the SDK.

use std::sync::Arc;

use appservice_sdk::prelude::*;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::atlas::{self, Seen};
use crate::check;
use crate::config::Topics;
use crate::ids::{self, Place};
use crate::look;
use crate::rest::RestError;
use crate::send::plan;
use crate::send::refusal::sort_fetch;
use crate::shared::Shared;
use crate::wire::{Chat, Member};

/// A connected bot. Dropping it ends the reading; Telegram keeps what comes for a day.
pub struct Telegram {
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

impl Session for Telegram {
    fn features(&self, chat: &ChatId) -> Features {
        let is_shared = ids::place(chat).is_some_and(|place| ids::is_shared(place.chat));
        crate::features::of(self.shared.config.is_public_api(), is_shared)
    }

    fn plan(&self, message: &Outgoing) -> Result<Vec<Value>, SendError> {
        plan::plan(message, &self.shared.config.sender)
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
        self.shared.react(reaction).await
    }

    async fn unreact(&self, reaction: &React) -> Result<(), SendError> {
        self.shared.unreact(reaction).await
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
        self.shared.change_look(chat, look).await
    }

    async fn announce(&self, chat: &ChatId, text: &str) -> Result<(), SendError> {
        self.shared.announce(chat, text).await.map(drop)
    }

    async fn typing(&self, chat: &ChatId, on: bool) -> Result<(), SendError> {
        if on { self.shared.type_in(chat).await } else { Ok(()) }
    }

    async fn chat(&self, id: &ChatId) -> Result<ChatInfo, FetchError> {
        if let Some(chat) = ids::of_forum(id) {
            let whole = Place { chat: self.shared.today(chat), topic: None };
            let info = self.shared.look_up(whole).await?;
            return Ok(ChatInfo { kind: ChatKind::Space, parent: None, access: opened(info.access), ..info });
        }
        match ids::place(id) {
            Some(place) => self.shared.look_up(Place { chat: self.shared.today(place.chat), ..place }).await,
            None => Err(FetchError::Refused(
                "that is no chat of Telegram: its id is a number such as -1001234567890, which the bot tells when \
                 somebody writes /id in the group"
                    .to_owned(),
            )),
        }
    }

    async fn user(&self, id: &RemoteUserId) -> Result<UserInfo, FetchError> {
        let id = ids::user(id).ok_or(FetchError::Missing)?;
        let chat: Chat = self.shared.rest.call("getChat", &json!({ "chat_id": id })).await.map_err(sort_fetch)?;
        Ok(self.shared.people.chat(&chat))
    }

    async fn fetch(&self, media: &MediaRef) -> Result<MediaStream, FetchError> {
        self.shared.fetch(media).await
    }

    async fn chats(&self) -> Result<Vec<(ChatId, ChatInfo)>, FetchError> {
        Ok(self.shared.atlas.chats())
    }

    async fn linked(&self, chat: &ChatId, on: bool) {
        if on && let Some(place) = ids::place(chat) {
            check::chat(&self.shared, self.shared.today(place.chat)).await;
            self.shared.tell_powers(place.chat).await;
        }
    }
}

/// A space is open only to everybody or to nobody.
fn opened(access: Access) -> Access {
    if access == Access::Anybody { access } else { Access::Invited }
}

impl Shared {
    /// How a chat looks at this moment.
    async fn look_up(&self, place: Place) -> Result<ChatInfo, FetchError> {
        if !self.serves(place.chat) {
            return Err(FetchError::Refused(
                "this bridge does not serve that chat (bridges.telegram.chats)".to_owned(),
            ));
        }
        let found: Result<Chat, RestError> = self.rest.call("getChat", &json!({ "chat_id": place.chat })).await;
        let chat = match found {
            Err(RestError::Moved { .. }) => return Err(FetchError::Missing),
            other => other.map_err(sort_fetch)?,
        };
        let seen = Seen {
            title: look::chat_name(&chat),
            username: (*chat.username).clone(),
            forum: chat.is_forum.unwrap_or(false),
            ..Seen::default()
        };
        let parted = seen.forum && self.config.topics == Topics::Rooms;
        let name = place
            .topic
            .map(|topic| (topic, self.atlas.topic_name(place.chat, topic).unwrap_or_else(|| format!("Topic {topic}"))));
        let mut info =
            atlas::info(place.chat, &seen, name.as_ref().map(|(topic, name)| (*topic, name.as_str())), parted);
        info.topic = (*chat.description).clone().filter(|text| !text.is_empty() && place.topic.is_none());
        info.avatar = chat.photo.as_ref().map(|photo| {
            let mut picture = MediaRef::remote(photo.big_file_id.clone());
            picture.mime = Some("image/jpeg".to_owned());
            picture.with_id(photo.big_file_unique_id.clone())
        });
        if !ids::is_shared(place.chat) {
            (info.kind, info.access) = (ChatKind::Direct, Access::Invited);
        }
        Ok(info)
    }

    /// Tells who administers a chat: the only members a bot can ask for.
    async fn tell_powers(&self, chat: i64) {
        let chat = self.today(chat);
        if !ids::is_shared(chat) {
            return;
        }
        let all: Result<Vec<Member>, RestError> =
            self.rest.call("getChatAdministrators", &json!({ "chat_id": chat })).await;
        let Ok(all) = all else { return };
        let told = all.iter().filter(|member| member.user.id != self.me.id && !member.user.is_bot.unwrap_or(false));
        let told = told.map(|member| {
            let who = Author::them(member.user.id.to_string(), self.people.person(&member.user));
            let what = What::Power { level: crate::receive::power(member) };
            Incoming::new(ids::whole(chat), who, Timestamp::now(), what)
        });
        if let Err(error) = self.remote.emit_all(told.collect()).await {
            tracing::warn!(chat, %error, "the administrators of a chat could not be told");
        }
    }
}
