//! The part of Slack's Web API that senders use (<https://docs.slack.dev/reference/methods>): messages, their edits and
//! reactions, and files in three steps. A call that fails is answered with 200 and `"ok": false`, as Slack does.

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Dialect, Refusal, objects, slack, text};
use crate::{
    address, emoji, files,
    hooks::Hook,
    ids,
    post::{Act, File, From, Post},
    receive::{Ask, not_now},
};

/// A file that is announced: `upload/ID`.
#[derive(Debug, Serialize, Deserialize)]
struct Announced {
    hook: String,
    name: Option<String>,
    alt: Option<String>,
    /// Set once its bytes are here.
    #[serde(default)]
    here: bool,
}

/// `/api/METHOD`, and `/upload/ID`.
pub(crate) async fn answer(ask: &Ask<'_>) -> HttpResponse {
    let done = match ask.rest().strip_prefix("upload/") {
        Some(id) => upload(ask, id).await,
        None => take(ask).await.map(|body| HttpResponse::json(200, &body)),
    };
    done.unwrap_or_else(refuse)
}

async fn take(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let given = ask.parameters();
    let hook = hook(ask, &given).await?;
    match ask.rest() {
        "api.test" => Ok(json!({ "ok": true })),
        "auth.test" => Ok(who(&hook)),
        "chat.postMessage" => say(ask, &hook, &given).await,
        "chat.update" => update(ask, &hook, &given).await,
        "chat.delete" => {
            let id = known(ask, &hook, &given, "ts").await?;
            ask.accept(&hook, vec![Post { act: Act::Delete(id), ..Post::new(Dialect::SlackApi) }]).await?;
            Ok(json!({ "ok": true, "channel": channel(&hook), "ts": text(&given, "ts") }))
        }
        "reactions.add" => {
            let id = known(ask, &hook, &given, "timestamp").await?;
            let name = text(&given, "name").ok_or(Refusal::Field("name"))?;
            let character = emoji::character(&name).map_or_else(|| format!(":{name}:"), str::to_owned);
            ask.accept(&hook, vec![Post { act: Act::React(id, character), ..Post::new(Dialect::SlackApi) }]).await?;
            Ok(json!({ "ok": true }))
        }
        "conversations.list" | "users.conversations" => Ok(json!({
            "ok": true, "channels": [about(&hook)], "response_metadata": { "next_cursor": "" },
        })),
        "conversations.info" => Ok(json!({ "ok": true, "channel": about(&hook) })),
        "conversations.join" => Ok(json!({ "ok": true, "channel": about(&hook) })),
        "files.getUploadURLExternal" => announce(ask, &hook, &given).await,
        "files.completeUploadExternal" => complete(ask, &hook, &given).await,
        _ => Err(Refusal::Unsupported),
    }
}

/// The hook of the token, wherever it is.
async fn hook(ask: &Ask<'_>, given: &Map<String, Value>) -> Result<Hook, Refusal> {
    if !ask.address.secret.is_empty() {
        return ask.hook().await;
    }
    let token = text(given, "token").ok_or(Refusal::Unsigned)?;
    ask.hook_of(&address::slack_secret(&token)).await
}

async fn say(ask: &Ask<'_>, hook: &Hook, given: &Map<String, Value>) -> Result<Value, Refusal> {
    let post = Post { source: Dialect::SlackApi, ..slack::read(&unpacked(given))? };
    let accepted = ask.accept(hook, vec![post]).await?;
    let ts = ids::to_ts(accepted.ids.first().map(String::as_str).unwrap_or_default());
    Ok(json!({ "ok": true, "channel": channel(hook), "ts": ts, "message": message(hook, given, &ts) }))
}

async fn update(ask: &Ask<'_>, hook: &Hook, given: &Map<String, Value>) -> Result<Value, Refusal> {
    let id = known(ask, hook, given, "ts").await?;
    let post = Post { source: Dialect::SlackApi, act: Act::Edit(id), ..slack::read(&unpacked(given))? };
    ask.accept(hook, vec![post]).await?;
    let ts = text(given, "ts").unwrap_or_default();
    let said = text(given, "text").unwrap_or_default();
    Ok(json!({ "ok": true, "channel": channel(hook), "ts": ts, "text": said, "message": message(hook, given, &ts) }))
}

/// The message of a `ts`, if this hook said it.
async fn known(ask: &Ask<'_>, hook: &Hook, given: &Map<String, Value>, key: &str) -> Result<String, Refusal> {
    let id = text(given, key).and_then(|ts| ids::from_ts(&ts)).ok_or(Refusal::UnknownMessage)?;
    if ask.has_said(hook, &id).await? { Ok(id) } else { Err(Refusal::UnknownMessage) }
}

/// Lists that came as texts of JSON, as forms have them.
fn unpacked(given: &Map<String, Value>) -> Map<String, Value> {
    let mut given = given.clone();
    for key in ["blocks", "attachments", "metadata"] {
        let parsed = given.get(key).and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
        if let Some(parsed) = parsed {
            given.insert(key.to_owned(), parsed);
        }
    }
    given
}

/// First step: where the file goes.
async fn announce(ask: &Ask<'_>, hook: &Hook, given: &Map<String, Value>) -> Result<Value, Refusal> {
    let random: [u8; 16] = rand::random();
    let id = format!("F{}", random.iter().map(|byte| format!("{byte:02X}")).collect::<String>());
    let file = Announced {
        hook: hook.id.clone(),
        name: text(given, "filename"),
        alt: text(given, "alt_txt").or_else(|| text(given, "alt_text")),
        here: false,
    };
    ask.remote.put(&format!("upload/{id}"), &file).await.map_err(not_now)?;
    let header = |name: &str, other: &str| ask.request.header(name).unwrap_or(other).to_owned();
    let host = header("x-forwarded-host", ask.request.header("host").unwrap_or("localhost"));
    let url = format!("{}://{host}/upload/{id}", header("x-forwarded-proto", "http"));
    Ok(json!({ "ok": true, "upload_url": url, "file_id": id }))
}

