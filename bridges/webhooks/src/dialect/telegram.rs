//! Telegram's Bot API, as far as senders use it: <https://core.telegram.org/bots/api>.
//!
//! The token names the room, so `chat_id` may be anything. What this bot cannot do is answered as Telegram answers a
//! method that it does not know.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value, json};

use super::{Dialect, Refusal, flag, object, objects, text};
use crate::{
    body::{self, Body},
    convert::{self, markdown::calls, telegram as markup},
    hooks::Hook,
    ids,
    post::{Act, File, Post, Titled},
    receive::Ask,
};

/// UTF-16 units of a text, and of a caption.
const MAX_TEXT: usize = 4096;
/// Methods that send one file, and the field it comes in.
const MEDIA: [(&str, &str, MediaKind); 8] = [
    ("sendphoto", "photo", MediaKind::Image),
    ("senddocument", "document", MediaKind::File),
    ("sendvideo", "video", MediaKind::Video),
    ("sendanimation", "animation", MediaKind::Video),
    ("sendaudio", "audio", MediaKind::Audio),
    ("sendvoice", "voice", MediaKind::Voice),
    ("sendvideonote", "video_note", MediaKind::Video),
    ("sendsticker", "sticker", MediaKind::Sticker),
];

/// `/botTOKEN/METHOD`
pub(crate) async fn answer(ask: &Ask<'_>) -> HttpResponse {
    match take(ask).await {
        Ok(result) => HttpResponse::json(200, &json!({ "ok": true, "result": result })),
        Err(why) => refuse(why),
    }
}

async fn take(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let hook = ask.hook().await.map_err(|why| if why == Refusal::UnknownHook { Refusal::Unsigned } else { why })?;
    let given = parameters(ask.request, &ask.body);
    let method = ask.rest().to_ascii_lowercase();
    match method.as_str() {
        "getme" => return Ok(bot(&hook)),
        "getchat" => return Ok(chat(&hook, &given)),
        "getupdates" => return Ok(json!([])),
        "sendchataction" | "deletewebhook" => return Ok(json!(true)),
        "deletemessage" => {
            let id = known(ask, &hook, &given).await?;
            let post = Post { act: Act::Delete(id), ..Post::new(Dialect::Telegram) };
            ask.accept(&hook, vec![post]).await?;
            return Ok(json!(true));
        }
        _ => {}
    }
    let mut posts = read(&method, &given, &ask.body)?;
    if method.starts_with("edit") {
        let id = known(ask, &hook, &given).await?;
        if let Some(post) = posts.first_mut() {
            post.act = Act::Edit(id);
        }
    }
    let kinds: Vec<Post> = posts.clone();
    let accepted = ask.accept(&hook, posts).await?;
    let sent = accepted.ids.iter().zip(&kinds).map(|(id, post)| message(&hook, &given, id, post)).collect::<Vec<_>>();
    match (method.as_str(), sent.into_iter().next()) {
        ("sendmediagroup", _) => {
            let all = accepted.ids.iter().zip(&kinds).map(|(id, post)| message(&hook, &given, id, post));
            Ok(Value::Array(all.collect()))
        }
        (_, Some(one)) => Ok(one),
        (_, None) => Err(Refusal::Empty),
    }
}

/// The message that is to be changed, if this hook said it.
async fn known(ask: &Ask<'_>, hook: &Hook, given: &Map<String, Value>) -> Result<String, Refusal> {
    let short = text(given, "message_id").and_then(|id| id.parse().ok()).ok_or(Refusal::UnknownMessage)?;
    let id = ids::from_short(short);
    if ask.has_said(hook, &id).await? { Ok(id) } else { Err(Refusal::UnknownMessage) }
}

/// Parameters from the query, a form, parts or JSON. Texts that are JSON count as what they say.
#[must_use]
pub fn parameters(request: &HttpRequest, body: &Body) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, value) in body::form(&request.query).into_iter().chain(body.fields.iter().cloned()) {
        let nested = value.starts_with(['{', '[']).then(|| serde_json::from_str(&value).ok()).flatten();
        let keep_text = matches!(name.as_str(), "text" | "caption");
        all.insert(name, nested.filter(|_| !keep_text).unwrap_or(Value::String(value)));
    }
    if let Some(Value::Object(object)) = &body.json {
        all.extend(object.clone());
    }
    all
}

