//! Messages about the chat rather than in it: members, title, picture, pins, topics, the move to a supergroup.

use appservice_sdk::content::Inline;
use appservice_sdk::prelude::*;

use super::{View, author, person, place};
use crate::config::Topics;
use crate::ids::{self, Place};
use crate::look::largest;
use crate::wire::Message;

/// What happened to the chat; `None` for an ordinary message. The move to a supergroup is the feed's affair.
pub(super) fn of(said: &Message, view: &View<'_>) -> Option<Vec<Incoming>> {
    let at = Timestamp::from_secs(said.date);
    let key = |nth: usize| format!("s:{}:{}:{nth}", said.chat.id, said.message_id);
    let event =
        |chat: ChatId, from: Author, nth: usize, what: What| Incoming::new(chat, from, at, what).with_key(key(nth));
    if !said.new_chat_members.is_empty() {
        let joined = said.new_chat_members.iter().enumerate().filter(|(_, user)| user.id != view.me);
        let joined = joined
            .map(|(nth, user)| event(ids::whole(said.chat.id), person(user, view), nth, What::Member { joined: true }));
        return Some(joined.collect());
    }
    if let Some(user) = said.left_chat_member.as_ref() {
        let left = event(ids::whole(said.chat.id), person(user, view), 0, What::Member { joined: false });
        return Some(if user.id == view.me { Vec::new() } else { vec![left] });
    }
    if let Some(pinned) = said.pinned_message.as_ref() {
        let id = ids::told(said.chat.id, view.albums.first(said.chat.id, pinned.message_id));
        return Some(vec![event(place(said, view).chat, author(said, view), 0, What::Pin { id, on: true })]);
    }
    if let Some(delta) = delta(said) {
        let mut chats = vec![ids::whole(said.chat.id)];
        if said.chat.is_forum.unwrap_or(false) && view.topics == Topics::Rooms {
            chats.push(ids::forum(said.chat.id));
        }
        let told = chats.into_iter().enumerate();
        return Some(told.map(|(nth, chat)| event(chat, author(said, view), nth, What::Chat(delta.clone()))).collect());
    }
    if let Some(topic) = said.forum_topic_edited.as_ref() {
        let own = said.topic().map(|topic| ids::chat(Place { chat: said.chat.id, topic: Some(topic) }));
        let named = own.zip((*topic.name).clone()).filter(|_| view.topics == Topics::Rooms);
        let delta = |name| What::Chat(ChatDelta { name: Some(name), ..ChatDelta::default() });
        return Some(named.into_iter().map(|(chat, name)| event(chat, author(said, view), 0, delta(name))).collect());
    }
    notice(said, view)
}

fn delta(said: &Message) -> Option<ChatDelta> {
    if let Some(title) = said.new_chat_title.as_ref() {
        return Some(ChatDelta { name: Some(title.clone()), ..ChatDelta::default() });
    }
    let photo = largest(&said.new_chat_photo)?;
    let mut avatar = MediaRef::remote(photo.file_id.clone()).with_id(photo.file_unique_id.clone());
    avatar.mime = Some("image/jpeg".to_owned());
    Some(ChatDelta { avatar: Some(avatar), ..ChatDelta::default() })
}

/// What is worth a line. The line about a new topic is also the root of its thread.
fn notice(said: &Message, view: &View<'_>) -> Option<Vec<Incoming>> {
    let text = match () {
        () if said.migrate_to_chat_id.is_some() || said.migrate_from_chat_id.is_some() => return Some(Vec::new()),
        () if said.forum_topic_created.is_some() => {
            if (place(said, view).chat) != ids::whole(said.chat.id) {
                return Some(Vec::new());
            }
            let name = said.forum_topic_created.as_ref().and_then(|topic| (*topic.name).clone()).unwrap_or_default();
            format!("New topic: {name}")
        }
        () if said.forum_topic_closed.is_some() => "The topic was closed on Telegram.".to_owned(),
        () if said.forum_topic_reopened.is_some() => "The topic was opened again on Telegram.".to_owned(),
        () if said.video_chat_started.is_some() => "A video chat began on Telegram.".to_owned(),
        () if said.video_chat_ended.is_some() => "The video chat on Telegram is over.".to_owned(),
        () if said.video_chat_scheduled.is_some() => "A video chat was announced on Telegram.".to_owned(),
        () => return None,
    };
    let part = Part::Notice(Doc::paragraph(vec![Inline::text(text)]));
    Some(vec![super::told(said, vec![part], view)])
}
