//! Texts, places, people, dice; what is forwarded and copied.

use serde_json::{Value, json};

use crate::telegram::{
    Draft, Sender,
    api::{
        ask::{Answer, Ask},
        compose::worded,
    },
    error::{Refusal, bad},
    model::Chat,
    shape,
};

/// Sends a draft and shows what became of it.
pub(super) fn post(ask: &mut Ask<'_>, draft: Draft) -> Answer {
    let chat = draft.chat;
    let id = ask.world().post(draft)?;
    shown(ask, chat, id)
}

/// A message as its sender gets it back.
pub(super) fn shown(ask: &Ask<'_>, chat: i64, id: i32) -> Answer {
    let world = &ask.state.world;
    world.message(chat, id).map(|message| shape::message::full(world, message)).ok_or_else(|| bad("message not found"))
}

/// `sendMessage`
pub(super) fn message(ask: &mut Ask<'_>) -> Answer {
    let chat = ask.writable("can_send_messages")?;
    let draft = worded(ask.draft(&chat)?, "text", ask.body()?);
    post(ask, draft)
}

fn point(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let number = |name: &str| ask.text(name).and_then(|text| text.parse::<f64>().ok());
    let latitude = number("latitude").ok_or_else(|| bad("latitude is empty"))?;
    let longitude = number("longitude").ok_or_else(|| bad("longitude is empty"))?;
    Ok(json!({"latitude": latitude, "longitude": longitude}))
}

/// `sendLocation`
pub(super) fn location(ask: &mut Ask<'_>) -> Answer {
    let chat = ask.writable("can_send_messages")?;
    let draft = ask.draft(&chat)?.field("location", point(ask)?);
    post(ask, draft)
}

/// `sendVenue`
pub(super) fn venue(ask: &mut Ask<'_>) -> Answer {
    let chat = ask.writable("can_send_messages")?;
    let (place, title) = (point(ask)?, ask.text("title").unwrap_or_default());
    let venue = json!({"location": place, "title": title, "address": ask.text("address").unwrap_or_default()});
    let draft = ask.draft(&chat)?.field("venue", venue).field("location", place);
    post(ask, draft)
}

/// `sendContact`
pub(super) fn contact(ask: &mut Ask<'_>) -> Answer {
    let chat = ask.writable("can_send_messages")?;
    let number = ask.text("phone_number").ok_or_else(|| bad("phone number is empty"))?;
    let first = ask.text("first_name").ok_or_else(|| bad("first name is empty"))?;
    let mut contact = json!({"phone_number": number, "first_name": first});
    for name in ["last_name", "vcard"] {
        if let Some(value) = ask.text(name) {
            contact[name] = json!(value);
        }
    }
    let draft = ask.draft(&chat)?.field("contact", contact);
    post(ask, draft)
}

/// `sendDice`
pub(super) fn dice(ask: &mut Ask<'_>) -> Answer {
    let chat = ask.writable("can_send_other_messages")?;
    let emoji = ask.text("emoji").unwrap_or_else(|| "🎲".to_owned());
    let most = match emoji.as_str() {
        "🎲" | "🎯" | "🎳" => 6,
        "🏀" | "⚽" => 5,
        "🎰" => 64,
        _ => return Err(bad("wrong dice emoji")),
    };
    let dice = json!({"emoji": emoji, "value": rand::random_range(1..=most)});
    let draft = ask.draft(&chat)?.field("dice", dice);
    post(ask, draft)
}

/// `sendChatAction`
pub(super) fn action(ask: &mut Ask<'_>) -> Answer {
    const KNOWN: [&str; 11] = [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ];
    ask.writable("can_send_messages")?;
    let action = ask.text("action").unwrap_or_default();
    if KNOWN.contains(&action.as_str()) { Ok(json!(true)) } else { Err(bad("wrong parameter action in request")) }
}

/// The chat that a message is taken from.
fn source(ask: &Ask<'_>) -> Result<i64, Refusal> {
    let id = ask.chat_id("from_chat_id")?;
    ask.state.world.reachable(id).map(|chat| chat.id)
}

fn forward_one(ask: &mut Ask<'_>, from: i64, id: i32, chat: &Chat) -> Result<i32, Refusal> {
    let sender = Sender::User(ask.me());
    ask.world().forward((from, id), chat.id, sender)
}

/// `forwardMessage`
pub(super) fn forward(ask: &mut Ask<'_>) -> Answer {
    let (chat, from, id) = (ask.writable("can_send_messages")?, source(ask)?, ask.message_id()?);
    let sent = forward_one(ask, from, id, &chat)?;
    shown(ask, chat.id, sent)
}

/// Up to a hundred ids, of which those that are not there are left out.
fn ids(ask: &Ask<'_>) -> Result<Vec<i32>, Refusal> {
    let listed = ask.list("message_ids")?;
    match listed.len() {
        0 => Err(bad("message identifiers are not specified")),
        1..=100 => Ok(listed.iter().filter_map(|id| i32::try_from(id.as_i64()?).ok()).collect()),
        _ => Err(bad("too many message identifiers specified")),
    }
}

/// `forwardMessages`
pub(super) fn forward_all(ask: &mut Ask<'_>) -> Answer {
    let (chat, from, ids) = (ask.writable("can_send_messages")?, source(ask)?, ids(ask)?);
    let sent = ids.into_iter().filter_map(|id| forward_one(ask, from, id, &chat).ok());
    Ok(sent.map(|id| json!({ "message_id": id })).collect())
}

fn copy_one(ask: &mut Ask<'_>, from: i64, id: i32, chat: &Chat) -> Result<i32, Refusal> {
    let message = ask.state.world.message(from, id).cloned().ok_or_else(|| bad("message to copy not found"))?;
    if message.is_service() {
        return Err(bad("message can't be copied"));
    }
    let (placed, me) = (ask.draft(chat)?, ask.me());
    let mut copy = ask.state.world.draft_of(&message, chat.id, Sender::User(me));
    (copy.thread, copy.reply) = (placed.thread, placed.reply);
    if ask.text("caption").is_some() {
        copy.content.remove("caption_entities");
        copy = worded(copy, "caption", ask.caption(None)?);
    }
    ask.world().post(copy)
}

/// `copyMessage`
pub(super) fn copy(ask: &mut Ask<'_>) -> Answer {
    let (chat, from, id) = (ask.writable("can_send_messages")?, source(ask)?, ask.message_id()?);
    copy_one(ask, from, id, &chat).map(|id| json!({ "message_id": id }))
}

/// `copyMessages`
pub(super) fn copy_all(ask: &mut Ask<'_>) -> Answer {
    let (chat, from, ids) = (ask.writable("can_send_messages")?, source(ask)?, ids(ask)?);
    let sent = ids.into_iter().filter_map(|id| copy_one(ask, from, id, &chat).ok());
    Ok(sent.map(|id| json!({ "message_id": id })).collect())
}
