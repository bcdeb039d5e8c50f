//! What was last known of the newest messages of each chat, so that a new session can be compared with it: history holds
//! messages as they are now, but not what happened to them.
//!
//! Fifty messages a chat, without those of threads.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use appservice_sdk::prelude::{Batch, Remote, StoreError};
use serde::{Deserialize, Serialize};
use serenity::model::id::{ChannelId, MessageId, UserId};

use crate::wire::{Counted, Emoji, Message};

/// Memory: the window of a chat.
const WINDOW: &str = "window/";
/// Messages of a chat that are remembered.
const KEPT: usize = 50;

/// A message as it was last known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Last {
    /// When it was edited, in milliseconds; 0 is never.
    #[serde(default, skip_serializing_if = "is_never")]
    pub(super) edited: i64,
    /// Who wrote it, if that was a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) author: Option<UserId>,
    /// How many people, without the bot, put each emoji.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) reactions: BTreeMap<String, u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_never(edited: &i64) -> bool {
    *edited == 0
}

/// The newest messages of a chat, by id.
pub(super) type Window = BTreeMap<MessageId, Last>;

#[derive(Default)]
pub(crate) struct Windows(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    chats: HashMap<ChannelId, Window>,
    /// What changed since it was stored.
    fresh: Vec<ChannelId>,
}

impl Windows {
    /// Reads what is remembered.
    ///
    /// # Errors
    /// The bridge's database failed.
    pub(crate) async fn load(remote: &Remote) -> Result<Self, StoreError> {
        let kept = remote.get_all::<Window>(WINDOW).await?.into_iter();
        let chats = kept.filter_map(|(key, window)| Some((key.strip_prefix(WINDOW)?.parse().ok()?, window)));
        Ok(Self(Mutex::new(Kept { chats: chats.collect(), fresh: Vec::new() })))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, chat: ChannelId, change: impl FnOnce(&mut Window)) {
        let mut kept = self.kept();
        change(kept.chats.entry(chat).or_default());
        if !kept.fresh.contains(&chat) {
            kept.fresh.push(chat);
        }
    }

    /// Somebody said something, or it was read from history.
    pub(crate) fn said(&self, chat: ChannelId, said: &Message) {
        let person = said.author.as_ref().filter(|author| said.webhook_id.is_none() && !author.bot);
        let last = Last {
            edited: edited(said),
            author: person.map(|author| author.id),
            reactions: said.reactions.iter().filter_map(count).collect(),
        };
        self.change(chat, |window| {
            window.insert(said.id, last);
            while window.len() > KEPT {
                window.pop_first();
            }
        });
    }

    /// A message was edited, by whomever.
    pub(crate) fn edited(&self, chat: ChannelId, said: &Message) {
        self.update(chat, said.id, |last| last.edited = last.edited.max(edited(said)));
    }

    /// Messages are gone.
    pub(crate) fn deleted(&self, chat: ChannelId, ids: &[MessageId]) {
        if self.kept().chats.get(&chat).is_some_and(|window| ids.iter().any(|id| window.contains_key(id))) {
            self.change(chat, |window| window.retain(|id, _| !ids.contains(id)));
        }
    }

    /// Somebody put a reaction or took it back; no emoji: all were taken.
    pub(crate) fn reacted(&self, chat: ChannelId, message: MessageId, emoji: Option<&Emoji>, on: bool, one: bool) {
        self.update(chat, message, |last| match emoji.and_then(key) {
            Some(key) if on => *last.reactions.entry(key).or_default() += 1,
            Some(key) => {
                let left = last.reactions.get(&key).map_or(0, |count| count.saturating_sub(1));
                if left == 0 || !one {
                    last.reactions.remove(&key);
                } else {
                    last.reactions.insert(key, left);
                }
            }
            None => last.reactions.clear(),
        });
    }

    fn update(&self, chat: ChannelId, message: MessageId, update: impl FnOnce(&mut Last)) {
        if self.kept().chats.get(&chat).is_some_and(|window| window.contains_key(&message)) {
            self.change(chat, |window| {
                window.entry(message).and_modify(update);
            });
        }
    }

    /// What is known of a chat.
    pub(super) fn of(&self, chat: ChannelId) -> Window {
        self.kept().chats.get(&chat).cloned().unwrap_or_default()
    }

    /// A chat is no longer bridged.
    pub(crate) fn forget(&self, chat: ChannelId, batch: Batch) -> Batch {
        let mut kept = self.kept();
        kept.chats.remove(&chat);
        kept.fresh.retain(|fresh| *fresh != chat);
        batch.forget(format!("{WINDOW}{chat}"))
    }

    /// Whatever changed since it was stored is stored with this.
    pub(crate) fn remember(&self, mut batch: Batch) -> Batch {
        let mut kept = self.kept();
        for chat in std::mem::take(&mut kept.fresh) {
            if let Some(window) = kept.chats.get(&chat) {
                batch = batch.put(format!("{WINDOW}{chat}"), window);
            }
        }
        batch
    }
}

/// When a message was edited, in milliseconds; 0 is never.
pub(super) fn edited(said: &Message) -> i64 {
    said.edited_timestamp.map_or(0, |at| at.timestamp_millis())
}

/// What an emoji is counted by: as it is written in an address.
pub(super) fn key(emoji: &Emoji) -> Option<String> {
    let name = emoji.name.clone().unwrap_or_default();
    match emoji.id {
        Some(id) => Some(format!("{name}:{id}")),
        None => Some(name).filter(|name| !name.is_empty()),
    }
}

/// How many people put an emoji, without the bot.
pub(super) fn count(counted: &Counted) -> Option<(String, u64)> {
    let people = counted.count.saturating_sub(u64::from(counted.me));
    key(&counted.emoji).filter(|_| people > 0).map(|key| (key, people))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(id: u64) -> Message {
        let value = json!({"id": id.to_string(), "channel_id": "1", "author": {"id": "3"}});
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_window_keeps_the_newest_and_is_stored_when_it_changed() {
        let (windows, chat) = (Windows::default(), ChannelId::new(1));
        (1..=200).for_each(|id| windows.said(chat, &said(id)));
        let window = windows.of(chat);
        assert_eq!((window.len(), window.first_key_value().map(|(id, _)| id.get())), (KEPT, Some(151)));
        assert_eq!(windows.remember(Batch::new()).memory.len(), 1);
        assert!(windows.remember(Batch::new()).memory.is_empty());
        windows.deleted(chat, &[MessageId::new(7)]);
        assert!(windows.remember(Batch::new()).memory.is_empty(), "what is not known cannot be deleted");
        windows.deleted(chat, &[MessageId::new(200)]);
        let stored = windows.remember(Batch::new()).memory.remove(0).1.unwrap();
        let read: Window = serde_json::from_value(stored).unwrap();
        assert_eq!(read, windows.of(chat));
    }

    #[test]
    fn reactions_are_counted() {
        let (windows, chat, id) = (Windows::default(), ChannelId::new(1), MessageId::new(5));
        windows.said(chat, &said(5));
        let cake: Emoji = serde_json::from_value(json!({"name": "🎂"})).unwrap();
        let counts = || windows.of(chat)[&id].reactions.get("🎂").copied();
        windows.reacted(chat, id, Some(&cake), true, true);
        windows.reacted(chat, id, Some(&cake), true, true);
        windows.reacted(chat, id, Some(&cake), false, true);
        assert_eq!(counts(), Some(1));
        windows.reacted(chat, id, None, false, false);
        assert_eq!(counts(), None);
    }
}
