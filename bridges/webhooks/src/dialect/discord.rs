//! Discord's webhooks: <https://discord.com/developers/docs/resources/webhook>. The answer to a message is 204, or the
//! message with `?wait=true`; the content type is exactly `application/json`, which clients compare.

pub mod embed;
mod memory;
pub mod message;

use appservice_sdk::prelude::*;
use serde_json::{Map, Value, json};

use super::{Dialect, Refusal, flag, is_yes, object, objects, slack, text};
use crate::{
    body::Body,
    convert::markdown::{self, calls},
    hooks::Hook,
    ids,
    post::{Act, File, Mentions, Post},
    receive::Ask,
};

/// Characters of `content`.
const MAX_CONTENT: usize = 2000;
const MAX_EMBEDS: usize = 10;
/// `SUPPRESS_EMBEDS`
const NO_EMBEDS: i64 = 1 << 2;
/// `SUPPRESS_NOTIFICATIONS`
const SILENT: i64 = 1 << 12;

/// Everything below `/api/webhooks/ID/TOKEN`.
pub(crate) async fn answer(ask: &Ask<'_>) -> HttpResponse {
    with_limits(take(ask).await.unwrap_or_else(refuse))
}

async fn take(ask: &Ask<'_>) -> Result<HttpResponse, Refusal> {
    let hook = ask.hook().await?;
    match (ask.request.method.as_str(), ask.rest().split('/').collect::<Vec<_>>().as_slice()) {
        ("GET", [""]) => Ok(HttpResponse::json(200, &message::webhook(&hook, &ask.address.secret))),
        ("POST", [""]) => execute(ask, &hook).await,
        ("POST", ["slack"]) => as_slack(ask, &hook).await,
        ("POST", ["github"]) => as_github(ask, &hook).await,
        (method, ["messages", id]) => on_message(ask, &hook, method, id).await,
        _ => Err(Refusal::Method("GET, POST, PATCH, DELETE")),
    }
}

async fn execute(ask: &Ask<'_>, hook: &Hook) -> Result<HttpResponse, Refusal> {
    let payload = payload(&ask.body)?;
    let mut post = read(&payload, &ask.body)?;
    post.thread = ask.request.param("thread_id").filter(|id| id.parse::<u64>().is_ok());
    let wait = ask.request.param("wait").is_some_and(|wait| is_yes(&wait));
    let mut files = memory::files(&post);
    let accepted = ask.accept(hook, vec![post]).await?;
    let id = accepted.ids.first().map(String::as_str).unwrap_or_default();
    memory::stored(&mut files, id);
    memory::keep(ask, hook, id, &payload, files).await?;
    if !wait {
        return Ok(HttpResponse::status(204));
    }
    Ok(HttpResponse::json(200, &message::message(hook, id, &payload, &ask.body)))
}

/// `/slack`: Slack's form. Unlike elsewhere, waiting is the default.
async fn as_slack(ask: &Ask<'_>, hook: &Hook) -> Result<HttpResponse, Refusal> {
    let payload = ask.body.object().ok_or(Refusal::Unreadable)?;
    ask.accept(hook, vec![slack::read(&payload)?]).await?;
    let wait = ask.request.param("wait").is_none_or(|wait| is_yes(&wait));
    Ok(if wait { HttpResponse::text(200, "ok") } else { HttpResponse::status(204) })
}

/// `/github`: what GitHub sends.
async fn as_github(ask: &Ask<'_>, hook: &Hook) -> Result<HttpResponse, Refusal> {
    let posts = ask.adapted()?.ok_or(Refusal::Unreadable)?;
    ask.accept(hook, posts).await?;
    Ok(HttpResponse::status(204))
}

