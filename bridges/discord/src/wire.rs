//! What Discord says, as far as the bridge listens.
//!
//! serenity's models are strict: one field they do not expect and the whole message is lost. A bridge must rather show a
//! message without its decoration than not at all, so these read what is needed and let everything else be absent or
//! new. Ids, kinds, flags and embeds are serenity's.

mod event;
mod interaction;
mod message;
mod person;
mod place;
mod poll;

use serde::{Deserialize, Deserializer};

pub(crate) use self::event::*;
pub(crate) use self::interaction::*;
pub(crate) use self::message::*;
pub(crate) use self::person::*;
pub(crate) use self::place::*;
pub(crate) use self::poll::*;

/// Reads a value, or takes it for absent when it is not what we know.
fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// Reads each element that is what we know and leaves out the others.
fn each<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let values = Option::<Vec<serde_json::Value>>::deserialize(deserializer)?;
    Ok(values.unwrap_or_default().into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_with_unknown_and_missing_things_is_still_a_message() {
        let message: Message = serde_json::from_value(json!({
            "id": "5", "channel_id": "6", "content": "hi", "type": 250, "flags": -1, "timestamp": "yesterday",
            "author": {"id": "7", "username": "ann", "avatar": "not-a-hash", "discriminator": "x"},
            "embeds": [{"title": "fine"}, {"title": 3}, null],
            "attachments": [{"id": "1"}, {"id": "2", "filename": "a.png", "url": "https://x/a.png"}],
            "mentions": null, "poll": 7, "something": {"new": []}
        }))
        .unwrap();
        assert_eq!(message.content.as_deref(), Some("hi"));
        assert_eq!(message.author.unwrap().avatar.as_deref(), Some("not-a-hash"));
        assert_eq!((message.embeds.len(), message.attachments.len()), (1, 1));
        assert!(message.timestamp.is_none() && message.poll.is_none());
    }

    #[test]
    fn a_guild_of_which_one_channel_is_odd_keeps_the_others() {
        let guild: Guild = serde_json::from_value(json!({
            "id": "1", "name": "G", "premium_tier": 9,
            "channels": [{"id": "2", "type": 0, "name": "general"}, {"id": "x"}, {"id": "3", "type": 77}]
        }))
        .unwrap();
        assert!(guild.channels.iter().any(Channel::is_text));
        assert_eq!(guild.name.as_deref(), Some("G"));
    }
}
