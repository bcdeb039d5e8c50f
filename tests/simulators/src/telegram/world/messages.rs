//! Messages: said, changed, deleted, pinned, forwarded.

use serde_json::{Map, Value, json};

use super::{
    World,
    draft::{Draft, Sender},
};
use crate::telegram::{
    error::{Refusal, bad},
    model::{ChatKind, Message, Reply, TELEGRAM},
    shape, text,
};

/// What an edit puts in place of what stood there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    /// Fields set, or removed where null.
    pub(crate) fields: Map<String, Value>,
}

impl World {
    /// Sends a message and tells the bot, if it may hear it.
    pub(crate) fn post(&mut self, mut draft: Draft) -> Result<i32, Refusal> {
        let chat = self.chat(draft.chat)?.clone();
        if let Some(media) = draft.media.take() {
            let fields = self.store_media(media);
            draft.content.extend(fields);
        }
        text::settle(&mut draft.content);
        let sender = draft.sender;
        let mut message = draft.into_message(&chat);
        self.place_in_thread(&chat, &mut message);
        message.id = self.next_message(chat.id);
        message.date = self.clock.date();
        let id = message.id;
        let by_bot = sender == Sender::User(self.bot);
        if chat.kind == ChatKind::Private {
            self.user_mut(chat.id)?.started = true;
        }
        // A bot hears of its own channel posts no more than of its other messages.
        let heard = !by_bot && self.bot_hears(&message);
        self.chat_mut(chat.id)?.bot_spoke_last = by_bot;
        self.messages.entry(chat.id).or_default().insert(id, message.clone());
        if heard {
            let body = shape::message::full(self, &message);
            self.tell(if chat.kind == ChatKind::Channel { "channel_post" } else { "message" }, body);
        }
        if chat.kind == ChatKind::Channel && !message.is_service() {
            self.forward_to_discussion(&message, chat.linked)?;
        }
        Ok(id)
    }

    /// A line about what happened in the chat, from whoever did it.
    pub(crate) fn service(&mut self, chat: i64, by: i64, fields: Value) -> Result<i32, Refusal> {
        self.service_in(chat, by, None, fields)
    }

    /// The same, in a topic.
    pub(crate) fn service_in(&mut self, chat: i64, by: i64, topic: Option<i32>, fields: Value) -> Result<i32, Refusal> {
        let Value::Object(content) = fields else { return Err(bad("not an object")) };
        self.post(Draft { content, thread: topic, ..Draft::new(chat, Sender::User(by)) })
    }

    /// Every answer in a supergroup belongs to the thread of what it answers.
    fn place_in_thread(&self, chat: &crate::telegram::model::Chat, message: &mut Message) {
        let answered = message.reply.as_ref().and_then(|reply| self.message(chat.id, reply.message));
        if chat.is_forum {
            message.thread = message.thread.or_else(|| answered.filter(|m| m.in_topic)?.thread).filter(|id| *id != 1);
            message.in_topic = message.thread.is_some();
        } else if chat.kind == ChatKind::Supergroup {
            message.thread = answered.map(|answered| answered.thread.unwrap_or(answered.id));
        }
    }

    /// What a channel posts appears in its discussion group, from Telegram's own account.
    fn forward_to_discussion(&mut self, post: &Message, group: Option<i64>) -> Result<(), Refusal> {
        let Some(group) = group else { return Ok(()) };
        let mut copy = Message {
            chat: group,
            from: Some(TELEGRAM),
            sender_chat: Some(post.chat),
            automatic_forward: true,
            forward: Some(self.origin(post)),
            reply: None,
            thread: None,
            ..post.clone()
        };
        copy.id = self.next_message(group);
        let heard = self.bot_hears(&copy);
        let body = shape::message::full(self, &copy);
        self.messages.entry(group).or_default().insert(copy.id, copy);
        if heard {
            self.tell("message", body);
        }
        Ok(())
    }

    /// Where a message comes from, as `MessageOrigin`.
    pub(crate) fn origin(&self, message: &Message) -> Value {
        if let Some(origin) = &message.forward {
            return origin.clone();
        }
        let date = message.date;
        let chat = |id: i64| self.chats.get(&id).map(|chat| shape::chat::brief(self, chat)).unwrap_or_default();
        match (message.sender_chat, message.from.and_then(|id| self.users.get(&id))) {
            (Some(id), None) => json!({"type": "channel", "date": date, "chat": chat(id), "message_id": message.id}),
            (Some(id), Some(_)) => json!({"type": "chat", "date": date, "sender_chat": chat(id)}),
            (None, Some(user)) => json!({"type": "user", "date": date, "sender_user": shape::user::user(user)}),
            (None, None) => json!({"type": "hidden_user", "date": date, "sender_user_name": "Deleted Account"}),
        }
    }

