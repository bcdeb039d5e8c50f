//! From Matrix to Telegram: what is said, planned purely and then done call by call.

pub(crate) mod file;
pub(crate) mod look;
pub(crate) mod lookup;
pub(crate) mod moderate;
pub(crate) mod plan;
pub(crate) mod poll;
pub(crate) mod reaction;
pub(crate) mod refusal;

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use teloxide::types::{MessageId as Number, ReplyParameters};

use self::file::Failed;
use self::plan::{Body, Payload};
use self::refusal::{Doing, sort};
use crate::convert::Written;
use crate::feed::{POLL, PollPlace};
use crate::ids::{self, Place};
use crate::rest::{Reason, RestError};
use crate::shared::Shared;
use crate::wire;

/// What is kept with a message: which file it carries, to see whether an edit brings another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) file: String,
}

/// Where a message goes: chat, topic and what it answers.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) chat: i64,
    pub(crate) topic: Option<i32>,
    pub(crate) reply: Option<ReplyParameters>,
}

impl Target {
    /// The fields all sending methods share.
    pub(crate) fn fields(&self) -> Value {
        let mut fields = json!({ "chat_id": self.chat });
        if let Some(topic) = self.topic {
            fields["message_thread_id"] = topic.into();
        }
        if let Some(reply) = &self.reply {
            fields["reply_parameters"] = json!(reply);
        }
        fields
    }
}

impl Shared {
    /// The place of a chat as Telegram numbers it today.
    pub(crate) fn place(&self, chat: &ChatId) -> Result<Place, SendError> {
        let place = ids::place(chat).ok_or(SendError::ChatGone)?;
        Ok(Place { chat: self.today(place.chat), ..place })
    }

    /// The message behind a known one, as Telegram numbers it.
    pub(crate) fn message(&self, known: &Known) -> Result<(i64, i32), SendError> {
        let chat = self.place(&known.chat)?.chat;
        let first = ids::message(chat, &known.id).ok_or(SendError::Refused(Refusal::TargetUnknown))?;
        let part = if known.from_matrix { 0 } else { known.part };
        Ok((chat, self.albums.part(chat, first, part)))
    }

    /// Sends one part.
    pub(crate) async fn send(&self, attempt: &Attempt) -> Result<Sent, SendError> {
        let payload = Payload::read(&attempt.payload)?;
        let target = self.target(attempt.chat(), &payload)?;
        let _turn = self.turn(target.chat).await;
        self.begins(&attempt.key, target.chat);
        let error = match self.post(&target, &payload.body).await {
            Ok(said) => {
                self.ends(&attempt.key);
                return self.arrived(attempt, &target, &payload.body, &said).await;
            }
            Err(Failed::Rest(error)) => self.sorted(target.chat, error, Doing::Sending).await,
            Err(Failed::Send(error)) => error,
        };
        if !matches!(error, SendError::Unsure(_)) {
            self.ends(&attempt.key);
        }
        Err(error)
    }

    /// Remembers what later events will refer to.
    async fn arrived(
        &self,
        attempt: &Attempt,
        target: &Target,
        body: &Body,
        said: &wire::Message,
    ) -> Result<Sent, SendError> {
        self.heard(target.chat, said.message_id);
        if target.topic.is_some() {
            self.stands(target.chat, said.message_id, attempt.chat());
        }
        let id = ids::told(target.chat, said.message_id);
        if let (Body::Poll { answers, .. }, Some(poll)) = (body, said.poll.as_ref()) {
            let answers = answers.iter().map(|answer| answer.id.clone()).collect();
            let place = PollPlace { chat: attempt.chat().clone(), message: id.clone(), answers };
            if let Err(error) = self.remote.put(&format!("{POLL}{}", poll.id), &place).await {
                tracing::warn!(%error, "votes in a poll will not be seen: it could not be remembered");
            }
        }
        sent(id, body)
    }