/// `/messages/ID`
async fn on_message(ask: &Ask<'_>, hook: &Hook, method: &str, id: &str) -> Result<HttpResponse, Refusal> {
    let known = id.parse::<u64>().is_ok() && ask.has_said(hook, id).await?;
    if !known {
        return Err(Refusal::UnknownMessage);
    }
    let before = memory::recall(ask, hook, id).await?;
    match method {
        "GET" => Ok(HttpResponse::json(200, &message::message(hook, id, &before.payload, &before.body()))),
        "PATCH" => {
            let (payload, body) = before.changed(payload(&ask.body)?, &ask.body, id);
            let post = Post { act: Act::Edit(id.to_owned()), ..read(&payload, &body)? };
            let mut files = memory::files(&post);
            memory::stored(&mut files, id);
            ask.accept(hook, vec![post]).await?;
            memory::keep(ask, hook, id, &payload, files).await?;
            let mut edited = message::message(hook, id, &payload, &body);
            edited["edited_timestamp"] = json!(message::rfc3339(Timestamp::now()));
            Ok(HttpResponse::json(200, &edited))
        }
        "DELETE" => {
            let post = Post { act: Act::Delete(id.to_owned()), ..Post::new(Dialect::Discord) };
            ask.accept(hook, vec![post]).await?;
            Ok(HttpResponse::status(204))
        }
        _ => Err(Refusal::Method("GET, PATCH, DELETE")),
    }
}

fn payload(body: &Body) -> Result<Map<String, Value>, Refusal> {
    match body.object() {
        Some(payload) => Ok(payload),
        None if !body.files.is_empty() => Ok(Map::new()),
        None => Err(Refusal::Unreadable),
    }
}

/// Reads a message.
///
/// # Errors
/// [`Refusal::Empty`] and [`Refusal::TooLong`].
pub fn read(payload: &Map<String, Value>, body: &Body) -> Result<Post, Refusal> {
    let content = text(payload, "content").unwrap_or_default();
    if content.chars().count() > MAX_CONTENT {
        return Err(Refusal::TooLong);
    }
    if objects(payload, "embeds").count() > MAX_EMBEDS {
        return Err(Refusal::Field("embeds"));
    }
    let flags = payload.get("flags").and_then(Value::as_i64).unwrap_or(0);
    let mut files = files(payload, body);
    let cards = match flags & NO_EMBEDS {
        0 => embed::all(objects(payload, "embeds"), &mut files),
        _ => Vec::new(),
    };
    let post = Post {
        say: markdown::read(&content),
        cards,
        files,
        username: text(payload, "username"),
        icon_url: text(payload, "avatar_url"),
        silent: flags & SILENT != 0,
        thread_name: text(payload, "thread_name"),
        mentions: mentions(payload, &content),
        ..Post::new(Dialect::Discord)
    };
    if post.is_empty() && !flag(payload, "poll") { Err(Refusal::Empty) } else { Ok(post) }
}

/// The files, with what `attachments` says of them.
fn files(payload: &Map<String, Value>, body: &Body) -> Vec<File> {
    let told: Vec<_> = objects(payload, "attachments").collect();
    let mut files = Vec::new();
    for (part, file) in &body.files {
        let number = part.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']'));
        let about = told.iter().find(|one| number.is_some() && text(one, "id").as_deref() == number);
        let mut file = file.clone();
        if let Some(about) = about {
            file.name = text(about, "filename").or(file.name);
            file.alt = text(about, "description");
            file.spoiler = flag(about, "is_spoiler");
        }
        file.spoiler |= file.name.as_deref().is_some_and(|name| name.starts_with("SPOILER_"));
        files.push(file);
    }
    files
}

/// Who is called: by the text, as far as `allowed_mentions` lets it.
fn mentions(payload: &Map<String, Value>, content: &str) -> Mentions {
    let mut mentions = calls(content);
    match object(payload, "allowed_mentions") {
        Some(allowed) => {
            let parse: Vec<_> = allowed.get("parse").and_then(Value::as_array).into_iter().flatten().collect();
            mentions.room &= parse.iter().any(|one| *one == "everyone");
            if !parse.iter().any(|one| *one == "users") {
                let users = allowed.get("users").and_then(Value::as_array);
                let named = |person: &String| users.is_some_and(|users| users.iter().any(|user| user == person));
                mentions.people.retain(named);
            }
        }
        // What Discord assumes for webhooks: `{"parse": ["users"]}`.
        None => mentions.room = false,
    }
    mentions
}

