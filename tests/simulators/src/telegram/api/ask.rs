//! What a method is given.

use serde_json::Value;

use super::form::{Form, Upload};
use crate::telegram::{
    error::{Refusal, bad, forbidden},
    model::{Chat, ChatKind, Message, Status},
    state::State,
    world::World,
};

/// A success, or Telegram's refusal.
pub(crate) type Answer = Result<Value, Refusal>;

/// A request on its way through a method.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) form: &'a Form,
}

impl Ask<'_> {
    pub(crate) fn world(&mut self) -> &mut World {
        &mut self.state.world
    }

    pub(crate) fn me(&self) -> i64 {
        self.state.world.bot
    }

    /// A text; numbers and switches count as texts too.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.form.params.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    /// A number, if it is one.
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name).as_deref().map(str::trim), Some("true" | "True" | "1" | "yes"))
    }

    /// An object or list, as it is in JSON, or as text in a form.
    pub(crate) fn json(&self, name: &str) -> Result<Option<Value>, Refusal> {
        match self.form.params.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text)
                .map(Some)
                .map_err(|_| bad(&format!("can't parse {} JSON object", name.replace('_', " ")))),
            Some(value) => Ok(Some(value.clone())),
        }
    }

    /// A list of objects.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<Value>, Refusal> {
        match self.json(name)? {
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(bad(&format!("expected an Array as {name}"))),
            None => Ok(vec![]),
        }
    }

    /// The file that came in this field, or that `attach://` names.
    pub(crate) fn upload(&self, field: &str) -> Option<Upload> {
        let field = field.strip_prefix("attach://").unwrap_or(field);
        self.form.files.iter().find(|upload| upload.field == field).cloned()
    }

    /// The id in `name`: a number, or the `@name` of a public chat.
    pub(crate) fn chat_id(&self, name: &str) -> Result<i64, Refusal> {
        let asked = self.text(name).filter(|text| !text.is_empty()).ok_or_else(|| bad(&format!("{name} is empty")))?;
        if let Some(public) = asked.strip_prefix('@') {
            let named = |chat: &&Chat| chat.username.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(public));
            let found = self.state.world.chats.values().find(named);
            return found.map(|chat| chat.id).ok_or_else(|| bad("chat not found"));
        }
        asked.trim().parse().map_err(|_| bad("chat not found"))
    }

    /// The chat of `chat_id`, if the bot can reach it.
    pub(crate) fn chat(&self) -> Result<Chat, Refusal> {
        self.state.world.reachable(self.chat_id("chat_id")?).cloned()
    }

    /// The chat, if the bot is an administrator of it with a right.
    pub(crate) fn governed(&self, right: &str, why: &str) -> Result<Chat, Refusal> {
        let chat = self.chat()?;
        if chat.kind == ChatKind::Private {
            return Err(bad("method is available only for groups, supergroups and channels"));
        }
        let member_may = chat.is_group() && chat.permissions.contains(right);
        if chat.member(self.me()).may(right) || member_may { Ok(chat) } else { Err(bad(why)) }
    }

    /// The chat, if the bot may send what needs this right there.
    pub(crate) fn writable(&self, right: &str) -> Result<Chat, Refusal> {
        let chat = self.chat()?;
        let place = chat.member(self.me());
        let may = match chat.kind {
            ChatKind::Private if !self.state.world.user(chat.id)?.started => {
                return Err(forbidden("bot can't initiate conversation with a user"));
            }
            ChatKind::Private => true,
            ChatKind::Channel if !place.may("can_post_messages") => {
                return Err(bad("need administrator rights in the channel chat"));
            }
            ChatKind::Channel => true,
            _ if place.is_admin() => true,
            _ if place.status == Status::Restricted => place.rights.contains(right),
            _ => chat.permissions.contains(right),
        };
        if may { Ok(chat) } else { Err(bad(&format!("not enough rights to send {} to the chat", what(right)))) }
    }

    pub(crate) fn message_id(&self) -> Result<i32, Refusal> {
        let id = self.int("message_id").ok_or_else(|| bad("message identifier is not specified"))?;
        i32::try_from(id).map_err(|_| bad("message identifier is not specified"))
    }

    /// Chat and message of the request; without the message, `missing` is said.
    pub(crate) fn message(&self, missing: &str) -> Result<(Chat, Message), Refusal> {
        let (chat, id) = (self.chat()?, self.message_id()?);
        let message = self.state.world.message(chat.id, id).cloned().ok_or_else(|| bad(missing))?;
        Ok((chat, message))
    }

    /// The person of `user_id`.
    pub(crate) fn user_id(&self) -> Result<i64, Refusal> {
        let id = self.int("user_id").ok_or_else(|| bad("invalid user_id specified"))?;
        self.state.world.user(id).map(|user| user.id)
    }
}

/// What a right lets somebody send, as refusals name it.
fn what(right: &str) -> &'static str {
    match right {
        "can_send_audios" => "music",
        "can_send_documents" => "documents",
        "can_send_photos" => "photos",
        "can_send_videos" => "videos",
        "can_send_video_notes" => "video notes",
        "can_send_voice_notes" => "voice notes",
        "can_send_polls" => "polls",
        "can_send_other_messages" => "stickers",
        _ => "text messages",
    }
}