    fn target(&self, chat: &ChatId, payload: &Payload) -> Result<Target, SendError> {
        let place = self.place(chat)?;
        let root = payload.thread.as_ref().and_then(|root| ids::message(place.chat, root));
        // In a forum, threads are topics. Elsewhere Telegram makes one of those who answer the same message.
        let topic = place.topic.or(root.filter(|_| self.atlas.is_forum(place.chat)));
        let answered = payload.reply.as_ref().and_then(|reply| {
            let first = ids::message(place.chat, &reply.message)?;
            Some(self.albums.part(place.chat, first, reply.part))
        });
        let reply = answered.or(root.filter(|_| topic.is_none()));
        let reply = reply.map(|id| ReplyParameters::new(Number(id)).allow_sending_without_reply());
        Ok(Target { chat: place.chat, topic, reply })
    }

    async fn post(&self, target: &Target, body: &Body) -> Result<wire::Message, Failed> {
        let mut fields = target.fields();
        let (method, more) = match body {
            Body::Text(written) => ("sendMessage", json!({ "text": written.text, "entities": written.entities })),
            Body::Location { latitude, longitude } => {
                ("sendLocation", json!({ "latitude": latitude, "longitude": longitude }))
            }
            Body::Poll { question, answers, multiple } => {
                let options: Vec<Value> = answers.iter().map(|answer| json!({ "text": answer.text })).collect();
                let more = json!({
                    "question": question, "options": options, "is_anonymous": false, "allows_multiple_answers": multiple,
                });
                ("sendPoll", more)
            }
            Body::File { shown, file, caption } => return self.upload(target, *shown, file, caption).await,
        };
        merge(&mut fields, more);
        Ok(self.rest.send(target.chat, method, &fields).await?)
    }

    /// Changes one part.
    pub(crate) async fn edit(&self, edit: &Edit) -> Result<Sent, SendError> {
        let payload = Payload::read(&edit.payload)?;
        let (chat, id) = self.message(&edit.target)?;
        let fields = json!({ "chat_id": chat, "message_id": id });
        let done: Result<(), RestError> = match &payload.body {
            Body::Text(written) => {
                let more = json!({ "text": written.text, "entities": written.entities });
                self.change("editMessageText", chat, fields, more).await
            }
            Body::File { file, .. } if carried(&edit.target).is_some_and(|known| known != file.cache_key()) => {
                self.replace(chat, id, &payload.body).await?;
                Ok(())
            }
            Body::File { caption, .. } => self.change("editMessageCaption", chat, fields, captioned(caption)).await,
            Body::Location { .. } => return Err(SendError::unsupported("moving a place that was shown")),
            Body::Poll { .. } => return Err(SendError::unsupported("changing a poll")),
        };
        match done {
            Ok(()) => {}
            Err(error) if error.is(Reason::NotModified) => {}
            Err(error) => return Err(self.sorted(chat, error, Doing::Editing).await),
        }
        sent(edit.target.id.clone(), &payload.body)
    }

    async fn change(&self, method: &str, chat: i64, mut fields: Value, more: Value) -> Result<(), RestError> {
        merge(&mut fields, more);
        self.rest.ask::<Value>(chat, method, &fields).await.map(drop)
    }

    /// Deletes one part.
    pub(crate) async fn delete(&self, part: &Known) -> Result<(), SendError> {
        let (chat, id) = self.message(part)?;
        let body = json!({ "chat_id": chat, "message_id": id });
        self.done("deleteMessage", chat, body, Doing::Deleting).await
    }

