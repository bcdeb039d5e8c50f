//! A message before it is sent.

use serde_json::{Map, Value, json};

use crate::telegram::{
    files::Media,
    model::{CHANNEL_BOT, Chat, ChatKind, GROUP_ANONYMOUS_BOT, Message, Reply},
};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// Somebody, or a bot. An administrator who is anonymous in the chat speaks as the chat.
    User(i64),
    /// A channel: in itself, or where somebody speaks in its name.
    Chat(i64),
}

/// A message before it is sent: by one of the people, or through the API.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(crate) chat: i64,
    pub(crate) sender: Sender,
    pub(crate) content: Map<String, Value>,
    pub(crate) thread: Option<i32>,
    pub(crate) reply: Option<Reply>,
    pub(crate) group: Option<String>,
    pub(crate) forward: Option<Value>,
    pub(crate) poll: Option<String>,
    pub(crate) media: Option<Media>,
}

impl Draft {
    /// Nothing yet.
    pub fn new(chat: i64, sender: Sender) -> Self {
        Self {
            chat,
            sender,
            content: Map::new(),
            thread: None,
            reply: None,
            group: None,
            forward: None,
            poll: None,
            media: None,
        }
    }

    /// A plain text.
    pub fn text(chat: i64, user: i64, text: &str) -> Self {
        Self::new(chat, Sender::User(user)).field("text", json!(text))
    }

    /// A file with a caption, which may be empty.
    pub fn media(chat: i64, user: i64, media: Media, caption: &str) -> Self {
        let draft = Self { media: Some(media), ..Self::new(chat, Sender::User(user)) };
        if caption.is_empty() { draft } else { draft.field("caption", json!(caption)) }
    }

    /// Any field of the API's `Message`.
    #[must_use]
    pub fn field(mut self, name: &str, value: Value) -> Self {
        self.content.insert(name.to_owned(), value);
        self
    }

    /// The formatting of text or caption, as `MessageEntity` objects in UTF-16 units.
    #[must_use]
    pub fn entities(self, entities: Value) -> Self {
        let name = if self.content.contains_key("text") { "entities" } else { "caption_entities" };
        self.field(name, entities)
    }

    /// Answers a message.
    #[must_use]
    pub fn reply(self, message: i32) -> Self {
        Self { reply: Some(Reply { message, quote: None }), ..self }
    }

    /// Answers a part of a message: `position` is where the part begins, in UTF-16 units.
    #[must_use]
    pub fn quote(self, message: i32, text: &str, position: u32) -> Self {
        let quote = json!({"text": text, "position": position, "is_manual": true});
        Self { reply: Some(Reply { message, quote: Some(quote) }), ..self }
    }

    /// Stands in a topic.
    #[must_use]
    pub fn topic(self, topic: i32) -> Self {
        Self { thread: Some(topic), ..self }
    }

    /// Speaks as a channel.
    #[must_use]
    pub fn speaking_as(self, chat: i64) -> Self {
        Self { sender: Sender::Chat(chat), ..self }
    }

    /// The message it becomes, without id and date.
    pub(super) fn into_message(self, chat: &Chat) -> Message {
        let mut message = Message {
            chat: self.chat,
            reply: self.reply,
            thread: self.thread,
            group: self.group,
            forward: self.forward,
            content: self.content,
            poll: self.poll,
            ..Message::default()
        };
        match self.sender {
            _ if chat.kind == ChatKind::Channel => message.sender_chat = Some(chat.id),
            Sender::Chat(speaker) => {
                let stands_in = if speaker == chat.id { GROUP_ANONYMOUS_BOT } else { CHANNEL_BOT };
                (message.from, message.sender_chat) = (Some(stands_in), Some(speaker));
            }
            Sender::User(user) => {
                let place = chat.member(user);
                message.from = Some(user);
                if place.is_admin() && place.anonymous {
                    message.from = Some(GROUP_ANONYMOUS_BOT);
                    message.sender_chat = Some(chat.id);
                    message.signature = place.custom_title;
                }
            }
        }
        message
    }
}
