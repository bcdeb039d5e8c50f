//! Messages and what can be in them.

use serde::Deserialize;
use serde_json::Value;
use teloxide::types::MessageEntity;

use super::{Chat, Each, Maybe, User};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Message {
    pub(crate) message_id: i32,
    pub(crate) date: i64,
    pub(crate) chat: Chat,
    pub(crate) message_thread_id: Maybe<i32>,
    pub(crate) is_topic_message: Maybe<bool>,
    pub(crate) from: Maybe<User>,
    pub(crate) sender_chat: Maybe<Chat>,
    pub(crate) author_signature: Maybe<String>,
    pub(crate) edit_date: Maybe<i64>,
    pub(crate) is_automatic_forward: Maybe<bool>,
    pub(crate) forward_origin: Maybe<Origin>,
    pub(crate) reply_to_message: Maybe<Box<Message>>,
    pub(crate) external_reply: Maybe<External>,
    pub(crate) quote: Maybe<Quote>,
    pub(crate) media_group_id: Maybe<String>,
    pub(crate) text: Maybe<String>,
    pub(crate) entities: Each<MessageEntity>,
    pub(crate) caption: Maybe<String>,
    pub(crate) caption_entities: Each<MessageEntity>,
    pub(crate) has_media_spoiler: Maybe<bool>,
    pub(crate) animation: Maybe<Media>,
    pub(crate) audio: Maybe<Media>,
    pub(crate) document: Maybe<Media>,
    pub(crate) photo: Each<Photo>,
    pub(crate) sticker: Maybe<Sticker>,
    pub(crate) story: Maybe<Value>,
    pub(crate) video: Maybe<Media>,
    pub(crate) video_note: Maybe<Media>,
    pub(crate) voice: Maybe<Media>,
    pub(crate) checklist: Maybe<Checklist>,
    pub(crate) contact: Maybe<Contact>,
    pub(crate) dice: Maybe<Dice>,
    pub(crate) game: Maybe<Titled>,
    pub(crate) invoice: Maybe<Titled>,
    pub(crate) paid_media: Maybe<Value>,
    pub(crate) giveaway: Maybe<Value>,
    pub(crate) poll: Maybe<Poll>,
    pub(crate) venue: Maybe<Venue>,
    pub(crate) location: Maybe<Location>,
    pub(crate) reply_markup: Maybe<Keyboard>,
    pub(crate) new_chat_members: Each<User>,
    pub(crate) left_chat_member: Maybe<User>,
    pub(crate) new_chat_title: Maybe<String>,
    pub(crate) new_chat_photo: Each<Photo>,
    pub(crate) migrate_to_chat_id: Maybe<i64>,
    pub(crate) migrate_from_chat_id: Maybe<i64>,
    pub(crate) pinned_message: Maybe<Pinned>,
    pub(crate) forum_topic_created: Maybe<Topic>,
    pub(crate) forum_topic_edited: Maybe<Topic>,
    pub(crate) forum_topic_closed: Maybe<Value>,
    pub(crate) forum_topic_reopened: Maybe<Value>,
    pub(crate) video_chat_started: Maybe<Value>,
    pub(crate) video_chat_ended: Maybe<Value>,
    pub(crate) video_chat_scheduled: Maybe<Value>,
}

impl Message {
    /// The topic of a forum it stands in; `None` in «General» and where there are no topics.
    pub(crate) fn topic(&self) -> Option<i32> {
        let topic = self.is_topic_message.unwrap_or(false) || self.forum_topic_created.is_some();
        let id = self.message_thread_id.or_else(|| self.forum_topic_created.as_ref().map(|_| self.message_id));
        id.filter(|id| topic && *id > 1)
    }

    /// When it was last changed.
    pub(crate) fn changed(&self) -> i64 {
        self.edit_date.unwrap_or(self.date)
    }
}

/// Where a forwarded message came from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Origin {
    pub(crate) sender_user: Maybe<User>,
    pub(crate) sender_user_name: Maybe<String>,
    pub(crate) sender_chat: Maybe<Chat>,
    pub(crate) chat: Maybe<Chat>,
    pub(crate) message_id: Maybe<i32>,
    pub(crate) author_signature: Maybe<String>,
}

/// A message of another chat that is answered.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct External {
    pub(crate) origin: Maybe<Origin>,
}

/// The piece of the answered message that is quoted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Quote {
    pub(crate) text: String,
    pub(crate) entities: Each<MessageEntity>,
    /// Chosen by hand, rather than the whole text.
    pub(crate) is_manual: Maybe<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Pinned {
    pub(crate) message_id: i32,
    pub(crate) media_group_id: Maybe<String>,
}

/// A picture in one size.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Photo {
    pub(crate) file_id: String,
    pub(crate) file_unique_id: String,
    pub(crate) file_size: Maybe<u64>,
    pub(crate) width: Maybe<u32>,
    pub(crate) height: Maybe<u32>,
}

/// Any other file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Media {
    pub(crate) file_id: String,
    pub(crate) file_unique_id: String,
    pub(crate) file_size: Maybe<u64>,
    pub(crate) file_name: Maybe<String>,
    pub(crate) mime_type: Maybe<String>,
    pub(crate) width: Maybe<u32>,
    pub(crate) height: Maybe<u32>,
    /// Seconds.
    pub(crate) duration: Maybe<u64>,
    /// Side of the square of a video note.
    pub(crate) length: Maybe<u32>,
    pub(crate) performer: Maybe<String>,
    pub(crate) title: Maybe<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sticker {
    pub(crate) file_id: String,
    pub(crate) file_unique_id: String,
    pub(crate) file_size: Maybe<u64>,
    pub(crate) width: Maybe<u32>,
    pub(crate) height: Maybe<u32>,
    pub(crate) is_animated: Maybe<bool>,
    pub(crate) is_video: Maybe<bool>,
    pub(crate) emoji: Maybe<String>,
    pub(crate) thumbnail: Maybe<Photo>,
    pub(crate) set_name: Maybe<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Checklist {
    pub(crate) title: String,
    pub(crate) tasks: Each<Task>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Task {
    pub(crate) text: String,
    pub(crate) completion_date: Maybe<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Contact {
    pub(crate) phone_number: String,
    pub(crate) first_name: String,
    pub(crate) last_name: Maybe<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Dice {
    pub(crate) emoji: String,
    pub(crate) value: u32,
}

/// A game or an invoice.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Titled {
    pub(crate) title: String,
    pub(crate) description: Maybe<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Poll {
    pub(crate) id: String,
    pub(crate) question: String,
    pub(crate) options: Each<PollOption>,
    pub(crate) is_closed: Maybe<bool>,
    pub(crate) is_anonymous: Maybe<bool>,
    pub(crate) allows_multiple_answers: Maybe<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PollOption {
    pub(crate) text: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Location {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    /// Seconds for which it moves along with its sender.
    pub(crate) live_period: Maybe<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Venue {
    pub(crate) location: Location,
    pub(crate) title: String,
    pub(crate) address: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Keyboard {
    pub(crate) inline_keyboard: Each<Each<Button>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Button {
    pub(crate) text: String,
    pub(crate) url: Maybe<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Topic {
    pub(crate) name: Maybe<String>,
}
