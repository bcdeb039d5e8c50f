//! What moderators and administrators in Matrix do: pins, kicks and bans, names and topics; and what the bot says itself.

use appservice_sdk::prelude::*;
use reqwest::Method;
use serde_json::{Map, Value, json};
use serenity::http::Route;
use serenity::model::id::ChannelId;

use super::refusal::{Doing, sort};
use crate::ids;
use crate::rest::*;
use crate::shared::Shared;

/// Most characters of a channel's name and of its topic.
const NAME: usize = 100;
const TOPIC: usize = 1024;

impl Shared {
    /// Pins a message or takes the pin away. «Already so» is success.
    pub(crate) async fn pin(&self, target: &Known, on: bool) -> Result<(), SendError> {
        let channel_id = self.target_of(target).await?.direct();
        let id = ids::message(&target.id).ok_or(SendError::Refused(Refusal::TargetUnknown))?;
        let path = format!("/channels/{channel_id}/messages/pins/{id}");
        let method = if on { Method::PUT } else { Method::DELETE };
        match self.rest.done(Call::at(method, path, Route::ChannelPin { channel_id, message_id: id })).await {
            Err(error) if !on && error.is(UNKNOWN_MESSAGE) => Ok(()),
            other => other.map_err(|error| sort(error, Doing::Pinning)),
        }
    }

    /// Kicks, bans or unbans in the guild of a chat: Discord knows no kicking from a channel.
    pub(crate) async fn moderate(&self, order: &Moderate) -> Result<(), SendError> {
        let user_id = ids::user(&order.user).ok_or(SendError::Refused(Refusal::TargetUnknown))?;
        let channel = ids::channel(&order.chat).ok_or(SendError::ChatGone)?;
        let place = self.atlas.place(channel).await.map_err(|error| sort(error, Doing::Finding))?;
        let guild_id = place.ok_or(SendError::ChatGone)?.guild;
        let (method, route, doing) = match order.act {
            Act::Kick => (Method::DELETE, Route::GuildMember { guild_id, user_id }, Doing::Kicking),
            Act::Ban => (Method::PUT, Route::GuildBan { guild_id, user_id }, Doing::Banning),
            Act::Unban => (Method::DELETE, Route::GuildBan { guild_id, user_id }, Doing::Banning),
            Act::Invite => return Err(SendError::unsupported("inviting somebody to a Discord server")),
        };
        let reason = match &order.reason {
            Some(reason) => format!("{}: {reason}", order.by),
            None => order.by.clone(),
        };
        let mut call = Call::new(method, route).reason(&reason);
        if order.act == Act::Ban {
            call = call.json(json!({}));
        }
        match self.rest.done(call).await {
            Err(error) if error.is(UNKNOWN_MEMBER) || error.is(UNKNOWN_BAN) || error.is(UNKNOWN_USER) => Ok(()),
            other => other.map_err(|error| sort(error, doing)),
        }
    }

    /// Name and topic of a channel follow the room's. A post has a name only.
    pub(crate) async fn change(&self, chat: &ChatId, look: &ChatDelta) -> Result<(), SendError> {
        let Some(channel_id) = ids::channel(chat) else {
            return Err(SendError::unsupported("changing a Discord server's look"));
        };
        let mut body = Map::new();
        if let Some(name) = look.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
            body.insert("name".to_owned(), cut(name, NAME));
        }
        if let Some(topic) = look.topic.as_deref().filter(|_| !self.atlas.is_post(channel_id)) {
            body.insert("topic".to_owned(), cut(topic, TOPIC));
        }
        if body.is_empty() {
            return Err(SendError::unsupported("pictures of channels"));
        }
        let call = Call::new(Method::PATCH, Route::Channel { channel_id }).json(Value::Object(body));
        self.rest.done(call).await.map_err(|error| sort(error, Doing::Changing))
    }

    /// Says something as the bot itself, which calls nobody. Said again with the same key within minutes, it is said
    /// once.
    pub(crate) async fn announce(
        &self,
        channel_id: ChannelId,
        text: &str,
        answers: Option<serenity::model::id::MessageId>,
        key: Option<&SendKey>,
    ) -> Result<(), SendError> {
        let mut body = json!({ "content": cut(text, super::plan::MAX_TEXT), "allowed_mentions": { "parse": [] } });
        if let Some(id) = answers {
            body["message_reference"] = json!({ "message_id": id, "fail_if_not_exists": false });
        }
        if let Some(key) = key {
            body["nonce"] = key.as_str().chars().take(25).collect::<String>().into();
            body["enforce_nonce"] = true.into();
        }
        let call = Call::post(Route::ChannelMessages { channel_id }).json(body);
        self.rest.done(call).await.map_err(|error| sort(error, Doing::Announcing))
    }

    /// A poll ended in Matrix: the votes there are told below it. Discord lets nobody but its author end a poll, and the
    /// author is a webhook.
    pub(crate) async fn tally(&self, state: &PollState) -> Result<(), SendError> {
        if !state.ended {
            return Ok(());
        }
        let at = self.target_of(&state.target).await?.direct();
        let id = ids::message(&state.target.id).ok_or(SendError::Refused(Refusal::TargetUnknown))?;
        let found = self.ballot(&state.target.chat, at, id).await.map_err(|error| sort(error, Doing::Finding))?;
        let Some(ballot) = found else { return Ok(()) };
        let named = |id: &str| ballot.answers.iter().find(|answer| answer.id == id).map(|answer| answer.text.as_str());
        let counted = state.counts.iter().map(|(id, count)| format!("{}: {count}", named(id).unwrap_or(id)));
        let text = crate::convert::escape(&counted.collect::<Vec<_>>().join(" · "));
        let key = SendKey::derive(&["tally", state.target.id.as_str()]);
        self.announce(at, &format!("The poll was closed in Matrix. Votes there: {text}"), Some(id), Some(&key)).await
    }
}

fn cut(text: &str, max: usize) -> Value {
    Value::String(text.chars().take(max).collect())
}
