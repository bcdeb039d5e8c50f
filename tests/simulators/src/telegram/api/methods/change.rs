//! What happens to messages that stand: edits, deletions, reactions, pins.

use serde_json::{Map, Value, json};

use super::{media, said::shown};
use crate::telegram::{
    Draft, Sender,
    api::ask::{Answer, Ask},
    error::{Refusal, bad},
    model::{Chat, ChatKind, Message},
    world::Change,
};

/// The message of the request, if the bot may change it: its own, or any post of a channel it may edit.
fn editable(ask: &Ask<'_>) -> Result<(Chat, Message), Refusal> {
    let (chat, message) = ask.message("message to edit not found")?;
    let me = ask.me();
    let own = message.from == Some(me);
    let post = chat.kind == ChatKind::Channel && chat.member(me).may("can_edit_messages");
    if (own || post) && !message.is_service() && message.forward.is_none() {
        return Ok((chat, message));
    }
    Err(bad("message can't be edited"))
}

fn edit(ask: &mut Ask<'_>, chat: &Chat, message: &Message, mut fields: Map<String, Value>) -> Answer {
    let markup = ask.json("reply_markup")?.filter(|markup| markup.get("inline_keyboard").is_some());
    fields.insert("reply_markup".to_owned(), markup.unwrap_or_default());
    ask.world().edit(chat.id, message.id, Change { fields })?;
    shown(ask, chat.id, message.id)
}

fn worded(name: &str, formatting: &str, text: &str, entities: Vec<Value>) -> Map<String, Value> {
    let or_null = |empty: bool, value: Value| if empty { Value::Null } else { value };
    let mut fields = Map::new();
    fields.insert(name.to_owned(), or_null(text.is_empty(), json!(text)));
    fields.insert(formatting.to_owned(), or_null(entities.is_empty(), json!(entities)));
    fields
}

/// `editMessageText`
pub(super) fn text(ask: &mut Ask<'_>) -> Answer {
    let (chat, message) = editable(ask)?;
    if !message.content.contains_key("text") {
        return Err(bad("there is no text in the message to edit"));
    }
    let body = ask.body()?;
    let mut fields = worded("text", "entities", &body.text, body.entities);
    fields.insert("link_preview_options".to_owned(), ask.json("link_preview_options")?.unwrap_or_default());
    edit(ask, &chat, &message, fields)
}

/// `editMessageCaption`
pub(super) fn caption(ask: &mut Ask<'_>) -> Answer {
    let (chat, message) = editable(ask)?;
    if message.content.contains_key("text") || message.poll.is_some() {
        return Err(bad("there is no caption in the message to edit"));
    }
    let body = ask.caption(None)?;
    edit(ask, &chat, &message, worded("caption", "caption_entities", &body.text, body.entities))
}

/// `editMessageMedia`
pub(super) fn media(ask: &mut Ask<'_>) -> Answer {
    let (chat, message) = editable(ask)?;
    let part = ask.json("media")?.ok_or_else(|| bad("media not specified"))?;
    let mut draft = media::input(ask, &part, &Draft::new(chat.id, Sender::User(ask.me())))?;
    if let Some(file) = draft.media.take() {
        let fields = ask.world().store_media(file);
        draft.content.extend(fields);
    }
    let gone = message.content.keys().map(|name| (name.clone(), Value::Null));
    let fields = gone.chain(draft.content).collect();
    edit(ask, &chat, &message, fields)
}

/// `editMessageReplyMarkup`
pub(super) fn markup(ask: &mut Ask<'_>) -> Answer {
    let (chat, message) = editable(ask)?;
    edit(ask, &chat, &message, Map::new())
}

/// Its own messages for two days, those of others as an administrator who may.
fn deletable(ask: &Ask<'_>, chat: &Chat, message: &Message) -> Result<(), Refusal> {
    let me = ask.me();
    let right = chat.member(me).may("can_delete_messages");
    let window = i64::try_from(ask.state.settings.delete_window.as_secs()).unwrap_or(i64::MAX);
    let young = message.date + window > ask.state.world.clock.date();
    let own = message.from == Some(me) && young;
    let incoming = chat.kind == ChatKind::Private && young;
    if right || own || incoming { Ok(()) } else { Err(bad("message can't be deleted for everyone")) }
}

/// `deleteMessage`
pub(super) fn delete(ask: &mut Ask<'_>) -> Answer {
    let (chat, message) = ask.message("message to delete not found")?;
    deletable(ask, &chat, &message)?;
    ask.world().delete(chat.id, message.id)?;
    Ok(json!(true))
}

/// `deleteMessages`: those that cannot be are skipped.
pub(super) fn delete_all(ask: &mut Ask<'_>) -> Answer {
    let (chat, ids) = (ask.chat()?, ask.list("message_ids")?);
    if ids.is_empty() || ids.len() > 100 {
        let why = if ids.is_empty() {
            "message identifiers are not specified"
        } else {
            "too many message identifiers specified"
        };
        return Err(bad(why));
    }
    for id in ids.iter().filter_map(|id| i32::try_from(id.as_i64()?).ok()) {
        let Some(message) = ask.state.world.message(chat.id, id).cloned() else { continue };
        if deletable(ask, &chat, &message).is_ok() {
            ask.world().delete(chat.id, id)?;
        }
    }
    Ok(json!(true))
}

/// `setMessageReaction`: a bot has one.
pub(super) fn react(ask: &mut Ask<'_>) -> Answer {
    let (chat, message) = ask.message("message to react not found")?;
    let reactions = ask.list("reaction")?;
    if reactions.len() > 1 {
        return Err(bad("REACTIONS_TOO_MANY"));
    }
    if reactions.iter().any(|reaction| reaction["type"] != "emoji") {
        return Err(bad("REACTION_INVALID"));
    }
    if message.is_service() && message.content.contains_key("migrate_to_chat_id") {
        return Err(bad("MESSAGE_NOT_MODIFIED"));
    }
    let me = ask.me();
    ask.world().react(chat.id, message.id, me, reactions)?;
    Ok(json!(true))
}

const PINS: &str = "not enough rights to manage pinned messages in the chat";

fn pinnable(ask: &Ask<'_>) -> Result<Chat, Refusal> {
    let chat = ask.chat()?;
    match chat.kind {
        ChatKind::Private => Ok(chat),
        ChatKind::Channel => ask.governed("can_edit_messages", PINS),
        _ => ask.governed("can_pin_messages", PINS),
    }
}

/// `pinChatMessage`
pub(super) fn pin(ask: &mut Ask<'_>) -> Answer {
    let (chat, id, me) = (pinnable(ask)?, ask.message_id()?, ask.me());
    ask.world().pin(chat.id, id, me)?;
    Ok(json!(true))
}

/// `unpinChatMessage`
pub(super) fn unpin(ask: &mut Ask<'_>) -> Answer {
    let chat = pinnable(ask)?;
    let id = ask.int("message_id").and_then(|id| i32::try_from(id).ok());
    ask.world().unpin(chat.id, id, false)?;
    Ok(json!(true))
}

/// `unpinAllChatMessages`
pub(super) fn unpin_all(ask: &mut Ask<'_>) -> Answer {
    let chat = pinnable(ask)?;
    ask.world().unpin(chat.id, None, true)?;
    Ok(json!(true))
}
