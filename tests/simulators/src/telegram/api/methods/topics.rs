//! Topics of forums.

use serde_json::json;

use crate::telegram::{
    api::ask::{Answer, Ask},
    error::{Refusal, bad},
    model::Chat,
    text,
};

/// The forum, if the bot may manage its topics.
fn forum(ask: &Ask<'_>) -> Result<Chat, Refusal> {
    let chat = ask.chat()?;
    if !chat.is_forum {
        return Err(bad("the chat is not a forum"));
    }
    ask.governed("can_manage_topics", "not enough rights to create a topic")
}

fn topic(ask: &Ask<'_>) -> Result<i32, Refusal> {
    let id = ask.int("message_thread_id").and_then(|id| i32::try_from(id).ok());
    id.ok_or_else(|| bad("invalid message thread identifier specified"))
}

fn name(ask: &Ask<'_>) -> Result<String, Refusal> {
    let name = ask.text("name").unwrap_or_default();
    match text::units(&name) {
        0 => Err(bad("TOPIC_TITLE_EMPTY")),
        1..=128 => Ok(name),
        _ => Err(bad("topic name is too long")),
    }
}

/// `createForumTopic`
pub(super) fn create(ask: &mut Ask<'_>) -> Answer {
    let (chat, name, me) = (forum(ask)?, name(ask)?, ask.me());
    let colour = ask.int("icon_color").and_then(|colour| u32::try_from(colour).ok()).unwrap_or(7_322_096);
    let id = ask.world().open_topic(chat.id, me, &name, colour)?;
    Ok(json!({"message_thread_id": id, "name": name, "icon_color": colour}))
}

/// `editForumTopic`
pub(super) fn edit(ask: &mut Ask<'_>) -> Answer {
    let (chat, topic, me) = (forum(ask)?, topic(ask)?, ask.me());
    if let Some(name) = ask.text("name").filter(|name| !name.is_empty()) {
        ask.world().rename_topic(chat.id, me, topic, &name)?;
    }
    Ok(json!(true))
}

fn closed(ask: &mut Ask<'_>, closed: bool) -> Answer {
    let (chat, topic, me) = (forum(ask)?, topic(ask)?, ask.me());
    ask.world().close_topic(chat.id, me, topic, closed)?;
    Ok(json!(true))
}

/// `closeForumTopic`
pub(super) fn close(ask: &mut Ask<'_>) -> Answer {
    closed(ask, true)
}

/// `reopenForumTopic`
pub(super) fn reopen(ask: &mut Ask<'_>) -> Answer {
    closed(ask, false)
}

/// `deleteForumTopic`
pub(super) fn delete(ask: &mut Ask<'_>) -> Answer {
    let (chat, topic) = (forum(ask)?, topic(ask)?);
    ask.world().delete_topic(chat.id, topic)?;
    Ok(json!(true))
}
