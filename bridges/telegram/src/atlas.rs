//! The chats and topics the bot was seen in. The Bot API lists none, so each is remembered when it is first heard.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::config::Topics;
use crate::ids::{self, Place};
use crate::look;
use crate::wire::Chat;

/// Memory: a chat.
const CHAT: &str = "chat/";

/// A chat, as it is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) username: Option<String>,
    /// `group`, `supergroup` or `channel`.
    #[serde(default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) forum: bool,
    /// Topics by number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) topics: BTreeMap<i32, String>,
    /// The bot was put out of it.
    #[serde(default)]
    pub(crate) left: bool,
}

pub(crate) struct Atlas {
    topics: Topics,
    map: Mutex<HashMap<i64, Seen>>,
}

impl Atlas {
    /// Reads what is remembered.
    ///
    /// # Errors
    /// The bridge's database failed.
    pub(crate) async fn load(remote: &Remote, topics: Topics) -> Result<Self, StoreError> {
        let id = |key: String| key.strip_prefix(CHAT).and_then(|id| id.parse().ok());
        let all = remote.get_all::<Seen>(CHAT).await?;
        let map = all.into_iter().filter_map(|(key, seen)| Some((id(key)?, seen))).collect();
        Ok(Self { topics, map: Mutex::new(map) })
    }

    fn map(&self) -> MutexGuard<'_, HashMap<i64, Seen>> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a chat as a message shows it; adds what is new to the batch.
    pub(crate) fn meet(&self, told: &Chat, batch: &mut Batch) {
        if !ids::is_shared(told.id) {
            return;
        }
        let mut seen = self.map().get(&told.id).cloned().unwrap_or_default();
        seen.title = look::chat_name(told);
        seen.username = (*told.username).clone();
        // Messages of a forum say so; the absence in other objects says nothing.
        seen.forum |= told.is_forum.unwrap_or(false);
        if let Some(kind) = told.kind.as_ref() {
            seen.kind.clone_from(kind);
        }
        seen.left = false;
        self.keep(told.id, seen, batch);
    }

    /// Takes in a topic, with its name if that is known.
    pub(crate) fn topic(&self, chat: i64, topic: i32, name: Option<&str>, batch: &mut Batch) {
        let Some(mut seen) = self.map().get(&chat).cloned() else { return };
        seen.forum = true;
        match (seen.topics.get_mut(&topic), name) {
            (Some(known), Some(name)) => name.clone_into(known),
            (Some(_), None) => {}
            (None, name) => {
                seen.topics.insert(topic, name.map_or_else(|| format!("Topic {topic}"), str::to_owned));
            }
        }
        self.keep(chat, seen, batch);
    }

    /// The bot is not in this chat any more.
    pub(crate) fn left(&self, chat: i64, batch: &mut Batch) {
        let seen = self.map().get(&chat).cloned();
        if let Some(seen) = seen {
            self.keep(chat, Seen { left: true, ..seen }, batch);
        }
    }

    /// The chat is now known under another number.
    pub(crate) fn moved(&self, from: i64, to: i64, batch: &mut Batch) {
        let seen = self.map().remove(&from);
        if let Some(seen) = seen {
            batch.memory.push((format!("{CHAT}{from}"), None));
            self.keep(to, seen, batch);
        }
    }

    fn keep(&self, chat: i64, seen: Seen, batch: &mut Batch) {
        if self.map().get(&chat) == Some(&seen) {
            return;
        }
        batch.memory.push((format!("{CHAT}{chat}"), serde_json::to_value(&seen).ok()));
        if !seen.left {
            batch.events.extend(found(chat, &seen, self.topics));
        }
        self.map().insert(chat, seen);
    }

    /// Everything that is known, as it is told at the start.
    pub(crate) fn found(&self) -> Vec<Incoming> {
        let map = self.map();
        map.iter().filter(|(_, seen)| !seen.left).flat_map(|(chat, seen)| found(*chat, seen, self.topics)).collect()
    }

    /// Everything that can be linked.
    pub(crate) fn chats(&self) -> Vec<(ChatId, ChatInfo)> {
        let told = |incoming: Incoming| match incoming.what {
            What::Found(info) if info.kind == ChatKind::Room => Some((incoming.chat, info)),
            _ => None,
        };
        self.found().into_iter().filter_map(told).collect()
    }

    /// Whether this is a supergroup without topics, as far as is known.
    pub(crate) fn is_plain_supergroup(&self, chat: i64) -> bool {
        self.map().get(&chat).is_some_and(|seen| seen.kind == "supergroup" && !seen.forum)
    }

