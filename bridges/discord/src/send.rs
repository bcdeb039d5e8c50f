//! From Matrix to Discord: what is said, planned purely and then done call by call.

pub(crate) mod file;
mod govern;
pub(crate) mod lookup;
pub(crate) mod name;
pub(crate) mod plan;
mod poll;
pub(crate) mod reaction;
pub(crate) mod refusal;
pub(crate) mod thread;

use appservice_sdk::prelude::*;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serenity::http::Route;
use serenity::model::id::{ChannelId, MessageId as Snowflake, WebhookId};

use self::plan::Payload;
use self::refusal::{Doing, sort, sort_hook};
use crate::hooks::Hook;
use crate::ids;
use crate::rest::*;
use crate::shared::Shared;

/// What is kept with a message: which webhook wrote it, since no other can edit it, and what Matrix calls the answers of
/// a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) webhook: WebhookId,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) answers: Vec<String>,
}

/// What is read of Discord's answer.
#[derive(Deserialize)]
struct Said {
    id: Snowflake,
}

/// Where a message goes: the channel whose webhook says it, and the thread or post of that channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) channel: ChannelId,
    pub(crate) thread: Option<ChannelId>,
}

impl Target {
    /// The channel the bot itself has to name.
    pub(crate) fn direct(self) -> ChannelId {
        self.thread.unwrap_or(self.channel)
    }

    /// The webhook belongs to the channel; the thread is named beside it.
    fn webhook<'a>(self, method: Method, route: Route<'a>) -> Call<'a> {
        let call = Call::new(method, route);
        match self.thread {
            Some(thread) => call.query("thread_id", thread),
            None => call,
        }
    }
}

impl Shared {
    /// Where messages of a chat go: into the channel, or into the forum under the name of the post.
    pub(crate) async fn target(&self, chat: &ChatId) -> Result<Target, SendError> {
        let channel = ids::channel(chat).ok_or(SendError::ChatGone)?;
        let place = self.atlas.place(channel).await.map_err(|error| sort(error, Doing::Finding))?;
        Ok(match place {
            Some(place) if place.home != channel => Target { channel: place.home, thread: Some(channel) },
            _ => Target { channel, thread: None },
        })
    }

    /// Where a known message stands.
    pub(crate) async fn target_of(&self, known: &Known) -> Result<Target, SendError> {
        let at = self.target(&known.chat).await?;
        let thread = known.thread.as_ref().and_then(ids::message).map(|root| ChannelId::new(root.get()));
        Ok(Target { thread: at.thread.or(thread), ..at })
    }

    /// Sends one part. A webhook or thread that somebody deleted is made anew once.
    pub(crate) async fn send(&self, attempt: &Attempt) -> Result<Sent, SendError> {
        let payload = Payload::read(&attempt.payload)?;
        let chat = self.target(attempt.chat()).await?;
        let mut again = true;
        loop {
            let at = match chat.thread {
                Some(_) => chat,
                None => Target { thread: self.thread_for(chat.channel, &attempt.message).await?, ..chat },
            };
            let hook = self.hooks.of(at.channel).await.map_err(sort_hook)?;
            match self.post(at, &hook, &payload, attempt).await {
                Ok(id) => return sent(id, hook.id, &payload),
                Err(Failed::Rest(error)) if again && is_lost(&error) => self.hooks.lost(at.channel, hook.id).await?,
                Err(Failed::Rest(error)) if again && error.is(UNKNOWN_CHANNEL) && at.thread != chat.thread => {
                    at.thread.into_iter().for_each(|thread| self.atlas.forget_channel(thread));
                }
                Err(Failed::Rest(error)) => return Err(sort(error, Doing::Sending)),
                Err(Failed::Send(error)) => return Err(error),
            }
            again = false;
        }
    }

    async fn post(&self, at: Target, hook: &Hook, payload: &Payload, attempt: &Attempt) -> Result<Snowflake, Failed> {
        let content = self.composed(payload, at.channel).await.map_err(Failed::Rest)?;
        let route = Route::WebhookWithToken { webhook_id: hook.id, token: hook.token.expose() };
        let call = at.webhook(Method::POST, route).query("wait", true);
        let mut body =
            json!({ "content": content, "username": payload.name, "allowed_mentions": payload.pings.allowed() });
        if let Some(poll) = &payload.poll {
            body["poll"] = poll::asked(poll);
        }
        let sender = &attempt.message.sender;
        if let (Some(base), Some(picture)) = (&self.config.public_url, &sender.avatar)
            && let Some(url) = picture::address(base, &self.remote, picture)
        {
            body["avatar_url"] = url.into();
        }
        let said: Said = match &payload.file {
            None => self.rest.call(call.json(body)).await.map_err(Failed::Rest)?,
            Some(file) => self.upload(call, body, file, at.channel).await?,
        };
        Ok(said.id)
    }

