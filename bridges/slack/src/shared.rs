//! What the two halves of a connected session have in common: the feed that takes in what Slack tells and the session
//! that writes to it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use appservice_sdk::prelude::{ChatId, Emoji, Remote};
use serde_json::Value;

use crate::api::Api;
use crate::atlas::{Atlas, Custom};
use crate::config::Config;
use crate::convert::Names;
use crate::convert::emoji;
use crate::ids;
use crate::login::Me;
use crate::wire::Message;

/// Shares and deletions of our own that are remembered.
const RECENT: usize = 512;

pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) api: Arc<Api>,
    pub(crate) remote: Remote,
    pub(crate) atlas: Atlas,
    pub(crate) me: Me,
    /// Files of ours that were seen in a channel: channel, file, message.
    pub(crate) shares: Recent<(String, String, String)>,
    /// What we deleted ourselves (channel, message): Slack tells it back like anybody's deletion.
    pub(crate) erased: Recent<(String, String)>,
}

impl Shared {
    /// Whether the bridge itself wrote a message.
    pub(crate) fn wrote(&self, said: &Message) -> bool {
        said.bot_id.as_deref() == Some(&self.me.bot) || said.user.as_deref() == Some(&self.me.user)
    }

    /// The linked channels.
    pub(crate) fn linked(&self) -> Vec<ChatId> {
        self.remote.chats().into_iter().map(|linked| linked.chat).filter(ids::is_channel).collect()
    }

    /// The workspace as a chat.
    pub(crate) fn team(&self) -> ChatId {
        ChatId::new(&self.me.team)
    }

    /// A reaction's emoji in the SDK's words.
    pub(crate) fn emoji(&self, name: &str) -> Emoji {
        match self.atlas.emoji(name) {
            Custom::Picture { name: original, url } => {
                Emoji { key: original, name: Some(name.to_owned()), image: Some(url) }
            }
            Custom::Standard(standard) => standard_emoji(&standard),
            Custom::Unknown => standard_emoji(name),
        }
    }
}

fn standard_emoji(name: &str) -> Emoji {
    match emoji::character(name) {
        Some(character) => Emoji::unicode(character),
        None => Emoji { key: name.to_owned(), name: Some(name.to_owned()), image: None },
    }
}

/// A short memory: the newest things, the oldest forgotten first.
pub(crate) struct Recent<T>(Mutex<VecDeque<T>>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone + PartialEq> Recent<T> {
    pub(crate) fn push(&self, value: T) {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if values.contains(&value) {
            return;
        }
        if values.len() >= RECENT {
            values.pop_front();
        }
        values.push_back(value);
    }

    /// The newest for which this is true.
    pub(crate) fn find(&self, wanted: impl Fn(&T) -> bool) -> Option<T> {
        let values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        values.iter().rev().find(|value| wanted(value)).cloned()
    }
}

impl Names for Shared {
    fn user(&self, id: &str) -> Option<String> {
        self.atlas.name_of(id)
    }

    fn channel(&self, id: &str) -> Option<String> {
        self.atlas.channel_name(id)
    }

    fn group(&self, id: &str) -> Option<String> {
        self.atlas.group_name(id)
    }

    fn custom(&self, name: &str) -> Custom {
        self.atlas.emoji(name)
    }
}

/// What a text speaks of: ids that have to be known before it is read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) users: Vec<String>,
    pub(crate) channels: Vec<String>,
    pub(crate) groups: bool,
}

impl Spoken {
    /// Looks through anything Slack says.
    pub(crate) fn of(value: &Value) -> Self {
        let mut found = Self::default();
        found.look(value, 0);
        found
    }

    fn look(&mut self, value: &Value, depth: usize) {
        const DEEPEST: usize = 40;
        match value {
            _ if depth > DEEPEST => {}
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().for_each(|item| self.look(item, depth + 1)),
            Value::Object(fields) => {
                for (key, value) in fields {
                    match (key.as_str(), value) {
                        ("user_id", Value::String(id)) => add(&mut self.users, id),
                        ("channel_id", Value::String(id)) => add(&mut self.channels, id),
                        ("usergroup_id", _) => self.groups = true,
                        _ => self.look(value, depth + 1),
                    }
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        for piece in text.split('<').skip(1) {
            let inner = piece.split(['>', '|']).next().unwrap_or_default();
            if let Some(id) = inner.strip_prefix('@') {
                add(&mut self.users, id);
            } else if let Some(id) = inner.strip_prefix('#') {
                add(&mut self.channels, id);
            } else if inner.starts_with("!subteam") {
                self.groups = true;
            }
        }
    }
}

fn add(list: &mut Vec<String>, id: &str) {
    /// More names than this are not looked up for one message.
    const MOST: usize = 50;
    let plain = id.len() > 1 && id.chars().all(|letter| letter.is_ascii_alphanumeric());
    if plain && list.len() < MOST && !list.iter().any(|known| known == id) {
        list.push(id.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everybody_a_message_speaks_of_is_found() {
        let said = json!({
            "text": "hi <@U1> and <@U2|bob> in <#C1|general>, <!subteam^S1>, a < b, <@>",
            "blocks": [{"elements": [{"type": "user", "user_id": "U3"}, {"type": "channel", "channel_id": "C2"}]}],
        });
        let found = Spoken::of(&said);
        assert_eq!(found.channels, ["C2", "C1"]);
        let mut users = found.users;
        users.sort();
        assert_eq!((users, found.groups), (vec!["U1".to_owned(), "U2".into(), "U3".into()], true));
    }
}
