//! From a request to a stored message, and the answer the sender expects.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::{
    convert,
    dialect::{Dialect, Refusal, discord, mattermost},
    hooks::Hook,
    identity,
};

/// `POST /hooks/SECRET`. Answered once the message is stored: from then on it reaches the room whatever happens.
pub(crate) async fn receive(request: &HttpRequest, secret: &str, remote: &Remote) -> HttpResponse {
    if request.method != "POST" {
        let mut answer = HttpResponse::text(405, "method_not_allowed");
        answer.headers.push(("allow".to_owned(), "POST".to_owned()));
        return answer;
    }
    let payload = payload(request);
    let dialect = payload.as_ref().map_or(Dialect::Mattermost, Dialect::of);
    match take(request, secret, payload.as_ref(), dialect, remote).await {
        Ok(answer) => answer,
        Err(why) => dialect.refuse(why),
    }
}

async fn take(
    request: &HttpRequest,
    secret: &str,
    payload: Option<&Map<String, Value>>,
    dialect: Dialect,
    remote: &Remote,
) -> Result<HttpResponse, Refusal> {
    let hook = Hook::find(secret, remote).await.map_err(not_now)?.ok_or(Refusal::UnknownHook)?;
    let post = dialect.read(payload.ok_or(Refusal::Unreadable)?)?;
    if !remote.is_linked(&hook.chat()) {
        return Err(Refusal::RoomGone);
    }
    let at = Timestamp::now();
    let id = discord::snowflake(at);
    let message = Incoming::message(hook.chat(), identity::author(&hook, &post), &*id, convert::parts(&post));
    remote.emit(Incoming { at, ..message }).await.map_err(not_now)?;
    Ok(match dialect {
        Dialect::Mattermost => mattermost::accepted(),
        Dialect::Discord => discord::accepted(request, &hook, &id, &post, at),
    })
}

fn not_now(error: StoreError) -> Refusal {
    tracing::error!(error = %error, "A webhook's message could not be stored.");
    Refusal::NotNow
}

/// The object in the body: JSON, or a form whose field `payload` is JSON, or JSON that calls itself a form, as `curl -d`
/// sends it.
fn payload(request: &HttpRequest) -> Option<Map<String, Value>> {
    let form = request.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let body = std::str::from_utf8(&request.body).ok()?;
    if !form {
        return object(body);
    }
    let fields = HttpRequest { query: body.to_owned(), ..request.clone() };
    fields.param("payload").and_then(|payload| object(&payload)).or_else(|| object(body))
}

/// JSON, if need be after its line breaks and tabs inside texts were escaped, which scripts forget.
fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(&repaired(text)).ok())
}

fn repaired(text: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\n' if inside => out.push_str("\\n"),
            '\r' if inside => out.push_str("\\r"),
            '\t' if inside => out.push_str("\\t"),
            _ => out.push(letter),
        }
        inside ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
    }
    out
}

#[cfg(test)]
#[path = "receive_tests.rs"]
mod tests;