    /// The text as Discord gets it: the line about the message that is answered, then what is said.
    pub(crate) async fn composed(&self, payload: &Payload, channel: ChannelId) -> Result<String, RestError> {
        let content = self.with_emoji(&payload.content, &payload.emoji).await;
        self.headed(content, payload, channel).await
    }

    /// The same where no emoji of Matrix could be uploaded.
    pub(crate) async fn named(&self, payload: &Payload, channel: ChannelId) -> Result<String, RestError> {
        self.headed(crate::emoji::by_name(&payload.content, payload.emoji.len()), payload, channel).await
    }

    async fn headed(&self, content: String, payload: &Payload, channel: ChannelId) -> Result<String, RestError> {
        let Some(reply) = &payload.reply else { return Ok(content) };
        let guild = self.atlas.place(channel).await?.map(|place| place.guild);
        let line = reply.line(guild);
        Ok(if content.is_empty() { line } else { format!("{line}\n{content}") })
    }

    /// Changes the text of one part.
    pub(crate) async fn edit(&self, edit: &Edit) -> Result<Sent, SendError> {
        let payload = Payload::read(&edit.payload)?;
        let at = self.target_of(&edit.target).await?;
        let id = ids::message(&edit.target.id).ok_or(SendError::Refused(Refusal::TargetUnknown))?;
        let Some(hook) = self.writer(&edit.target, at.channel) else {
            return Err(SendError::said(
                "the webhook that wrote this message was deleted on Discord, so it cannot be edited",
            ));
        };
        let content = self.composed(&payload, at.channel).await.map_err(|error| sort(error, Doing::Editing))?;
        let route = Route::WebhookMessage { webhook_id: hook.id, token: hook.token.expose(), message_id: id };
        let body = json!({ "content": content, "allowed_mentions": payload.pings.allowed() });
        match self.rest.done(at.webhook(Method::PATCH, route).json(body)).await {
            Ok(()) => sent(id, hook.id, &payload),
            Err(error) => Err(sort(error, Doing::Editing)),
        }
    }

    /// Deletes one part: by the webhook that wrote it, which needs no permission, or as the bot.
    pub(crate) async fn delete(&self, part: &Known) -> Result<(), SendError> {
        let at = self.target_of(part).await?;
        let Some(id) = ids::message(&part.id) else { return Ok(()) };
        self.erased.push(id);
        let hook = if part.from_matrix { self.writer(part, at.channel) } else { None };
        let by_hook = match &hook {
            Some(hook) => {
                let route = Route::WebhookMessage { webhook_id: hook.id, token: hook.token.expose(), message_id: id };
                self.rest.done(at.webhook(Method::DELETE, route)).await
            }
            None => Err(RestError::Refused {
                status: reqwest::StatusCode::NOT_FOUND,
                code: UNKNOWN_WEBHOOK,
                message: String::new(),
            }),
        };
        let done = match by_hook {
            Err(error) if is_lost(&error) => {
                let route = Route::ChannelMessage { channel_id: at.direct(), message_id: id };
                self.rest.done(Call::new(Method::DELETE, route)).await
            }
            other => other,
        };
        match done {
            Err(error) if error.is(UNKNOWN_MESSAGE) || at.thread.is_some() && error.is(UNKNOWN_CHANNEL) => Ok(()),
            other => other.map_err(|error| sort(error, Doing::Deleting)),
        }
    }

    /// The webhook that wrote a message, if it can still be used.
    fn writer(&self, part: &Known, channel: ChannelId) -> Option<Hook> {
        let note = part.note.clone().and_then(|note| serde_json::from_value::<Note>(note).ok());
        match note {
            Some(note) => self.hooks.by_id(note.webhook),
            None => self.hooks.remembered(channel),
        }
    }

    /// Shows in a channel that somebody types; Discord takes it away by itself after ten seconds.
    pub(crate) async fn type_in(&self, chat: &ChatId) -> Result<(), SendError> {
        let channel_id = ids::channel(chat).ok_or(SendError::ChatGone)?;
        let call = Call::post(Route::ChannelTyping { channel_id });
        self.rest.done(call).await.map_err(|error| sort(error, Doing::Typing))
    }
}

/// Why one call did not bring a message's id.
pub(crate) enum Failed {
    Rest(RestError),
    Send(SendError),
}

impl From<SendError> for Failed {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

/// Whether the webhook itself is gone, rather than what it was to act on.
fn is_lost(error: &RestError) -> bool {
    error.is(UNKNOWN_WEBHOOK) || error.not_found() && error.is(0)
}

pub(crate) fn sent(id: Snowflake, webhook: WebhookId, payload: &Payload) -> Result<Sent, SendError> {
    let answers = payload.poll.iter().flat_map(|poll| poll.answers.iter().map(|answer| answer.id.clone())).collect();
    let note = serde_json::to_value(Note { webhook, answers }).map_err(|error| SendError::Bug(error.into()))?;
    Ok(Sent::new(ids::told(id)).with_note(note))
}
