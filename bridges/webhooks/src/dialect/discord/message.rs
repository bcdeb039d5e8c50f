//! What Discord answers: webhooks and messages as objects.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value, json};

use super::super::text;
use crate::{body::Body, hooks::Hook, ids, post::From};

/// The webhook, as `GET` shows it.
#[must_use]
pub fn webhook(hook: &Hook, secret: &str) -> Value {
    let token: String = secret.chars().cycle().take(68).collect();
    json!({
        "id": ids::of(&hook.id), "type": 1, "guild_id": ids::of("guild"), "channel_id": super::channel(hook),
        "name": hook.name, "avatar": null, "token": token, "application_id": null,
    })
}

/// A message, as `wait` shows it.
#[must_use]
pub fn message(hook: &Hook, id: &str, payload: &Map<String, Value>, body: &Body) -> Value {
    let webhook = ids::of(&hook.id);
    let name = text(payload, "username").unwrap_or_else(|| hook.name.clone());
    let list = |key: &str| payload.get(key).filter(|value| value.is_array()).cloned().unwrap_or_else(|| json!([]));
    json!({
        "id": id, "type": 0, "channel_id": super::channel(hook), "webhook_id": webhook,
        "content": text(payload, "content").unwrap_or_default(),
        "author": { "id": webhook, "username": name, "avatar": null, "bot": true, "discriminator": "0000" },
        "timestamp": rfc3339(ids::moment(id)), "edited_timestamp": null, "attachments": attachments(id, body),
        "embeds": list("embeds"), "mentions": [], "mention_roles": [], "mention_everyone": false, "pinned": false,
        "tts": false, "flags": payload.get("flags").and_then(Value::as_i64).unwrap_or(0), "components": [],
    })
}

fn attachments(id: &str, body: &Body) -> Vec<Value> {
    let number = id.parse::<u64>().unwrap_or_default();
    let mut list = Vec::new();
    for ((_, file), at) in body.files.iter().zip(1..) {
        let name = file.name.as_deref().unwrap_or("file");
        let size = if let From::Bytes(bytes) = &file.from { bytes.len() } else { 0 };
        // The file itself is in the room, and cannot be read without an account there.
        let url = format!("https://invalid/attachments/{id}/{name}");
        list.push(json!({
            "id": (number + at).to_string(), "filename": name, "size": size, "url": url, "proxy_url": url,
            "content_type": file.mime,
        }));
    }
    list
}

/// `2026-11-21T10:00:00.000000+00:00`
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    let (year, month, day) = crate::convert::civil(at.0.div_euclid(86_400_000));
    let ms = at.0.rem_euclid(86_400_000);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    let micros = ms % 1000 * 1000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}+00:00")
}
