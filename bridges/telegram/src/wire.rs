//! What Telegram says, as far as the bridge reads it. <https://core.telegram.org/bots/api#available-types>
//!
//! Ids, entities and reactions are teloxide's. The rest is read leniently instead: teloxide refuses a whole message for
//! one field that is missing or one kind of entity it does not know, and then that message would be lost.

mod message;

use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use teloxide::types::ReactionType;

pub(crate) use self::message::*;

/// A field that is absent when it cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Maybe<T>(Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Deref for Maybe<T> {
    type Target = Option<T>;
    fn deref(&self) -> &Option<T> {
        &self.0
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(Self(serde_json::from_value(value).ok()))
    }
}

/// A list without the elements that cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Each<T>(Vec<T>);

impl<T> Default for Each<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for Each<T> {
    type Target = Vec<T>;
    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Each<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let Value::Array(all) = value else { return Ok(Self::default()) };
        Ok(Self(all.into_iter().filter_map(|one| serde_json::from_value(one).ok()).collect()))
    }
}

/// The bot itself.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Me {
    pub(crate) id: i64,
    #[serde(default)]
    pub(crate) username: Maybe<String>,
    #[serde(default)]
    pub(crate) can_read_all_group_messages: Maybe<bool>,
}

/// Somebody.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) is_bot: Maybe<bool>,
    pub(crate) first_name: Maybe<String>,
    pub(crate) last_name: Maybe<String>,
    pub(crate) username: Maybe<String>,
}

/// A chat, from a message or whole from `getChat`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Chat {
    pub(crate) id: i64,
    #[serde(rename = "type")]
    pub(crate) kind: Maybe<String>,
    pub(crate) title: Maybe<String>,
    pub(crate) username: Maybe<String>,
    pub(crate) first_name: Maybe<String>,
    pub(crate) last_name: Maybe<String>,
    pub(crate) is_forum: Maybe<bool>,
    pub(crate) photo: Maybe<ChatPhoto>,
    pub(crate) description: Maybe<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChatPhoto {
    pub(crate) big_file_id: String,
    pub(crate) big_file_unique_id: String,
}

/// Somebody's place in a chat.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Member {
    pub(crate) user: User,
    pub(crate) status: String,
    pub(crate) is_member: Maybe<bool>,
    pub(crate) can_delete_messages: Maybe<bool>,
    pub(crate) can_restrict_members: Maybe<bool>,
    pub(crate) can_pin_messages: Maybe<bool>,
    pub(crate) can_change_info: Maybe<bool>,
    pub(crate) can_edit_messages: Maybe<bool>,
    pub(crate) can_post_messages: Maybe<bool>,
}

impl Member {
    /// Whether they are in the chat.
    pub(crate) fn is_in(&self) -> bool {
        match self.status.as_str() {
            "left" | "kicked" => false,
            "restricted" => self.is_member.unwrap_or(true),
            _ => true,
        }
    }

    pub(crate) fn is_admin(&self) -> bool {
        matches!(self.status.as_str(), "creator" | "administrator")
    }
}

/// Somebody's place in a chat changed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MemberUpdate {
    pub(crate) chat: Chat,
    pub(crate) from: Maybe<User>,
    pub(crate) date: i64,
    pub(crate) old_chat_member: Member,
    pub(crate) new_chat_member: Member,
}

/// Somebody's reactions to a message changed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReactionUpdate {
    pub(crate) chat: Chat,
    pub(crate) message_id: i32,
    pub(crate) user: Maybe<User>,
    pub(crate) actor_chat: Maybe<Chat>,
    pub(crate) date: i64,
    pub(crate) old_reaction: Each<ReactionType>,
    pub(crate) new_reaction: Each<ReactionType>,
}

/// How often a message got each reaction, where nobody is told who reacts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReactionCounts {
    pub(crate) chat: Chat,
    pub(crate) message_id: i32,
    pub(crate) date: i64,
    pub(crate) reactions: Each<ReactionCount>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ReactionCount {
    #[serde(rename = "type")]
    pub(crate) kind: ReactionType,
    pub(crate) total_count: u64,
}

/// Somebody voted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    pub(crate) poll_id: String,
    pub(crate) voter_chat: Maybe<Chat>,
    pub(crate) user: Maybe<User>,
    pub(crate) option_ids: Each<usize>,
}

/// A file ready to be read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct File {
    pub(crate) file_size: Maybe<u64>,
    pub(crate) file_path: Maybe<String>,
}

/// Pictures somebody chose for themselves, newest first, each in several sizes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Photos {
    pub(crate) photos: Vec<Each<Photo>>,
}

/// One of the things that can have happened.
#[derive(Clone, Debug)]
pub(crate) enum Happened {
    Said(Message),
    Edited(Message),
    Reacted(ReactionUpdate),
    Counted(ReactionCounts),
    Poll(Poll),
    Voted(Answer),
    Joined(MemberUpdate),
    /// The bot's own place in a chat changed.
    Me(MemberUpdate),
}

/// What the bridge asks to be told.
pub(crate) const ALLOWED: [&str; 10] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "message_reaction",
    "message_reaction_count",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
];

/// The number of an update.
pub(crate) fn update_id(update: &Value) -> Option<i64> {
    update.get("update_id")?.as_i64()
}

/// What an update says; `None` for a kind the bridge has no use for, or one that cannot be read.
pub(crate) fn happened(update: &Value) -> Option<Happened> {
    fn read<T: DeserializeOwned>(value: &Value, kind: &str) -> Option<T> {
        match T::deserialize(value) {
            Ok(read) => Some(read),
            Err(error) => {
                tracing::warn!(kind, %error, "an update of Telegram could not be read");
                None
            }
        }
    }
    let (kind, value) = update.as_object()?.iter().find(|(kind, _)| ALLOWED.contains(&kind.as_str()))?;
    Some(match kind.as_str() {
        "message" | "channel_post" => Happened::Said(read(value, kind)?),
        "edited_message" | "edited_channel_post" => Happened::Edited(read(value, kind)?),
        "message_reaction" => Happened::Reacted(read(value, kind)?),
        "message_reaction_count" => Happened::Counted(read(value, kind)?),
        "poll" => Happened::Poll(read(value, kind)?),
        "poll_answer" => Happened::Voted(read(value, kind)?),
        "my_chat_member" => Happened::Me(read(value, kind)?),
        _ => Happened::Joined(read(value, kind)?),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_strange_field_does_not_lose_the_message() {
        let update = json!({"update_id": 5, "message": {
            "message_id": 7, "date": 1, "chat": {"id": -5, "type": 3}, "from": {"id": 9, "first_name": {}},
            "text": "hi", "entities": [{"type": "from_the_future", "offset": 0, "length": 1},
                {"type": "bold", "offset": 0, "length": 2}], "photo": "no list",
        }});
        let Some(Happened::Said(said)) = happened(&update) else { panic!() };
        assert_eq!((said.message_id, said.chat.id, said.text.as_deref()), (7, -5, Some("hi")));
        assert_eq!(said.entities.len(), 1);
        assert_eq!(said.from.as_ref().map(|from| from.id), Some(9));
    }

    #[test]
    fn unknown_kinds_are_ignored() {
        for update in [json!({"update_id": 1, "purchase": {}}), json!({"update_id": 1}), json!(null), json!([])] {
            assert!(happened(&update).is_none());
        }
        assert!(happened(&json!({"update_id": 1, "message": "text"})).is_none());
    }
}
