//! From Telegram to the SDK's words. Pure: what is known beyond the update is in a [`View`].

mod member;
mod parts;
mod reaction;
mod service;
mod words;

use appservice_sdk::prelude::*;

pub(crate) use self::member::{membership, power};
pub(crate) use self::parts::poll_answers;
pub(crate) use self::reaction::{counted, reacted};
use crate::album::{Album, Albums};
use crate::config::Topics;
use crate::ids::{self, Place};
use crate::look::People;
use crate::wire::{Message, User};

/// What is known beyond an update.
pub(crate) struct View<'a> {
    /// The bot.
    pub(crate) me: i64,
    pub(crate) topics: Topics,
    pub(crate) people: &'a People,
    pub(crate) albums: &'a Albums,
    pub(crate) links: &'a dyn Links,
}

/// Which chats are linked to rooms.
pub(crate) trait Links: Sync {
    fn has(&self, chat: &ChatId) -> bool;
}

impl Links for Remote {
    fn has(&self, chat: &ChatId) -> bool {
        self.is_linked(chat)
    }
}

/// What a message is in the SDK's words: usually one event; several when many people join at once.
pub(crate) fn message(said: &Message, view: &View<'_>) -> Vec<Incoming> {
    if let Some(events) = service::of(said, view) {
        return events;
    }
    let parts = parts::of(said, view);
    if parts.is_empty() {
        return Vec::new();
    }
    vec![told(said, parts, view)]
}

/// An album: one message whose parts are the messages it came as.
pub(crate) fn album(all: &[Message], view: &View<'_>) -> Option<(Incoming, Album)> {
    let first = all.first()?;
    let mut album = Album { chat: first.chat.id, ids: Vec::new(), parts: Vec::new() };
    for said in all {
        // Files are one part each; anything else would lose the count.
        if let Some(part) = parts::of(said, view).into_iter().next() {
            album.ids.push(said.message_id);
            album.parts.push(part);
        }
    }
    let id = album.ids.first().copied()?;
    let first = all.iter().find(|said| said.message_id == id)?;
    Some((told(first, album.parts.clone(), view), album))
}

/// A message that now reads differently.
pub(crate) fn edit(said: &Message, update: i64, view: &View<'_>) -> Option<(Incoming, Option<Album>)> {
    // A place that moves would be a new line in Matrix every few seconds.
    if said.location.as_ref().is_some_and(|location| location.live_period.is_some()) {
        return None;
    }
    let mut parts = parts::of(said, view);
    let first = parts.first()?.clone();
    let album = view.albums.changed(said.chat.id, said.message_id, first);
    let mut id = said.message_id;
    if let Some(album) = &album {
        parts.clone_from(&album.parts);
        id = album.ids.first().copied().unwrap_or(id);
    }
    let place = place(said, view);
    let what = What::Edit { id: ids::told(said.chat.id, id), parts };
    let event = Incoming::new(place.chat, author(said, view), Timestamp::from_secs(said.changed()), what);
    Some((event.with_key(format!("u:{update}")), album))
}

fn told(said: &Message, parts: Vec<Part>, view: &View<'_>) -> Incoming {
    let place = place(said, view);
    let what = What::Message {
        id: ids::told(said.chat.id, said.message_id),
        parts,
        reply_to: answered(said, view),
        thread: place.thread,
        profile: signed(said, view),
    };
    Incoming::new(place.chat, author(said, view), Timestamp::from_secs(said.date), what)
}

/// The SDK's chat a message belongs to, and its thread there.
pub(crate) struct Stands {
    pub(crate) chat: ChatId,
    pub(crate) thread: Option<MessageId>,
}

/// Where a message stands. A topic is a room of its own, or a thread; it is a thread also where only the group as a whole
/// was linked to a room.
pub(crate) fn place(said: &Message, view: &View<'_>) -> Stands {
    let chat = said.chat.id;
    let whole = ids::whole(chat);
    let Some(topic) = said.topic() else { return Stands { chat: whole, thread: None } };
    let own = ids::chat(Place { chat, topic: Some(topic) });
    let as_room = view.topics == Topics::Rooms && (view.links.has(&own) || !view.links.has(&whole));
    match as_room {
        true => Stands { chat: own, thread: None },
        // The line that opened the topic is the thread's root, not in it.
        false => Stands { chat: whole, thread: (topic != said.message_id).then(|| ids::told(chat, topic)) },
    }
}

/// Who wrote a message: a person, or a chat that speaks as itself (a channel, an anonymous administrator).
pub(crate) fn author(said: &Message, view: &View<'_>) -> Author {
    match (said.sender_chat.as_ref(), said.from.as_ref()) {
        (Some(chat), _) => Author::them(chat.id.to_string(), view.people.chat(chat)),
        (None, Some(user)) => person(user, view),
        // A channel's post of old, without a sender.
        (None, None) => Author::them(said.chat.id.to_string(), view.people.chat(&said.chat)),
    }
}

pub(crate) fn person(user: &User, view: &View<'_>) -> Author {
    match user.id == view.me {
        true => Author::Me,
        false => Author::them(user.id.to_string(), view.people.person(user)),
    }
}

/// The name under which somebody signed a post of a channel, or an anonymous administrator's title.
fn signed(said: &Message, view: &View<'_>) -> Option<UserInfo> {
    let signature = said.author_signature.as_deref().map(str::trim).filter(|name| !name.is_empty())?;
    let chat = said.sender_chat.as_ref()?;
    let mut look = view.people.chat(chat);
    look.name = format!("{} ({signature})", look.name);
    Some(look)
}

/// The message that is answered. In a topic every message answers the line that opened it, which says nothing.
fn answered(said: &Message, view: &View<'_>) -> Option<MessageId> {
    let answered = said.reply_to_message.as_ref()?;
    let chat = said.chat.id;
    if said.topic() == Some(answered.message_id) || answered.message_id <= 0 {
        return None;
    }
    if answered.chat.id != 0 && answered.chat.id != chat {
        return None;
    }
    Some(ids::told(chat, view.albums.first(chat, answered.message_id)))
}

#[cfg(test)]
mod tests;