    pub(crate) fn is_forum(&self, chat: i64) -> bool {
        self.map().get(&chat).is_some_and(|seen| seen.forum)
    }

    pub(crate) fn topic_name(&self, chat: i64, topic: i32) -> Option<String> {
        self.map().get(&chat)?.topics.get(&topic).cloned()
    }

    /// The chats of the SDK that a chat of Telegram may be: itself and its topics.
    pub(crate) fn places(&self, chat: i64) -> Vec<ChatId> {
        let topics: Vec<i32> =
            self.map().get(&chat).map(|seen| seen.topics.keys().copied().collect()).unwrap_or_default();
        let topics = topics.into_iter().map(|topic| ids::chat(Place { chat, topic: Some(topic) }));
        std::iter::once(ids::whole(chat)).chain(topics).collect()
    }
}

/// What a chat and its topics are in the SDK's words.
fn found(chat: i64, seen: &Seen, topics: Topics) -> Vec<Incoming> {
    let told = |id: ChatId, info: ChatInfo| Incoming::new(id, Author::Nobody, Timestamp::now(), What::Found(info));
    let parted = seen.forum && topics == Topics::Rooms;
    let mut all = Vec::new();
    if parted {
        let space = ChatInfo { kind: ChatKind::Space, ..info(chat, seen, None, false) };
        all.push(told(ids::forum(chat), space));
    }
    all.push(told(ids::whole(chat), info(chat, seen, None, parted)));
    if parted {
        let place = |topic| ids::chat(Place { chat, topic: Some(topic) });
        all.extend(
            seen.topics.iter().map(|(topic, name)| told(place(*topic), info(chat, seen, Some((*topic, name)), true))),
        );
    }
    all
}

/// How a chat or topic looks, as far as messages tell.
pub(crate) fn info(chat: i64, seen: &Seen, topic: Option<(i32, &str)>, parted: bool) -> ChatInfo {
    let place = Place { chat, topic: topic.map(|(topic, _)| topic) };
    ChatInfo {
        name: Some(topic.map_or_else(|| seen.title.clone(), |(_, name)| name.to_owned())),
        parent: parted.then(|| ids::forum(chat)),
        access: match (seen.username.is_some(), parted) {
            // Whoever knows the public name may read it there, too.
            (true, _) => Access::Anybody,
            // All members of a forum see all its topics.
            (false, true) => Access::Container,
            (false, false) => Access::Invited,
        },
        link: ids::link(place, seen.username.as_deref()),
        ..ChatInfo::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atlas(topics: Topics) -> Atlas {
        Atlas { topics, map: Mutex::default() }
    }

    fn chat(value: serde_json::Value) -> Chat {
        serde_json::from_value(value).unwrap()
    }

    fn ids_of(batch: &Batch) -> Vec<String> {
        batch.events.iter().map(|event| event.chat.to_string()).collect()
    }

    #[test]
    fn a_group_is_told_once_until_it_changes() {
        let atlas = atlas(Topics::Rooms);
        let group = chat(serde_json::json!({"id": -5, "type": "group", "title": "Harbour"}));
        let mut batch = Batch::new();
        atlas.meet(&group, &mut batch);
        atlas.meet(&group, &mut batch);
        assert_eq!(ids_of(&batch), ["-5"]);
        let What::Found(info) = &batch.events[0].what else { panic!() };
        assert_eq!((info.name.as_deref(), info.access), (Some("Harbour"), Access::Invited));
        let mut batch = Batch::new();
        atlas.meet(&chat(serde_json::json!({"id": 9, "type": "private"})), &mut batch);
        assert!(batch.events.is_empty() && batch.memory.is_empty(), "conversations are nobody else's affair");
    }

    #[test]
    fn a_forum_is_a_space_with_a_room_per_topic_or_one_room() {
        let forum = chat(serde_json::json!({"id": -1001, "title": "F", "is_forum": true, "username": "eff"}));
        for (topics, wanted) in
            [(Topics::Rooms, vec!["forum:-1001", "-1001", "-1001/7"]), (Topics::Threads, vec!["-1001"])]
        {
            let atlas = atlas(topics);
            let mut batch = Batch::new();
            atlas.meet(&forum, &mut batch);
            let mut batch = Batch::new();
            atlas.topic(-1001, 7, Some("Boats"), &mut batch);
            assert_eq!(ids_of(&batch), wanted);
            let What::Found(info) = &batch.events[batch.events.len() - 1].what else { panic!() };
            assert_eq!(info.access, Access::Anybody);
            assert_eq!(info.name.as_deref(), Some(if topics == Topics::Rooms { "Boats" } else { "F" }));
        }
    }
}
