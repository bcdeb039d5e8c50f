//! Telegram's ids in the SDK's words.
//!
//! - A chat is its number: `-1001234` (supergroup, channel), `-1234` (basic group), `1234` (private conversation).
//! - A topic of a forum is `-1001234/56`; the topic «General» is the group's own number.
//! - The space around a forum's rooms is `forum:-1001234`.
//! - A message is its number; in a basic group with a `g` before it. A basic group that becomes a supergroup counts its
//!   messages anew, and so the old ones never get in the way of the new ones.
//! - A person is their number; a chat that speaks (a channel, an anonymous administrator) is the chat's number.

use appservice_sdk::prelude::{ChatId, MessageId, RemoteUserId};

const FORUM: &str = "forum:";
/// Supergroups and channels have the numbers from here downwards.
const SUPER: i64 = -1_000_000_000_000;

/// A chat, or one topic of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) chat: i64,
    pub(crate) topic: Option<i32>,
}

/// What a chat of the SDK is over there; `None` for a forum's space or nonsense.
pub(crate) fn place(chat: &ChatId) -> Option<Place> {
    let (chat, topic) = match chat.as_str().split_once('/') {
        Some((chat, topic)) => (chat, Some(topic.parse().ok().filter(|topic| *topic > 0)?)),
        None => (chat.as_str(), None),
    };
    Some(Place { chat: chat.parse().ok().filter(|chat| *chat != 0)?, topic })
}

pub(crate) fn chat(place: Place) -> ChatId {
    ChatId::new(match place.topic {
        Some(topic) => format!("{}/{topic}", place.chat),
        None => place.chat.to_string(),
    })
}

/// A chat without its topics.
pub(crate) fn whole(chat: i64) -> ChatId {
    ChatId::new(chat.to_string())
}

/// The space of a forum.
pub(crate) fn forum(chat: i64) -> ChatId {
    ChatId::new(format!("{FORUM}{chat}"))
}

/// The group behind the space of a forum.
pub(crate) fn of_forum(chat: &ChatId) -> Option<i64> {
    chat.as_str().strip_prefix(FORUM)?.parse().ok()
}

/// Whether messages of this chat are numbered anew when it becomes a supergroup.
pub(crate) fn is_basic(chat: i64) -> bool {
    chat < 0 && chat > SUPER
}

/// Whether this is a supergroup or a channel.
fn is_super(chat: i64) -> bool {
    chat <= SUPER
}

/// Whether this is a group or a channel rather than somebody.
pub(crate) fn is_shared(chat: i64) -> bool {
    chat < 0
}

/// A message of a chat; `None` for one from before the group became a supergroup, or nonsense.
pub(crate) fn message(chat: i64, id: &MessageId) -> Option<i32> {
    let number = match is_basic(chat) {
        true => id.as_str().strip_prefix('g')?,
        false => id.as_str(),
    };
    number.parse().ok().filter(|id| *id > 0)
}

pub(crate) fn told(chat: i64, id: i32) -> MessageId {
    MessageId::new(if is_basic(chat) { format!("g{id}") } else { id.to_string() })
}

pub(crate) fn user(id: &RemoteUserId) -> Option<i64> {
    id.as_str().parse().ok()
}

/// Where Telegram's own client opens a chat.
pub(crate) fn link(place: Place, username: Option<&str>) -> Option<String> {
    let base = match username {
        Some(name) => format!("https://t.me/{name}"),
        None if is_super(place.chat) => format!("https://t.me/c/{}", SUPER.saturating_sub(place.chat)),
        None => return None,
    };
    Some(match place.topic {
        Some(topic) => format!("{base}/{topic}"),
        None if username.is_none() => format!("{base}/1"),
        None => base,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_a_topic_and_a_space_are_told_apart() {
        let cases = [
            ("-1001", Some(Place { chat: -1001, topic: None })),
            ("-1001/7", Some(Place { chat: -1001, topic: Some(7) })),
            ("42", Some(Place { chat: 42, topic: None })),
            ("forum:-1001", None),
            ("-1001/", None),
            ("-1001/0", None),
            ("0", None),
            ("", None),
        ];
        for (id, wanted) in cases {
            assert_eq!(place(&ChatId::new(id)), wanted, "{id}");
            if let Some(place) = wanted {
                assert_eq!(chat(place).as_str(), id);
            }
        }
        assert_eq!(of_forum(&forum(-1001)), Some(-1001));
    }

    #[test]
    fn messages_of_a_basic_group_are_not_those_of_its_supergroup() {
        let (basic, supergroup) = (-55, -1_001_234_567_890);
        let old = told(basic, 3);
        assert_eq!((message(basic, &old), message(supergroup, &old)), (Some(3), None));
        let new = told(supergroup, 3);
        assert_eq!((message(basic, &new), message(supergroup, &new)), (None, Some(3)));
        assert_ne!(old, new);
    }

    #[test]
    fn a_chat_has_an_address() {
        let group = Place { chat: -1_001_234_567_890, topic: None };
        assert_eq!(link(group, Some("harbour")).as_deref(), Some("https://t.me/harbour"));
        assert_eq!(link(group, None).as_deref(), Some("https://t.me/c/1234567890/1"));
        assert_eq!(link(Place { topic: Some(5), ..group }, None).as_deref(), Some("https://t.me/c/1234567890/5"));
        assert_eq!(link(Place { chat: -5, topic: None }, None), None);
    }
}
