//! Who was told to have power in which chat, so that only what changes is told.
//!
//! Most people have none, and nothing is kept of them. What is kept outlives the process: whoever lost their role while
//! it was down loses their power at their next word, or with the next change of a role.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use appservice_sdk::prelude::*;
use serenity::model::id::{ChannelId, UserId};

use crate::ids;

/// Memory: the level of somebody in a chat, above 0.
const POWER: &str = "power/";

#[derive(Default)]
pub(crate) struct Powers(Mutex<HashMap<(ChannelId, UserId), i64>>);

impl Powers {
    /// Reads what is remembered.
    ///
    /// # Errors
    /// The bridge's database failed.
    pub(crate) async fn load(remote: &Remote) -> Result<Self, StoreError> {
        let kept = remote.get_all::<i64>(POWER).await?.into_iter();
        let levels = kept.filter_map(|(key, level)| {
            let (chat, user) = key.strip_prefix(POWER)?.split_once('/')?;
            Some(((chat.parse().ok()?, user.parse().ok()?), level))
        });
        Ok(Self(Mutex::new(levels.collect())))
    }

    fn levels(&self) -> MutexGuard<'_, HashMap<(ChannelId, UserId), i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody's level in a chat is news.
    pub(crate) fn changes(&self, chat: ChannelId, user: UserId, level: i64) -> bool {
        let mut levels = self.levels();
        let before = match level {
            0 => levels.remove(&(chat, user)),
            _ => levels.insert((chat, user), level),
        };
        before.unwrap_or(0) != level
    }

    /// Whoever has power in a chat.
    pub(crate) fn holders(&self, chat: ChannelId) -> Vec<UserId> {
        self.levels().keys().filter(|(there, _)| *there == chat).map(|(_, user)| *user).collect()
    }

    /// A chat is no longer bridged.
    pub(crate) fn forget(&self, chat: ChannelId, mut batch: Batch) -> Batch {
        for user in self.holders(chat) {
            self.levels().remove(&(chat, user));
            batch = batch.forget(format!("{POWER}{chat}/{user}"));
        }
        batch
    }
}

/// What has to be remembered together with these events.
pub(crate) fn remember(mut batch: Batch) -> Batch {
    let told = |event: &Incoming| match (&event.what, &event.from) {
        (What::Power { level }, Author::Them(user, _)) => {
            let key = format!("{POWER}{}/{user}", event.chat);
            ids::channel(&event.chat).map(|_| (key, (*level != 0).then(|| (*level).into())))
        }
        _ => None,
    };
    let kept: Vec<_> = batch.events.iter().filter_map(told).collect();
    batch.memory.extend(kept);
    batch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_told_and_nothing_is_kept_of_those_without_power() {
        let powers = Powers::default();
        let (chat, ann) = (ChannelId::new(1), UserId::new(2));
        assert!(!powers.changes(chat, ann, 0));
        assert!(powers.changes(chat, ann, 50));
        assert!(!powers.changes(chat, ann, 50));
        assert_eq!(powers.holders(chat), [ann]);
        assert!(powers.changes(chat, ann, 0));
        assert!(powers.holders(chat).is_empty());
    }

    #[test]
    fn a_level_is_remembered_with_its_event() {
        let event =
            |level| Incoming::new("1", Author::them("2", UserInfo::named("Ann")), Timestamp(0), What::Power { level });
        let memory = remember(Batch::new().emit(event(50)).emit(event(0))).memory;
        assert_eq!(memory, [("power/1/2".to_owned(), Some(50.into())), ("power/1/2".to_owned(), None)]);
    }
}
