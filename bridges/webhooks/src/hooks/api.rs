//! Hooks over HTTP, for the command line and for programs that carry the bridge's `hs_token`:
//!
//! | request | answer |
//! |---|---|
//! | `GET /_bridge/hooks[?room=]` | `{"hooks": […]}` |
//! | `POST /_bridge/hooks` with `{"room", "name"?, "creator"?}` | the hook with its `secret`, `path` and `addresses` |
//! | `GET /_bridge/hooks/ID` | the hook |
//! | `PATCH /_bridge/hooks/ID` with `{"set": "level 4"}` or `{"name"}` | the hook |
//! | `DELETE /_bridge/hooks/ID` | `{}` |
//! | `POST /_bridge/hooks/ID/rotate` | the hook with its new `secret` |
//! | `POST /_bridge/hooks/ID/test` with `{"level"?}` | `{"steps": […]}`: what each step of a message and its fallback did |
//! | `PUT /_bridge/hooks/ID/heartbeat[/SLUG]` with `{"schedule", "grace"?, "level"?}` | the check |
//! | `DELETE /_bridge/hooks/ID/heartbeat[/SLUG]` | `{}` |

use appservice_sdk::prelude::*;
use serde_json::{Value, json};

use super::{Hook, command};
use crate::{
    address,
    desk::Desk,
    fallback,
    heartbeat::{self, Check},
};

/// Answers a request below `/_bridge/hooks`.
pub async fn answer(request: &HttpRequest, desk: &Desk) -> HttpResponse {
    let path: Vec<&str> = request.path.split('/').skip(3).filter(|segment| !segment.is_empty()).collect();
    let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let answered = match (request.method.as_str(), path.as_slice()) {
        ("GET", []) => list(desk, request.param("room")).await,
        ("POST", []) => make(desk, &asked).await,
        (method, [id, rest @ ..]) => match Hook::by_id(id, desk).await {
            Ok(Some(hook)) => one(desk, hook, (method, rest), &asked).await,
            Ok(None) => Err(refused(404, "There is no such hook.")),
            Err(error) => Err(failed(&error)),
        },
        _ => Err(refused(405, "Use GET or POST.")),
    };
    match answered {
        Ok(value) => HttpResponse::json(200, &value),
        Err(answer) => answer,
    }
}

type Answered = Result<Value, HttpResponse>;

async fn list(desk: &Desk, room: Option<String>) -> Answered {
    let hooks = super::list(desk, room.as_deref()).await.map_err(|error| failed(&error))?;
    let mut shown = Vec::with_capacity(hooks.len());
    for hook in &hooks {
        shown.push(described(desk, hook).await?);
    }
    Ok(json!({ "hooks": shown }))
}

async fn make(desk: &Desk, asked: &Value) -> Answered {
    let Some(room) = asked["room"].as_str() else { return Err(refused(400, "A hook needs a `room`.")) };
    let (name, creator) = (asked["name"].as_str().unwrap_or_default(), asked["creator"].as_str().unwrap_or_default());
    match super::new(desk, room, name, (creator, None)).await {
        Ok((hook, secret)) => with_secret(desk, &hook, &secret).await,
        Err(FetchError::Missing) => Err(refused(404, "There is no such room.")),
        Err(error @ FetchError::Later { .. }) => Err(refused(503, &format!("Not now: {error}."))),
        Err(error) => Err(refused(403, &error.to_string())),
    }
}

async fn one(desk: &Desk, mut hook: Hook, (method, rest): (&str, &[&str]), asked: &Value) -> Answered {
    match (method, rest) {
        ("GET", []) => described(desk, &hook).await,
        ("PATCH", []) => {
            if let Some(name) = asked["name"].as_str() {
                hook.name = super::named(name);
            }
            if let Some(set) = asked["set"].as_str() {
                let words: Vec<&str> = set.split_whitespace().collect();
                command::change(&mut hook, &words).map_err(|why| refused(400, &why))?;
            }
            super::save(desk, &hook).await.map_err(|error| failed(&error))?;
            described(desk, &hook).await
        }
        ("DELETE", []) => {
            super::delete(desk, &hook).await.map_err(|error| failed(&error))?;
            Ok(json!({}))
        }
        ("POST", ["rotate"]) => {
            let (hook, secret) = super::give_secret(desk, hook).await.map_err(|error| failed(&error))?;
            with_secret(desk, &hook, &secret).await
        }
        ("POST", ["test"]) => {
            let level = asked["level"].as_u64().and_then(|level| u8::try_from(level).ok()).unwrap_or(3).clamp(1, 5);
            Ok(json!({ "steps": fallback::test(desk, &hook, level).await }))
        }
        ("PUT", ["heartbeat", slug @ ..]) => beat(desk, &hook, &slug.join("/"), asked).await,
        ("DELETE", ["heartbeat", slug @ ..]) => {
            heartbeat::delete(desk, &hook, &slug.join("/")).await.map_err(|error| failed(&error))?;
            Ok(json!({}))
        }
        _ => Err(refused(404, "There is nothing of the kind here.")),
    }
}

async fn beat(desk: &Desk, hook: &Hook, slug: &str, asked: &Value) -> Answered {
    let known = heartbeat::find(desk, hook, slug).await.map_err(|error| failed(&error))?;
    let mut words = vec![asked["schedule"].as_str().unwrap_or_default().to_owned()];
    let level = asked["level"].as_u64().map(|level| level.to_string());
    for (name, value) in [("grace", asked["grace"].as_str()), ("level", level.as_deref())] {
        words.extend(value.iter().flat_map(|value| [name.to_owned(), (*value).to_owned()]));
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let check = known.unwrap_or_else(|| Check::new(slug, &hook.name));
    let check = command::scheduled(check, &words).map_err(|why| refused(400, &why))?;
    heartbeat::set(desk, hook, &check).await.map_err(|error| failed(&error))?;
    Ok(json!(check))
}

async fn with_secret(desk: &Desk, hook: &Hook, secret: &str) -> Answered {
    let mut shown = described(desk, hook).await?;
    shown["secret"] = json!(secret);
    shown["path"] = json!(format!("/hooks/{secret}"));
    let all = address::all(&hook.id, secret).into_iter();
    shown["addresses"] = all.map(|(dialect, path)| json!({ "dialect": dialect.to_string(), "path": path })).collect();
    Ok(shown)
}

/// A hook as it is shown: all but its secret's hash.
async fn described(desk: &Desk, hook: &Hook) -> Answered {
    let mut shown = json!(hook);
    if let Some(shown) = shown.as_object_mut() {
        shown.remove("hash");
        shown.remove("room");
    }
    shown["room_id"] = json!(hook.room);
    shown["used"] = json!(super::used(&hook.id, desk).await.map_err(|error| failed(&error))?);
    shown["heartbeats"] = json!(heartbeat::all(desk, hook).await.map_err(|error| failed(&error))?);
    Ok(shown)
}

fn failed(error: &StoreError) -> HttpResponse {
    tracing::error!(error = %error, "The database of the webhooks failed.");
    refused(503, "Not now; try again later.")
}

fn refused(status: u16, why: &str) -> HttpResponse {
    let errcode = match status {
        400 => "M_BAD_JSON",
        403 => "M_FORBIDDEN",
        404 => "M_NOT_FOUND",
        405 => "M_UNRECOGNIZED",
        _ => "M_UNKNOWN",
    };
    HttpResponse::json(status, &json!({ "errcode": errcode, "error": why }))
}
