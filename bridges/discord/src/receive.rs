//! From what Discord tells to what the SDK stores. Pure: names, looks and places were found out before.

mod component;
mod embed;
mod parts;

use appservice_sdk::prelude::*;
use serenity::model::channel::MessageType;

pub(crate) use self::parts::Locator;
use crate::atlas::Place;
use crate::convert::Names;
use crate::look::Cdn;
use crate::wire::{self, Guild};
use crate::{ids, look};

/// `message_reference.type` of a forwarded message.
const FORWARD: u8 = 1;
/// The line that says how a poll ended; serenity does not know it.
const POLL_RESULT: u8 = 46;

/// What is known about the surroundings of an event.
pub(crate) struct View<'a> {
    pub(crate) place: Place,
    pub(crate) cdn: &'a look::Cdn,
    pub(crate) names: &'a dyn Names,
}

/// A message somebody wrote, who looks like `who` and, if it differs, like `profile` in this message alone.
/// `None`: there is nothing in it for people.
pub(crate) fn message(
    said: &wire::Message,
    view: &View<'_>,
    who: UserInfo,
    profile: Option<UserInfo>,
) -> Option<Incoming> {
    let author = said.author.as_ref()?;
    let parts = parts::of(said, view)?;
    let kind = said.kind.unwrap_or(MessageType::Regular);
    let (id, thread) = match (kind, view.place.thread) {
        // The line «X started a thread» stands for the thread's root, which is known by the thread's id.
        (MessageType::ThreadCreated, _) => (opened(said).unwrap_or_else(|| ids::told(said.id)), None),
        (_, Some(thread)) if thread.get() != said.id.get() => (ids::told(said.id), Some(ids::root(thread))),
        _ => (ids::told(said.id), None),
    };
    let what = What::Message { id, parts, reply_to: answered(said), thread, profile };
    let from = Author::them(author.id.to_string(), who);
    Some(Incoming::new(ids::chat(view.place.chat), from, said_at(said), what))
}

/// A message that now reads differently. Discord also sends updates when a preview is loaded, a thread opened or a
/// message pinned: those have no (new) time of editing and change no text.
pub(crate) fn edit(said: &wire::Message, view: &View<'_>, who: Option<UserInfo>) -> Option<Incoming> {
    let at = said.edited_timestamp?;
    said.content.as_ref()?;
    let parts = parts::of(said, view)?;
    let from = match (&said.author, who) {
        (Some(author), Some(who)) => Author::them(author.id.to_string(), who),
        _ => Author::Nobody,
    };
    let what = What::Edit { id: ids::told(said.id), parts };
    Some(Incoming::new(ids::chat(view.place.chat), from, Timestamp(at.timestamp_millis()), what))
}

/// Whether this update is the first time a program says what it thought about: it announced its answer to a command
/// with an empty message, which was not told.
pub(crate) fn answers_late(said: &wire::Message) -> bool {
    let command = matches!(said.kind, Some(MessageType::ChatInputCommand | MessageType::ContextMenuCommand));
    command && said.edited_timestamp.is_none() && !parts::is_thinking(said)
}

/// A message that is gone. Discord does not say who deleted it.
pub(crate) fn delete(id: serenity::model::id::MessageId, place: Place, now: Timestamp) -> Incoming {
    Incoming::new(ids::chat(place.chat), Author::Nobody, now, What::Delete { id: ids::told(id) })
}

/// A reaction that was put or taken away. Nobody in particular: everybody's (`REMOVE_EMOJI`, `REMOVE_ALL`); then an emoji
/// without a key means every emoji.
pub(crate) fn reaction(
    told: &wire::Reaction,
    emoji: Emoji,
    place: Place,
    who: Option<UserInfo>,
    on: bool,
    now: Timestamp,
) -> Incoming {
    let from = match (told.user_id, who) {
        (Some(user), Some(who)) => Author::them(user.to_string(), who),
        _ => Author::Nobody,
    };
    let what = What::React { id: ids::told(told.message_id), emoji, on };
    Incoming::new(ids::chat(place.chat), from, now, what)
}

/// The poll that this line says is over.
pub(crate) fn result_of(said: &wire::Message) -> Option<serenity::model::id::MessageId> {
    let result = said.kind == Some(MessageType::Unknown(POLL_RESULT));
    said.message_reference.as_ref().filter(|_| result)?.message_id
}

/// A poll takes no more votes. Told once, however often Discord says it.
pub(crate) fn poll_end(poll: serenity::model::id::MessageId, place: Place, now: Timestamp) -> Incoming {
    let what = What::PollEnd { poll: ids::told(poll) };
    Incoming::new(ids::chat(place.chat), Author::Nobody, now, what).with_key(format!("poll-end/{poll}"))
}

/// Somebody types.
pub(crate) fn typing(user: serenity::model::id::UserId, who: UserInfo, place: Place, now: Timestamp) -> Incoming {
    Incoming::new(ids::chat(place.chat), Author::them(user.to_string(), who), now, What::Typing { on: true })
}

/// Somebody looks different in a guild.
pub(crate) fn profile(
    user: serenity::model::id::UserId,
    who: UserInfo,
    guild: serenity::model::id::GuildId,
    now: Timestamp,
) -> Incoming {
    Incoming::new(ids::guild_chat(guild), Author::them(user.to_string(), who), now, What::Profile)
}

/// Who may come into the room of a channel now.
pub(crate) fn access(id: serenity::model::id::ChannelId, access: Access, now: Timestamp) -> Incoming {
    let delta = ChatDelta { access: Some(access), ..ChatDelta::default() };
    Incoming::new(ids::chat(id), Author::Nobody, now, What::Chat(delta))
}

/// A guild's name and picture.
pub(crate) fn guild(told: &Guild, cdn: &Cdn, now: Timestamp) -> Incoming {
    let delta = ChatDelta { name: told.name.clone(), avatar: cdn.icon(told), ..ChatDelta::default() };
    Incoming::new(ids::guild_chat(told.id), Author::Nobody, now, What::Chat(delta))
}

/// When a message was written.
pub(crate) fn said_at(said: &wire::Message) -> Timestamp {
    said.timestamp.map_or_else(|| ids::time(said.id.get()), |at| Timestamp(at.timestamp_millis()))
}

/// The thread that a line «X started a thread» is about.
fn opened(said: &wire::Message) -> Option<MessageId> {
    said.message_reference.as_ref()?.channel_id.map(ids::root)
}

/// The message that this one answers, if both stand in the same channel or thread.
fn answered(said: &wire::Message) -> Option<MessageId> {
    let reference = said.message_reference.as_ref()?;
    let here = reference.channel_id.is_none_or(|channel| channel == said.channel_id);
    let reply = matches!(said.kind, None | Some(MessageType::Regular | MessageType::InlineReply));
    let reply = reply && here && reference.kind != FORWARD;
    reference.message_id.filter(|_| reply).map(ids::told)
}

#[cfg(test)]
mod tests;