/// Reads what a method says.
///
/// # Errors
/// As Telegram has them.
pub fn read(method: &str, given: &Map<String, Value>, body: &Body) -> Result<Vec<Post>, Refusal> {
    let post = base(given);
    match method {
        "sendmessage" | "editmessagetext" => {
            let say = said(given, "text", "entities")?;
            if say.plain().trim().is_empty() {
                return Err(Refusal::Empty);
            }
            Ok(vec![Post { say, mentions: calls(&text(given, "text").unwrap_or_default()), ..post }])
        }
        "editmessagecaption" => Ok(vec![Post { say: said(given, "caption", "caption_entities")?, ..post }]),
        "sendlocation" | "sendvenue" => Ok(vec![Post { links: vec![place(given)?], ..post }]),
        "sendmediagroup" => group(given, body, &post),
        _ => {
            let (_, field, kind) = MEDIA.iter().find(|(name, _, _)| *name == method).ok_or(Refusal::Unsupported)?;
            let caption = said(given, "caption", "caption_entities")?;
            let mut file = file(given.get(*field), field, body).ok_or(Refusal::Field("file"))?;
            file.kind = Some(*kind);
            file.caption = caption;
            file.spoiler = flag(given, "has_spoiler");
            Ok(vec![Post { files: vec![file], ..post }])
        }
    }
}

fn base(given: &Map<String, Value>) -> Post {
    let reply = object(given, "reply_parameters").and_then(|reply| text(reply, "message_id"));
    let short = |id: String| id.parse().ok().map(ids::from_short);
    let rows = object(given, "reply_markup").and_then(|markup| markup.get("inline_keyboard")?.as_array());
    let buttons = rows.into_iter().flatten().filter_map(Value::as_array).flatten().filter_map(Value::as_object);
    Post {
        silent: flag(given, "disable_notification"),
        reply_to: reply.or_else(|| text(given, "reply_to_message_id")).and_then(short),
        thread: text(given, "message_thread_id").and_then(short),
        links: buttons.filter_map(|button| Some(Titled::link(text(button, "text")?, text(button, "url")?))).collect(),
        ..Post::new(Dialect::Telegram)
    }
}

fn said(given: &Map<String, Value>, key: &str, entities: &str) -> Result<Doc, Refusal> {
    let said = text(given, key).unwrap_or_default();
    let mode = text(given, "parse_mode");
    let list: Vec<_> = objects(given, entities).collect();
    let doc = if list.is_empty() { markup::read(&said, mode.as_deref()) } else { markup::entities(&said, &list) };
    // Telegram counts what is left without the markup.
    if doc.plain().encode_utf16().count() > MAX_TEXT * 2 { Err(Refusal::TooLong) } else { Ok(doc) }
}

fn place(given: &Map<String, Value>) -> Result<Titled, Refusal> {
    let number = |key: &'static str| -> Result<f64, Refusal> {
        text(given, key).and_then(|text| text.parse().ok()).ok_or(Refusal::Field(key))
    };
    let (latitude, longitude) = (number("latitude")?, number("longitude")?);
    let name = text(given, "title").unwrap_or_else(|| format!("{latitude}, {longitude}"));
    let url = format!("https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=16/{latitude}/{longitude}");
    Ok(Titled::link(format!("📍 {name}"), url))
}

/// A file: an address, a part under the field's name, or `attach://part`.
fn file(value: Option<&Value>, field: &str, body: &Body) -> Option<File> {
    let part = |name: &str| body.files.iter().find(|(known, _)| known == name).map(|(_, file)| file.clone());
    match value.and_then(Value::as_str) {
        Some(at) => match at.strip_prefix("attach://") {
            Some(name) => part(name),
            None if crate::identity::is_web(at) => Some(File::web(at)),
            None => None,
        },
        None => part(field),
    }
}

fn group(given: &Map<String, Value>, body: &Body, base: &Post) -> Result<Vec<Post>, Refusal> {
    let mut posts = Vec::new();
    for media in objects(given, "media").take(10) {
        let mut file = file(media.get("media"), "media", body).ok_or(Refusal::Field("media"))?;
        file.kind = match text(media, "type").as_deref() {
            Some("photo") => Some(MediaKind::Image),
            Some("video") => Some(MediaKind::Video),
            Some("audio") => Some(MediaKind::Audio),
            _ => Some(MediaKind::File),
        };
        file.caption = said(media, "caption", "caption_entities")?;
        posts.push(Post { files: vec![file], ..base.clone() });
    }
    if posts.is_empty() { Err(Refusal::Empty) } else { Ok(posts) }
}

