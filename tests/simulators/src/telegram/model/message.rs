//! Messages. <https://core.telegram.org/bots/api#message>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A message as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its id in the chat.
    pub id: i32,
    /// Its chat.
    pub chat: i64,
    /// Who sent it; none for channel posts.
    pub from: Option<i64>,
    /// The chat that speaks: a channel, or the group of an anonymous administrator.
    pub sender_chat: Option<i64>,
    /// The signature of a post, or the title of an anonymous administrator.
    pub signature: Option<String>,
    /// Whole Unix seconds.
    pub date: i64,
    /// When it was changed.
    pub edit_date: Option<i64>,
    /// The topic, or the message that its thread of answers began with.
    pub thread: Option<i32>,
    /// Whether it stands in a topic of a forum.
    pub in_topic: bool,
    /// What it answers.
    pub reply: Option<Reply>,
    /// The album.
    pub group: Option<String>,
    /// Where it was forwarded from, as `MessageOrigin`.
    pub forward: Option<Value>,
    /// Whether Telegram forwarded it from the linked channel.
    pub automatic_forward: bool,
    /// Everything else, in the API's own fields: `text`, `entities`, `photo`, `new_chat_title` ….
    pub content: Map<String, Value>,
    /// The id of its poll.
    pub poll: Option<String>,
    /// Reactions by user, or by chat for those who act as one.
    pub reactions: BTreeMap<i64, Vec<Value>>,
}

/// What a message answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The message.
    pub message: i32,
    /// The part of it that is quoted, as `TextQuote`.
    pub quote: Option<Value>,
}

impl Message {
    /// Text or caption.
    pub fn text(&self) -> &str {
        let field = |name: &str| self.content.get(name).and_then(Value::as_str);
        field("text").or_else(|| field("caption")).unwrap_or_default()
    }

    /// Whether it tells of a change of the chat and not what somebody said.
    pub fn is_service(&self) -> bool {
        const SAID: [&str; 16] = [
            "text",
            "animation",
            "audio",
            "document",
            "photo",
            "sticker",
            "video",
            "video_note",
            "voice",
            "contact",
            "dice",
            "location",
            "venue",
            "caption",
            "game",
            "story",
        ];
        self.poll.is_none() && !SAID.iter().any(|field| self.content.contains_key(*field))
    }
}
