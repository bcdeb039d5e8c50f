//! What every sending method has in common: where, in answer to what, with which text.

use serde_json::{Value, json};

use super::ask::Ask;
use crate::telegram::{
    Draft, Sender,
    error::{Refusal, bad},
    model::{Chat, Reply},
    text::{self, Formatted},
};

impl Ask<'_> {
    /// A message of the bot's with everything but its content.
    pub(crate) fn draft(&self, chat: &Chat) -> Result<Draft, Refusal> {
        let mut draft = Draft::new(chat.id, Sender::User(self.me()));
        draft.thread = self.thread(chat)?;
        draft.reply = self.reply(chat)?;
        if let Some(markup) = self.json("reply_markup")?.filter(|markup| markup.get("inline_keyboard").is_some()) {
            draft = draft.field("reply_markup", markup);
        }
        if let Some(preview) = self.json("link_preview_options")? {
            draft = draft.field("link_preview_options", preview);
        }
        if self.flag("protect_content") {
            draft = draft.field("has_protected_content", json!(true));
        }
        Ok(draft)
    }

    /// The topic. The general topic is none, and asking for it by its number is refused as Telegram refuses it.
    fn thread(&self, chat: &Chat) -> Result<Option<i32>, Refusal> {
        let Some(id) = self.int("message_thread_id").filter(|id| *id != 0) else { return Ok(None) };
        let not_found = || bad("message thread not found");
        let id = i32::try_from(id).map_err(|_| not_found())?;
        if !chat.is_forum {
            let there = chat.kind == crate::telegram::model::ChatKind::Supergroup;
            return self.state.world.message(chat.id, id).filter(|_| there).map(|_| Some(id)).ok_or_else(not_found);
        }
        let topic = chat.topics.get(&id).ok_or_else(not_found)?;
        if topic.closed && !chat.member(self.me()).may("can_manage_topics") {
            return Err(bad("TOPIC_CLOSED"));
        }
        Ok(Some(id))
    }

    fn reply(&self, chat: &Chat) -> Result<Option<Reply>, Refusal> {
        let asked = match (self.json("reply_parameters")?, self.int("reply_to_message_id")) {
            (Some(asked), _) => asked,
            (None, Some(id)) => {
                json!({"message_id": id, "allow_sending_without_reply": self.flag("allow_sending_without_reply")})
            }
            (None, None) => return Ok(None),
        };
        let id = asked["message_id"].as_i64().and_then(|id| i32::try_from(id).ok());
        let message = id.ok_or_else(|| bad("can't parse reply parameters JSON object"))?;
        let quote = asked["quote"].as_str().filter(|quote| !quote.is_empty()).map(|quote| {
            let answered = self.state.world.message(chat.id, message);
            let found = answered.and_then(|answered| answered.text().split_once(quote));
            let position = found.map_or(0, |(before, _)| text::units(before));
            json!({"text": quote, "position": position, "is_manual": true})
        });
        let reply = Reply { message, quote };
        match self.state.world.check_reply(chat.id, &reply) {
            Ok(()) => Ok(Some(reply)),
            Err(_) if asked["allow_sending_without_reply"] == true => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// The text of a message, within its length after markup.
    pub(crate) fn body(&self) -> Result<Formatted, Refusal> {
        let mode = self.text("parse_mode");
        let said = self.text("text").unwrap_or_default();
        let read = text::trimmed(self.named(text::read(&said, mode.as_deref(), self.json("entities")?)?));
        match text::units(&read.text) {
            0 => Err(bad("message text is empty")),
            length if length > 4096 => Err(bad("message is too long")),
            _ => Ok(read),
        }
    }

    /// A caption, within its length after markup; `given` holds the parameters of one part of an album.
    pub(crate) fn caption(&self, given: Option<&Value>) -> Result<Formatted, Refusal> {
        let of = |name: &str| given.and_then(|part| part.get(name)).cloned().filter(|value| !value.is_null());
        let (said, mode, entities) = match given {
            Some(_) => {
                let text = |name| of(name).and_then(|value| value.as_str().map(str::to_owned));
                (text("caption"), text("parse_mode"), of("caption_entities"))
            }
            None => (self.text("caption"), self.text("parse_mode"), self.json("caption_entities")?),
        };
        let read = text::read(&said.unwrap_or_default(), mode.as_deref(), entities)?;
        let read = text::trimmed(self.named(read));
        if text::units(&read.text) > 1024 { Err(bad("message caption is too long")) } else { Ok(read) }
    }

    /// Mentions of people by id get the whole person; of nobody known, they go.
    fn named(&self, read: Formatted) -> Formatted {
        let entities = read.entities.into_iter().filter_map(|mut entity| {
            if entity["type"] == "text_mention" {
                let user = self.state.world.users.get(&entity["user"]["id"].as_i64()?)?;
                entity["user"] = crate::telegram::shape::user::user(user);
            }
            Some(entity)
        });
        Formatted { text: read.text, entities: entities.collect() }
    }
}

/// Text or caption with its formatting, as fields of a message.
pub(crate) fn worded(draft: Draft, name: &str, formatted: Formatted) -> Draft {
    if formatted.text.is_empty() {
        return draft;
    }
    let draft = draft.field(name, json!(formatted.text));
    if formatted.entities.is_empty() { draft } else { draft.entities(json!(formatted.entities)) }
}
