//! Topics of forums. <https://core.telegram.org/bots/api#forumtopic>

use serde_json::json;

use super::World;
use crate::telegram::{
    error::{Refusal, bad},
    model::Topic,
};

impl World {
    /// Opens a topic: its id is that of the message that says so.
    pub(crate) fn open_topic(&mut self, chat: i64, by: i64, name: &str, colour: u32) -> Result<i32, Refusal> {
        if !self.chat(chat)?.is_forum {
            return Err(bad("the chat is not a forum"));
        }
        let name = name.to_owned();
        // The id must be known before the message is, because it stands in the topic that it opens.
        let id = self.chat(chat)?.last_message + 1;
        let topic = Topic { name: name.clone(), closed: false, colour };
        self.chat_mut(chat)?.topics.insert(id, topic);
        self.service_in(chat, by, Some(id), json!({"forum_topic_created": {"name": name, "icon_color": colour}}))
    }

    /// Renames a topic.
    pub(crate) fn rename_topic(&mut self, chat: i64, by: i64, topic: i32, name: &str) -> Result<(), Refusal> {
        let there = self.topic_mut(chat, topic)?;
        if there.name == name {
            return Err(bad("TOPIC_NOT_MODIFIED"));
        }
        name.clone_into(&mut there.name);
        self.service_in(chat, by, Some(topic), json!({"forum_topic_edited": {"name": name}})).map(drop)
    }

    /// Closes a topic or opens it again.
    pub(crate) fn close_topic(&mut self, chat: i64, by: i64, topic: i32, closed: bool) -> Result<(), Refusal> {
        let there = self.topic_mut(chat, topic)?;
        if std::mem::replace(&mut there.closed, closed) == closed {
            return Err(bad("TOPIC_NOT_MODIFIED"));
        }
        let field = if closed { "forum_topic_closed" } else { "forum_topic_reopened" };
        self.service_in(chat, by, Some(topic), json!({ field: {} })).map(drop)
    }

    /// Deletes a topic with everything in it. Nobody tells a bot.
    pub(crate) fn delete_topic(&mut self, chat: i64, topic: i32) -> Result<(), Refusal> {
        self.topic_mut(chat, topic)?;
        self.chat_mut(chat)?.topics.remove(&topic);
        if let Some(all) = self.messages.get_mut(&chat) {
            all.retain(|_, message| message.thread != Some(topic) || !message.in_topic);
        }
        Ok(())
    }

    fn topic_mut(&mut self, chat: i64, topic: i32) -> Result<&mut Topic, Refusal> {
        let there = self.chat_mut(chat)?;
        if !there.is_forum {
            return Err(bad("the chat is not a forum"));
        }
        there.topics.get_mut(&topic).ok_or_else(|| bad("TOPIC_ID_INVALID"))
    }
}
