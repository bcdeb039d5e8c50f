//! Seeing what happened.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use crate::telegram::{
    Call, MediaKind, Telegram,
    model::{Message, Poll},
    shape,
    state::State,
};

/// A message as a reader of the chat sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Its id.
    pub id: i32,
    /// The name shown.
    pub author: String,
    /// Who sent it: a user's id, or a chat's where a chat speaks.
    pub author_id: i64,
    /// Whether our bot sent it.
    pub by_bot: bool,
    /// Text or caption.
    pub text: String,
    /// Its formatting.
    pub entities: Vec<Value>,
    /// `photo`, `video` … and the file's name, if it holds a file.
    pub media: Option<(&'static str, Option<String>)>,
    /// The album it is part of.
    pub album: Option<String>,
    /// The topic, or the thread of answers.
    pub thread: Option<i32>,
    /// The message it answers.
    pub reply_to: Option<i32>,
    /// The part of it that is quoted.
    pub quote: Option<String>,
    /// The name it was forwarded from.
    pub forwarded_from: Option<String>,
    /// Emoji and how many.
    pub reactions: Vec<(String, usize)>,
    /// Whether it was changed.
    pub edited: bool,
    /// Whether it is pinned.
    pub pinned: bool,
    /// Whether it tells of a change of the chat.
    pub service: bool,
    /// Whole Unix seconds.
    pub date: i64,
}

/// Nothing of what was waited for happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedOut(pub Duration);

impl std::fmt::Display for TimedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "what was waited for did not happen on the simulated Telegram within {:?}", self.0)
    }
}

impl std::error::Error for TimedOut {}

impl Telegram {
    /// The messages of a chat, oldest first.
    pub fn transcript(&self, chat: i64) -> Vec<Line> {
        self.shared.look(|state| lines(state, chat))
    }

    /// The same without the lines about changes of the chat.
    pub fn said(&self, chat: i64) -> Vec<Line> {
        self.transcript(chat).into_iter().filter(|line| !line.service).collect()
    }

    /// A message as it is stored.
    pub fn message(&self, chat: i64, id: i32) -> Option<Message> {
        self.shared.look(|state| state.world.message(chat, id).cloned())
    }

    /// A message as the API shows it.
    pub fn message_json(&self, chat: i64, id: i32) -> Option<Value> {
        self.shared.look(|state| Some(shape::message::full(&state.world, state.world.message(chat, id)?)))
    }

    /// The poll of a message.
    pub fn poll_of(&self, chat: i64, message: i32) -> Option<Poll> {
        self.shared.look(|state| {
            let id = state.world.message(chat, message)?.poll.as_ref()?;
            state.world.polls.get(id).cloned()
        })
    }

    /// The bytes of the file in a message: of a photo, the biggest.
    pub fn bytes_of(&self, chat: i64, message: i32) -> Option<bytes::Bytes> {
        self.shared.look(|state| {
            let message = state.world.message(chat, message)?;
            let (_, object) = file_of(message)?;
            Some(state.world.files.get(object["file_id"].as_str()?)?.bytes.clone())
        })
    }

    /// Looks now and after every change until `seen` says yes.
    pub async fn wait_for(&self, limit: Duration, mut seen: impl FnMut(&Self) -> bool) -> Result<(), TimedOut> {
        let mut version = self.shared.version.subscribe();
        let looking = async {
            while !seen(self) {
                if version.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        timeout(limit, looking).await.map_err(|_| TimedOut(limit))
    }

    /// A number that grows with every change, for readers that poll.
    pub fn version(&self) -> u64 {
        *self.shared.version.borrow()
    }

    /// Every request so far, in order; of very many the newest.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.look(|state| state.calls.clone())
    }

    /// The requests of one method so far: `sendMessage`.
    pub fn calls_to(&self, method: &str) -> Vec<Call> {
        self.shared.look(|state| state.calls.iter().filter(|call| call.method == method).cloned().collect())
    }

    /// Forgets the requests so far.
    pub fn forget_calls(&self) {
        self.shared.with(|state| state.calls.clear());
    }

    /// How many updates wait to be fetched and confirmed.
    pub fn pending_updates(&self) -> usize {
        self.shared.look(|state| state.updates.pending())
    }

    /// How many requests wait for updates right now.
    pub fn connected(&self) -> usize {
        self.shared.look(|state| state.listeners)
    }

    /// The commands the bot last set.
    pub fn commands(&self) -> Vec<Value> {
        self.shared.look(|state| state.world.commands.clone())
    }
}

/// The file of a message: its sort, and its object.
fn file_of(message: &Message) -> Option<(&'static str, &Value)> {
    let kinds = ["photo", "animation", "video", "audio", "voice", "video_note", "document", "sticker"];
    kinds.into_iter().filter_map(MediaKind::named).find_map(|kind| {
        let object = message.content.get(kind.field())?;
        Some((kind.field(), object.as_array().map_or(Some(object), |sizes| sizes.last())?))
    })
}

pub(in crate::telegram) fn lines(state: &State, chat: i64) -> Vec<Line> {
    let all = state.world.messages.get(&chat);
    all.into_iter().flat_map(|all| all.values()).map(|message| line(state, message)).collect()
}

fn line(state: &State, message: &Message) -> Line {
    let world = &state.world;
    let chat_title = |id: i64| world.chats.get(&id).map(|chat| chat.title.clone());
    let user_name = |id: i64| world.users.get(&id).map(crate::telegram::model::User::name);
    let author = message.sender_chat.and_then(chat_title).or_else(|| message.from.and_then(user_name));
    let said = |name: &str| message.content.get(name).and_then(Value::as_array).cloned();
    let origin = message.forward.as_ref().map(|origin| {
        let user = &origin["sender_user"]["first_name"];
        [user, &origin["chat"]["title"], &origin["sender_chat"]["title"], &origin["sender_user_name"]]
            .into_iter()
            .find_map(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    });
    let question = message.poll.as_ref().and_then(|id| world.polls.get(id)).map(|poll| poll.question.clone());
    Line {
        id: message.id,
        author: author.unwrap_or_default(),
        author_id: message.sender_chat.or(message.from).unwrap_or_default(),
        by_bot: message.from == Some(world.bot),
        text: question.unwrap_or_else(|| message.text().to_owned()),
        entities: said("entities").or_else(|| said("caption_entities")).unwrap_or_default(),
        media: file_of(message).map(|(kind, file)| (kind, file["file_name"].as_str().map(str::to_owned))),
        album: message.group.clone(),
        thread: message.thread,
        reply_to: message.reply.as_ref().map(|reply| reply.message),
        quote: message.reply.as_ref().and_then(|reply| Some(reply.quote.as_ref()?["text"].as_str()?.to_owned())),
        forwarded_from: origin,
        reactions: reactions(message),
        edited: message.edit_date.is_some(),
        pinned: world.chats.get(&message.chat).is_some_and(|chat| chat.pinned.contains(&message.id)),
        service: message.is_service(),
        date: message.date,
    }
}

fn reactions(message: &Message) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = vec![];
    for reaction in message.reactions.values().flatten() {
        let emoji = reaction["emoji"].as_str().or_else(|| reaction["custom_emoji_id"].as_str()).unwrap_or_default();
        match counts.iter_mut().find(|(known, _)| known == emoji) {
            Some((_, count)) => *count += 1,
            None => counts.push((emoji.to_owned(), 1)),
        }
    }
    counts
}
