//! Gotify: `POST /message` (<https://gotify.net/api-docs>).

use appservice_sdk::prelude::*;
use serde_json::{Map, Value, json};

use super::{Dialect, Refusal, object, text};
use crate::{
    convert::markdown::{self, calls},
    hooks::Hook,
    ids,
    post::{Post, Priority, Titled},
    receive::Ask,
};

/// `POST /message`
pub(crate) async fn answer(ask: &Ask<'_>) -> HttpResponse {
    match take(ask).await {
        Ok(body) => HttpResponse::json(200, &body),
        Err(why) => refuse(why),
    }
}

async fn take(ask: &Ask<'_>) -> Result<Value, Refusal> {
    ask.only("POST")?;
    let hook = ask.hook().await?;
    let given = ask.parameters();
    let accepted = ask.accept(&hook, vec![read(&given)?]).await?;
    let id = accepted.ids.first().map(String::as_str).unwrap_or_default();
    Ok(message(&hook, &given, id))
}

/// Reads a message.
///
/// # Errors
/// [`Refusal::Empty`]
pub fn read(given: &Map<String, Value>) -> Result<Post, Refusal> {
    let said = text(given, "message").filter(|said| !said.trim().is_empty()).ok_or(Refusal::Empty)?;
    let extras = object(given, "extras");
    let extra = |of: &str, key: &str| extras.and_then(|extras| text(object(extras, of)?, key));
    let is_markdown = extra("client::display", "contentType").as_deref() == Some("text/markdown");
    let notification = extras.and_then(|extras| object(extras, "client::notification"));
    let click = notification.and_then(|notification| text(object(notification, "click")?, "url"));
    let picture = notification.and_then(|notification| text(notification, "bigImageUrl"));
    Ok(Post {
        title: text(given, "title").map(Titled::plain),
        say: if is_markdown { markdown::read(&said) } else { Doc::text(&said) },
        priority: given.get("priority").and_then(|_| text(given, "priority")?.parse().ok()).map(priority),
        links: click.map(|url| Titled::link("", url)).into_iter().collect(),
        files: picture.map(crate::post::File::web).into_iter().collect(),
        mentions: calls(&said),
        ..Post::new(Dialect::Gotify)
    })
}

/// Gotify's clients make no sound below 4 and pop up from 8 on.
fn priority(level: i64) -> Priority {
    match level {
        ..=0 => Priority::Silent,
        1..=3 => Priority::Low,
        4..=7 => Priority::Normal,
        8..=9 => Priority::High,
        10.. => Priority::Urgent,
    }
}

fn message(hook: &Hook, given: &Map<String, Value>, id: &str) -> Value {
    let number = |text: &str| ids::of(text).parse::<u64>().unwrap_or(1) % 1_000_000;
    let mut message = json!({
        "id": ids::to_short(id), "appid": number(&hook.id), "message": text(given, "message").unwrap_or_default(),
        "title": text(given, "title").unwrap_or_else(|| hook.name.clone()),
        "priority": text(given, "priority").and_then(|level| level.parse::<i64>().ok()).unwrap_or(0),
        "date": super::discord::message::rfc3339(ids::moment(id)),
    });
    if let Some(extras) = given.get("extras") {
        message["extras"] = extras.clone();
    }
    message
}

/// What the sender is told when the message was not taken.
pub(crate) fn refuse(why: Refusal) -> HttpResponse {
    let (status, error, description) = match why {
        Refusal::UnknownHook | Refusal::Unsigned => (
            401,
            "Unauthorized",
            "you need to provide a valid access token or user credentials to access this api".to_owned(),
        ),
        Refusal::Empty => (400, "Bad Request", "Field 'message' is required".to_owned()),
        why => match why.status() {
            400 => (400, "Bad Request", why.to_string()),
            403 => (403, "Forbidden", why.to_string()),
            404 => (404, "Not Found", why.to_string()),
            status => (status, "Not Possible", why.to_string()),
        },
    };
    HttpResponse::json(status, &json!({ "error": error, "errorCode": status, "errorDescription": description }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read() {
        let given = json!({
            "title": "T", "message": "**b**", "priority": 8,
            "extras": { "client::display": { "contentType": "text/markdown" }, "client::notification": { "click": { "url": "https://x" } } },
        });
        let post = read(given.as_object().unwrap()).unwrap();
        assert_eq!(crate::convert::parts(&post)[0].doc().unwrap().plain(), "T\n\nb\n\nhttps://x");
        assert_eq!(post.urgency(), Priority::High);
        let plain = json!({ "message": "**b**" });
        assert_eq!(read(plain.as_object().unwrap()).unwrap().say.plain(), "**b**");
        assert_eq!(read(&Map::new()), Err(Refusal::Empty));
    }
}