/// Second step: its bytes. The id in the address is the secret.
async fn upload(ask: &Ask<'_>, id: &str) -> Result<HttpResponse, Refusal> {
    ask.only("POST")?;
    let key = format!("upload/{id}");
    let mut file: Announced = ask.remote.get(&key).await.map_err(not_now)?.ok_or(Refusal::UnknownMessage)?;
    let part = ask.body.files.first().map(|(_, file)| file);
    let bytes = match part.map(|file| &file.from) {
        Some(From::Bytes(bytes)) => bytes.clone(),
        _ => ask.request.body.clone(),
    };
    if bytes.len() > files::MAX_BYTES {
        return Err(Refusal::TooLarge);
    }
    let kept = kept(id, Timestamp::now());
    let batch = files::store(&kept, &bytes, part.and_then(|file| file.mime.as_deref()), Batch::new());
    file.here = true;
    ask.remote.store(batch.put(key, &(file, kept))).await.map_err(not_now)?;
    Ok(HttpResponse::text(200, format!("OK - {}", bytes.len())))
}

/// What the bytes are kept under: the moment comes first, so that old ones can be told.
fn kept(id: &str, at: Timestamp) -> String {
    format!("{}-{id}", ids::new(at))
}

/// Third step: the message that shows it.
async fn complete(ask: &Ask<'_>, hook: &Hook, given: &Map<String, Value>) -> Result<Value, Refusal> {
    let unpacked = given.get("files").and_then(Value::as_str).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let mut holder = given.clone();
    if let Some(list) = unpacked {
        holder.insert("files".to_owned(), list);
    }
    let comment = json!({ "text": text(given, "initial_comment"), "thread_ts": text(given, "thread_ts") });
    let mut post = comment.as_object().and_then(|comment| slack::read(comment).ok()).unwrap_or_default();
    post.source = Dialect::SlackApi;
    let mut shown = Vec::new();
    for one in objects(&holder, "files") {
        let id = text(one, "id").ok_or(Refusal::Field("files"))?;
        let key = format!("upload/{id}");
        let found: Option<(Announced, String)> = ask.remote.get(&key).await.map_err(not_now)?;
        let (file, kept) =
            found.filter(|(file, _)| file.hook == hook.id && file.here).ok_or(Refusal::UnknownMessage)?;
        let name = file.name.or_else(|| text(one, "title"));
        post.files.push(File { name, alt: file.alt, ..File::new(From::Stored(kept)) });
        shown.push(json!({ "id": id, "title": text(one, "title") }));
    }
    if post.files.is_empty() {
        return Err(Refusal::Field("files"));
    }
    ask.accept(hook, vec![post]).await?;
    Ok(json!({ "ok": true, "files": shown }))
}

fn channel(hook: &Hook) -> String {
    format!("C{}", ids::of(&hook.room))
}

fn user(hook: &Hook) -> String {
    format!("U{}", ids::of(&hook.id))
}

fn who(hook: &Hook) -> Value {
    json!({
        "ok": true, "url": "https://slack.com/", "team": "Matrix", "user": hook.name, "team_id": "T1",
        "user_id": user(hook), "bot_id": format!("B{}", ids::of(&hook.id)), "is_enterprise_install": false,
    })
}

fn about(hook: &Hook) -> Value {
    json!({
        "id": channel(hook), "name": hook.name, "is_channel": true, "is_private": true, "is_archived": false,
        "is_member": true, "is_im": false, "is_mpim": false,
    })
}

fn message(hook: &Hook, given: &Map<String, Value>, ts: &str) -> Value {
    json!({
        "type": "message", "subtype": "bot_message", "text": text(given, "text").unwrap_or_default(), "ts": ts,
        "username": text(given, "username").unwrap_or_else(|| hook.name.clone()),
        "bot_id": format!("B{}", ids::of(&hook.id)),
    })
}

/// What the sender is told when nothing was done.
pub(crate) fn refuse(why: Refusal) -> HttpResponse {
    let (status, error) = match why {
        Refusal::UnknownHook => (200, "invalid_auth"),
        Refusal::Unsigned => (200, "not_authed"),
        Refusal::Empty => (200, "no_text"),
        Refusal::TooLong => (200, "msg_too_long"),
        Refusal::TooLarge => (413, "file_too_large"),
        Refusal::RoomGone => (200, "channel_not_found"),
        Refusal::UnknownMessage => (200, "message_not_found"),
        Refusal::NotAllowed => (200, "restricted_action"),
        Refusal::Unsupported => (200, "unknown_method"),
        Refusal::Unreadable => (200, "invalid_json"),
        Refusal::Field(_) => (200, "invalid_arguments"),
        Refusal::Method(_) => (405, "method_not_supported"),
        Refusal::TooMany(_) => (429, "ratelimited"),
        Refusal::NotNow => (503, "service_unavailable"),
    };
    let mut answer = HttpResponse::json(status, &json!({ "ok": false, "error": error }));
    if let Refusal::TooMany(seconds) = why {
        answer.headers.push(("retry-after".into(), seconds.to_string()));
    }
    answer
}