    /// Changes a message; the bot hears of what others change.
    pub(crate) fn edit(&mut self, chat: i64, id: i32, change: Change) -> Result<(), Refusal> {
        let date = self.clock.date();
        let bot = self.bot;
        let kind = self.chat(chat)?.kind;
        let message = self.message_mut(chat, id).ok_or_else(|| bad("message to edit not found"))?;
        let mut content = message.content.clone();
        for (name, value) in change.fields {
            if value.is_null() {
                content.remove(&name)
            } else {
                content.insert(name, value)
            };
        }
        text::settle(&mut content);
        if content == message.content {
            return Err(bad(
                "message is not modified: specified new message content and reply markup are exactly the same as a \
                 current content and reply markup of the message",
            ));
        }
        message.content = content;
        message.edit_date = Some(date);
        let message = message.clone();
        if message.from != Some(bot) && self.bot_hears(&message) {
            let body = shape::message::full(self, &message);
            let kind = if kind == ChatKind::Channel { "edited_channel_post" } else { "edited_message" };
            self.tell(kind, body);
        }
        Ok(())
    }

    /// Deletes a message. Nobody tells a bot.
    pub(crate) fn delete(&mut self, chat: i64, id: i32) -> Result<(), Refusal> {
        let gone = self.messages.get_mut(&chat).and_then(|all| all.remove(&id));
        gone.ok_or_else(|| bad("message to delete not found"))?;
        self.deleted.insert((chat, id));
        if let Some(chat) = self.chats.get_mut(&chat) {
            chat.pinned.retain(|pinned| *pinned != id);
        }
        Ok(())
    }

    /// Pins a message; a line about it follows.
    pub(crate) fn pin(&mut self, chat: i64, id: i32, by: i64) -> Result<(), Refusal> {
        let pinned = self.message(chat, id).ok_or_else(|| bad("message to pin not found"))?;
        let (topic, shown) = (pinned.thread.filter(|_| pinned.in_topic), shape::message::without_reply(self, pinned));
        let all = &mut self.chat_mut(chat)?.pinned;
        all.retain(|other| *other != id);
        all.push(id);
        self.service_in(chat, by, topic, json!({ "pinned_message": shown })).map(drop)
    }

    /// Unpins one message, or the newest, or all. Nobody tells a bot.
    pub(crate) fn unpin(&mut self, chat: i64, id: Option<i32>, all: bool) -> Result<(), Refusal> {
        let pinned = &mut self.chat_mut(chat)?.pinned;
        match id {
            _ if all => pinned.clear(),
            Some(id) if pinned.contains(&id) => pinned.retain(|other| *other != id),
            Some(_) => return Err(bad("message to unpin not found")),
            None => drop(pinned.pop().ok_or_else(|| bad("message to unpin not found"))?),
        }
        Ok(())
    }

    /// What a message needs to be sent again elsewhere.
    pub(crate) fn draft_of(&self, message: &Message, chat: i64, sender: Sender) -> Draft {
        let keep = |name: &str| !matches!(name, "reply_markup");
        let content = message.content.iter().filter(|(name, _)| keep(name));
        Draft {
            content: content.map(|(name, value)| (name.clone(), value.clone())).collect(),
            poll: message.poll.clone(),
            ..Draft::new(chat, sender)
        }
    }

    /// Forwards a message, with where it comes from.
    pub(crate) fn forward(&mut self, from: (i64, i32), chat: i64, sender: Sender) -> Result<i32, Refusal> {
        let message = self.message(from.0, from.1).ok_or_else(|| bad("message to forward not found"))?;
        if message.is_service() {
            return Err(bad("the message can't be forwarded"));
        }
        let draft = Draft { forward: Some(self.origin(message)), ..self.draft_of(message, chat, sender) };
        self.post(draft)
    }

    /// Checks what a message answers; a quote must stand in it.
    pub(crate) fn check_reply(&self, chat: i64, reply: &Reply) -> Result<(), Refusal> {
        let answered = self.message(chat, reply.message).ok_or_else(|| bad("message to be replied not found"))?;
        let quote = reply.quote.as_ref().and_then(|quote| quote["text"].as_str()).unwrap_or_default();
        if answered.text().contains(quote) { Ok(()) } else { Err(bad("QUOTE_TEXT_INVALID")) }
    }
}