    /// Pins a message without a noise, or takes the pin away.
    pub(crate) async fn pin(&self, target: &Known, on: bool) -> Result<(), SendError> {
        let (chat, id) = self.message(target)?;
        let (method, body) = match on {
            true => ("pinChatMessage", json!({ "chat_id": chat, "message_id": id, "disable_notification": true })),
            false => ("unpinChatMessage", json!({ "chat_id": chat, "message_id": id })),
        };
        let known = self.rest.ask::<Value>(chat, method, &body).await;
        match known {
            Ok(_) => Ok(()),
            // What is not pinned need not be taken down.
            Err(error) if error.is(Reason::NotModified) || !on && error.is(Reason::NoMessage) => Ok(()),
            Err(error) => Err(self.sorted(chat, error, Doing::Pinning).await),
        }
    }

    /// Shows that somebody types; Telegram takes it away by itself after five seconds.
    pub(crate) async fn type_in(&self, chat: &ChatId) -> Result<(), SendError> {
        let place = self.place(chat)?;
        let mut body = json!({ "chat_id": place.chat, "action": "typing" });
        if let Some(topic) = place.topic {
            body["message_thread_id"] = topic.into();
        }
        self.done("sendChatAction", place.chat, body, Doing::Typing).await
    }

    /// Says something as the bridge itself.
    pub(crate) async fn announce(&self, chat: &ChatId, text: &str) -> Result<i32, SendError> {
        let place = self.place(chat)?;
        let target = Target { chat: place.chat, topic: place.topic, reply: None };
        self.say(
            &target,
            &Written { text: crate::convert::shortened(text, crate::convert::MAX_TEXT), entities: vec![] },
        )
        .await
    }

    /// Says something that is no message of anybody in Matrix.
    pub(crate) async fn say(&self, target: &Target, written: &Written) -> Result<i32, SendError> {
        let _turn = self.turn(target.chat).await;
        let mut fields = target.fields();
        merge(&mut fields, json!({ "text": written.text, "entities": written.entities }));
        let said: Result<wire::Message, RestError> = self.rest.send(target.chat, "sendMessage", &fields).await;
        match said {
            Ok(said) => {
                self.own(target.chat, said.message_id).await;
                Ok(said.message_id)
            }
            Err(error) => Err(self.sorted(target.chat, error, Doing::Sending).await),
        }
    }

    /// Asks for something that may be asked for twice; «already so» is success.
    pub(crate) async fn done(&self, method: &str, chat: i64, body: Value, doing: Doing) -> Result<(), SendError> {
        match self.rest.ask::<Value>(chat, method, &body).await {
            Ok(_) => Ok(()),
            Err(error) if error.is(Reason::NotModified) => Ok(()),
            Err(error) if doing == Doing::Deleting && error.is(Reason::NoMessage) => Ok(()),
            Err(error) => Err(self.sorted(chat, error, doing).await),
        }
    }

    /// Sorts a refusal. A group that became a supergroup moves first; then the same is tried there.
    pub(crate) async fn sorted(&self, chat: i64, error: RestError, doing: Doing) -> SendError {
        if let RestError::Moved { to } = error {
            let mut batch = Batch::new();
            self.moves(chat, to, &mut batch);
            if let Err(error) = self.remote.store(batch).await {
                tracing::warn!(chat, to, %error, "the move to a supergroup could not be remembered yet");
            }
        }
        sort(error, doing)
    }
}

/// The words to a file.
pub(crate) fn captioned(caption: &Written) -> Value {
    json!({ "caption": caption.text, "caption_entities": caption.entities })
}

/// The file a message carries.
fn carried(known: &Known) -> Option<String> {
    let note: Note = serde_json::from_value(known.note.clone()?).ok()?;
    Some(note.file)
}

pub(crate) fn merge(fields: &mut Value, more: Value) {
    if let (Value::Object(fields), Value::Object(more)) = (fields, more) {
        fields.extend(more);
    }
}

fn sent(id: MessageId, body: &Body) -> Result<Sent, SendError> {
    let Body::File { file, .. } = body else { return Ok(Sent::new(id)) };
    let note = serde_json::to_value(Note { file: file.cache_key().to_owned() });
    Ok(Sent::new(id).with_note(note.map_err(|error| SendError::Bug(error.into()))?))
}
