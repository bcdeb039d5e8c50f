//! Our own address: `/hook/SECRET`, or `/hook` with `Authorization: Bearer SECRET`. It takes plain text, the form of any
//! service by its name (`/hook/SECRET/github`) or its shape, and any other JSON, if need be through a template.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value, json};

use super::{Dialect, Refusal, adapter, cut, discord, hookshot, mattermost, slack, text};
use crate::{
    convert::markdown::{self, calls},
    hooks::Hook,
    post::{Post, Priority, State, Titled},
    receive::Ask,
    template,
};

/// `POST`, `PUT` or `GET /hook/SECRET[/ADAPTER]`
pub(crate) async fn answer(ask: &Ask<'_>) -> HttpResponse {
    match take(ask).await {
        Ok(ids) => HttpResponse::json(200, &json!({ "ok": true, "ids": ids })),
        Err(why) => refuse(why),
    }
}

async fn take(ask: &Ask<'_>) -> Result<Vec<String>, Refusal> {
    let hook = ask.hook().await?;
    let given = ask.parameters();
    let method = ask.request.method.as_str();
    // What only looks at an address (a preview of links) must say nothing.
    if method == "GET" && !given.contains_key("message") && !given.contains_key("text") && !given.contains_key("msg") {
        return Err(Refusal::Method("POST, PUT"));
    }
    if !matches!(method, "GET" | "POST" | "PUT") {
        return Err(Refusal::Method("POST, PUT"));
    }
    let posts = read(ask, &hook, &given)?;
    Ok(ask.accept(&hook, posts).await?.ids)
}

fn read(ask: &Ask<'_>, hook: &Hook, given: &Map<String, Value>) -> Result<Vec<Post>, Refusal> {
    adapter::verify(ask.request, &ask.address.secret)?;
    if let Some(source) = ask
        .request
        .header("x-template")
        .map(str::to_owned)
        .or_else(|| ask.request.param("template"))
        .or_else(|| hook.template.clone())
    {
        let json = ask.body.json.clone().unwrap_or(Value::Object(given.clone()));
        let post = template::post(&source, &json, ask.request).map_err(|_| Refusal::Field("template"))?;
        return if post.is_empty() { Err(Refusal::Empty) } else { Ok(vec![post]) };
    }
    let named = Some(ask.rest()).filter(|name| !name.is_empty()).or(hook.adapter.as_deref());
    if let Some(name) = named {
        let dialect = adapter::named(name).ok_or(Refusal::Unsupported)?;
        return adapter::read(dialect, ask.request, &ask.body);
    }
    if let Some(posts) = ask.adapted()? {
        return Ok(posts);
    }
    let mut post = plain(given, ask)?;
    post.files.extend(ask.body.files.iter().map(|(_, file)| file.clone()));
    if post.is_empty() { Err(Refusal::Empty) } else { Ok(vec![post]) }
}

/// A message of no service: plain text, or JSON of which the usual names are known.
fn plain(given: &Map<String, Value>, ask: &Ask<'_>) -> Result<Post, Refusal> {
    if given.contains_key("content") || given.contains_key("embeds") {
        return discord::read(given, &ask.body);
    }
    if given.contains_key("blocks") {
        return slack::read(given);
    }
    let known = ["text", "message", "body", "msg", "html", "title", "attachments"];
    if let Some(json) = ask.body.json.as_ref().filter(|_| !known.into_iter().any(|key| given.contains_key(key))) {
        return hookshot::read(&Some(json.clone()), None).map(|post| Post { source: Dialect::Native, ..post });
    }
    // `curl -d` calls a plain text a form.
    let is_text = ask.body.json.is_none() && ask.body.text.is_some() && ask.request.method != "GET";
    if is_text && !known.into_iter().any(|key| ask.body.field(key).is_some()) {
        let said = cut(ask.body.text.as_deref().unwrap_or_default()).trim();
        let named = Post { say: markdown::read(said), mentions: calls(said), ..object(given) };
        return Ok(named);
    }
    if given.contains_key("attachments") {
        return mattermost::read(given).map(|post| Post { source: Dialect::Native, ..post });
    }
    Ok(object(given))
}

/// An object with the usual names: also what a template makes.
#[must_use]
pub fn object(given: &Map<String, Value>) -> Post {
    let said = ["text", "message", "body", "msg"].into_iter().find_map(|key| text(given, key)).unwrap_or_default();
    let first = |one: &str, other: &str| text(given, one).or_else(|| text(given, other));
    let state = match text(given, "state").as_deref() {
        Some("resolved" | "ok" | "up") => State::Resolved,
        Some("acknowledged" | "ack") => State::Acknowledged,
        _ => State::Firing,
    };
    Post {
        title: text(given, "title").map(|title| Titled { text: title, url: text(given, "url") }),
        say: text(given, "html").map_or_else(|| markdown::read(&said), |html| Doc::from_html(&html)),
        username: first("username", "name"),
        icon_url: first("icon_url", "avatar_url"),
        icon_emoji: first("icon_emoji", "emoji"),
        priority: text(given, "priority").and_then(|word| Priority::named(&word)),
        silent: super::flag(given, "silent"),
        key: first("key", "incident"),
        state,
        severity: text(given, "severity"),
        dedupe: first("dedupe_key", "dedup_key"),
        thread: text(given, "thread"),
        mentions: calls(&said),
        at: given.get("at").and_then(Value::as_i64).filter(|at| *at > 0).map(Timestamp),
        ..Post::new(Dialect::Native)
    }
}

/// What the sender is told when the message was not taken.
pub(crate) fn refuse(why: Refusal) -> HttpResponse {
    let mut answer = HttpResponse::json(why.status(), &json!({ "ok": false, "error": why.to_string() }));
    match why {
        Refusal::Method(allowed) => answer.headers.push(("allow".into(), allowed.into())),
        Refusal::TooMany(seconds) => answer.headers.push(("retry-after".into(), seconds.to_string())),
        _ => {}
    }
    answer
}