/// A roomy bucket: clients slow down by themselves when they see that little is left.
fn with_limits(mut answer: HttpResponse) -> HttpResponse {
    let now = Timestamp::now().0 / 1000;
    let (left, after) = if answer.status == 429 { (0, retry_after(&answer)) } else { (29, 1) };
    for (name, value) in [
        ("x-ratelimit-limit", "30".to_owned()),
        ("x-ratelimit-remaining", left.to_string()),
        ("x-ratelimit-reset", (now + after).to_string()),
        ("x-ratelimit-reset-after", format!("{after}.000")),
        ("x-ratelimit-bucket", "causewaywebhooks".to_owned()),
    ] {
        answer.headers.push((name.into(), value));
    }
    answer
}

fn retry_after(answer: &HttpResponse) -> i64 {
    let header = answer.headers.iter().find(|(name, _)| name == "retry-after");
    header.and_then(|(_, seconds)| seconds.parse().ok()).unwrap_or(1)
}

/// What the sender is told when the message was not taken.
pub(crate) fn refuse(why: Refusal) -> HttpResponse {
    let (status, code, message) = match why {
        Refusal::Unreadable => (400, 50109, "The request body contains invalid JSON."),
        Refusal::Empty => (400, 50006, "Cannot send an empty message"),
        Refusal::TooLong | Refusal::Field(_) => return invalid_form(why),
        Refusal::TooLarge => (413, 40005, "Request entity too large"),
        Refusal::UnknownHook => (404, 10015, "Unknown Webhook"),
        Refusal::Unsigned => (401, 50027, "Invalid Webhook Token"),
        Refusal::NotAllowed => (403, 50013, "Missing Permissions"),
        Refusal::UnknownMessage => (404, 10008, "Unknown Message"),
        Refusal::RoomGone => (404, 10003, "Unknown Channel"),
        Refusal::Method(_) => (405, 0, "405: Method Not Allowed"),
        Refusal::Unsupported => (404, 0, "404: Not Found"),
        Refusal::TooMany(seconds) => return too_many(seconds),
        Refusal::NotNow => (503, 0, "Try again later"),
    };
    HttpResponse::json(status, &json!({ "message": message, "code": code }))
}

fn invalid_form(why: Refusal) -> HttpResponse {
    let (field, code, message) = match why {
        Refusal::Field(name) => (name, "BASE_TYPE_BAD_LENGTH", "Must be 10 or fewer in length.".to_owned()),
        _ => ("content", "BASE_TYPE_MAX_LENGTH", format!("Must be {MAX_CONTENT} or fewer in length.")),
    };
    let errors = json!({ field: { "_errors": [{ "code": code, "message": message }] } });
    HttpResponse::json(400, &json!({ "message": "Invalid Form Body", "code": 50035, "errors": errors }))
}

/// Clients take a 429 without `Via` for a ban, and do not try again.
fn too_many(seconds: u32) -> HttpResponse {
    let body = json!({ "message": "You are being rate limited.", "retry_after": seconds, "global": false });
    let mut answer = HttpResponse::json(429, &body);
    for (name, value) in
        [("retry-after", seconds.to_string()), ("x-ratelimit-scope", "shared".into()), ("via", "1.1 causeway".into())]
    {
        answer.headers.push((name.into(), value));
    }
    answer
}

/// Whether an id may be one of a thread: any message of the room.
#[must_use]
pub fn channel(hook: &Hook) -> String {
    ids::of(&hook.room)
}

#[cfg(test)]
#[path = "discord_tests.rs"]
mod tests;