fn bot(hook: &Hook) -> Value {
    json!({
        "id": number(&hook.id), "is_bot": true, "first_name": hook.name, "username": format!("{}_bot", hook.id),
        "can_join_groups": false, "can_read_all_group_messages": false, "supports_inline_queries": false,
    })
}

fn chat(hook: &Hook, given: &Map<String, Value>) -> Value {
    let id = text(given, "chat_id").and_then(|id| id.parse::<i64>().ok());
    json!({
        "id": id.unwrap_or_else(|| -i64::try_from(number(&hook.room)).unwrap_or(1)), "type": "group",
        "title": hook.name, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": {
            "unlimited_gifts": false, "limited_gifts": false, "unique_gifts": false, "premium_subscription": false,
            "gifts_from_channels": false,
        },
    })
}

/// A number that every language's floating point holds exactly.
fn number(of: &str) -> u64 {
    ids::of(of).parse::<u64>().unwrap_or(1) % 4_000_000_000_000
}

/// A message, as Telegram answers it.
fn message(hook: &Hook, given: &Map<String, Value>, id: &str, post: &Post) -> Value {
    let mut chat = chat(hook, given);
    if let Some(chat) = chat.as_object_mut() {
        chat.retain(|key, _| matches!(key.as_str(), "id" | "type" | "title"));
    }
    let mut message = json!({
        "message_id": ids::to_short(id), "date": ids::moment(id).0 / 1000, "chat": chat, "from": bot(hook),
    });
    let Some(file) = post.files.first() else {
        message["text"] = json!(post.say.plain());
        return message;
    };
    let reference = json!({ "file_id": id, "file_unique_id": id, "file_name": file.name, "mime_type": file.mime });
    match file.kind.unwrap_or_else(|| convert::kind(file)) {
        MediaKind::Image => {
            message["photo"] = json!([{ "file_id": id, "file_unique_id": id, "width": 0, "height": 0 }]);
        }
        _ => message["document"] = reference,
    }
    if !file.caption.is_empty() {
        message["caption"] = json!(file.caption.plain());
    }
    message
}

/// What the sender is told when the message was not taken.
pub(crate) fn refuse(why: Refusal) -> HttpResponse {
    let (status, description) = match why {
        Refusal::Unreadable => (400, "Bad Request: can't parse the request".to_owned()),
        Refusal::Empty => (400, "Bad Request: message text is empty".to_owned()),
        Refusal::TooLong => (400, "Bad Request: message is too long".to_owned()),
        Refusal::Field(name) => (400, format!("Bad Request: wrong or missing {name}")),
        Refusal::TooLarge => (413, "Request Entity Too Large".to_owned()),
        Refusal::UnknownMessage => (400, "Bad Request: message to edit not found".to_owned()),
        Refusal::RoomGone => (400, "Bad Request: chat not found".to_owned()),
        Refusal::UnknownHook | Refusal::Unsigned => (401, "Unauthorized".to_owned()),
        Refusal::NotAllowed => (403, "Forbidden: the bot may not do that here".to_owned()),
        Refusal::Unsupported => (404, "Not Found: method not found".to_owned()),
        Refusal::Method(_) => (405, "Method Not Allowed".to_owned()),
        Refusal::TooMany(seconds) => (429, format!("Too Many Requests: retry after {seconds}")),
        Refusal::NotNow => (503, "Service Unavailable: try again later".to_owned()),
    };
    let mut body = json!({ "ok": false, "error_code": status, "description": description });
    let mut headers = Vec::new();
    if let Refusal::TooMany(seconds) = why {
        body["parameters"] = json!({ "retry_after": seconds });
        headers.push(("retry-after".to_owned(), seconds.to_string()));
    }
    let mut answer = HttpResponse::json(status, &body);
    answer.headers.extend(headers);
    answer
}

#[cfg(test)]
#[path = "telegram_tests.rs"]
mod tests;
