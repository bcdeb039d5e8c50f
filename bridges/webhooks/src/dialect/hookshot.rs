//! matrix-hookshot's generic hooks at `/webhook/ID`, and its forerunner's `/api/v1/matrix/hook/TOKEN`.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value, json};

use super::{Dialect, Refusal, cut, slack, text};
use crate::{
    convert::markdown::{self, calls},
    post::Post,
    receive::Ask,
};

/// `POST` or `PUT /webhook/ID`
pub(crate) async fn answer(ask: &Ask<'_>) -> HttpResponse {
    match take(ask).await {
        Ok(()) => HttpResponse::json(200, &json!({ "ok": true })),
        Err(why) => refuse(why),
    }
}

async fn take(ask: &Ask<'_>) -> Result<(), Refusal> {
    if !matches!(ask.request.method.as_str(), "POST" | "PUT") {
        return Err(Refusal::Method("POST, PUT"));
    }
    let hook = ask.hook().await?;
    let posts = match ask.adapted()? {
        Some(posts) => posts,
        None => vec![read(
            &ask.body.object().map(Value::Object).or_else(|| ask.body.json.clone()),
            ask.body.text.as_deref(),
        )?],
    };
    ask.accept(&hook, posts).await?;
    Ok(())
}

/// Reads a message: `text`, `html`, `username`; anything else is shown as it came.
///
/// # Errors
/// [`Refusal::Empty`]
pub fn read(json: &Option<Value>, body: Option<&str>) -> Result<Post, Refusal> {
    let new = Post::new(Dialect::Hookshot);
    let Some(value) = json else {
        let said = body.map(|said| cut(said).trim()).filter(|said| !said.is_empty()).ok_or(Refusal::Empty)?;
        return Ok(Post { say: markdown::read(said), mentions: calls(said), ..new });
    };
    let object = value.as_object();
    let field = |key: &str| object.and_then(|object| text(object, key));
    let said = field("text");
    let say = match (field("html"), &said, value) {
        (Some(html), _, _) => Doc::from_html(&html),
        (None, Some(said), _) => markdown::read(said),
        (None, None, Value::String(said)) => markdown::read(cut(said)),
        _ => raw(value),
    };
    Ok(Post { say, username: field("username"), mentions: calls(&said.unwrap_or_default()), ..new })
}

/// JSON as it came, for a sender that nobody taught to speak.
#[must_use]
pub fn raw(value: &Value) -> Doc {
    let written = serde_json::to_string_pretty(value).unwrap_or_default();
    let text: String = written.chars().take(12_000).collect();
    Doc::default().with(Block::Code { language: Some("json".to_owned()), text })
}

/// What the sender is told when the message was not taken.
pub(crate) fn refuse(why: Refusal) -> HttpResponse {
    let error = match why {
        Refusal::UnknownHook => "Webhook not found".to_owned(),
        why => why.to_string(),
    };
    HttpResponse::json(why.status(), &json!({ "ok": false, "error": error }))
}

/// `POST /api/v1/matrix/hook/TOKEN`
pub(crate) async fn answer_old(ask: &Ask<'_>) -> HttpResponse {
    match take_old(ask).await {
        Ok(()) => HttpResponse::json(200, &json!({ "success": true, "queued": true })),
        Err(why) => refuse_old(why),
    }
}

async fn take_old(ask: &Ask<'_>) -> Result<(), Refusal> {
    ask.only("POST")?;
    let hook = ask.hook().await?;
    let payload = ask.body.object().ok_or(Refusal::Unreadable)?;
    ask.accept(&hook, vec![read_old(&payload)?]).await?;
    Ok(())
}

/// Reads `{text, format, displayName, avatarUrl, emoji, msgtype}`, or Slack's form.
///
/// # Errors
/// [`Refusal::Empty`]
pub fn read_old(payload: &Map<String, Value>) -> Result<Post, Refusal> {
    let has = |key: &str| payload.get(key).is_some_and(|value| !value.is_null());
    if has("attachments") || has("blocks") {
        return Ok(Post { source: Dialect::Turt2live, ..slack::read(payload)? });
    }
    let said = text(payload, "text").filter(|said| !said.trim().is_empty()).ok_or(Refusal::Empty)?;
    let first = |one: &str, other: &str| text(payload, one).or_else(|| text(payload, other));
    let emoji = payload.get("emoji").and_then(Value::as_bool).unwrap_or(true);
    let said = if emoji { crate::emoji::replaced(&said) } else { said };
    Ok(Post {
        say: match text(payload, "format").as_deref() {
            Some("html") => Doc::from_html(&said),
            _ => Doc::text(&said),
        },
        username: first("displayName", "username"),
        icon_url: first("avatarUrl", "icon_url"),
        silent: text(payload, "msgtype").as_deref() == Some("notice"),
        mentions: calls(&said),
        ..Post::new(Dialect::Turt2live)
    })
}

/// What the sender of the old form is told when the message was not taken.
pub(crate) fn refuse_old(why: Refusal) -> HttpResponse {
    let (status, error) = match why {
        Refusal::UnknownHook => (400, "Invalid hook ID".to_owned()),
        why => (why.status(), why.to_string()),
    };
    HttpResponse::json(status, &json!({ "error": error, "success": false }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read() {
        for (given, body, plain) in [
            (Some(json!({ "text": "**b**", "username": "u" })), None, "b"),
            (Some(json!({ "text": "x", "html": "<b>h</b>" })), None, "h"),
            (Some(json!({ "odd": 1 })), None, "{\n  \"odd\": 1\n}"),
            (Some(json!("said")), None, "said"),
            (None, Some("plain"), "plain"),
        ] {
            assert_eq!(read(&given, body).unwrap().say.plain(), plain, "{given:?}");
        }
        assert_eq!(read(&None, Some(" ")), Err(Refusal::Empty));
        let old = json!({ "text": "hi :tada:", "format": "plain", "displayName": "D", "msgtype": "notice" });
        let post = read_old(old.as_object().unwrap()).unwrap();
        assert_eq!((post.say.plain().as_str(), post.username.as_deref(), post.silent), ("hi 🎉", Some("D"), true));
    }
}
