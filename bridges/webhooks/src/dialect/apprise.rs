//! Apprise: its API at `/notify/KEY` (<https://github.com/caronc/apprise-api>), and what its `json://` and `form://` send.

use appservice_sdk::prelude::*;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{Dialect, Refusal, objects, text};
use crate::{
    convert::markdown::{self, calls},
    post::{File, From, Post, Priority, Titled},
    receive::Ask,
};

/// A message that went through more Apprise APIs than this goes in circles.
const MAX_HOPS: u32 = 1;

/// `POST /notify/KEY`
pub(crate) async fn answer(ask: &Ask<'_>) -> HttpResponse {
    match take(ask).await {
        Ok(()) => HttpResponse::json(200, &json!({ "error": null })),
        Err(why) => refuse(why),
    }
}

async fn take(ask: &Ask<'_>) -> Result<(), Refusal> {
    ask.only("POST")?;
    let hops = ask.request.header("x-apprise-recursion-count").and_then(|count| count.trim().parse::<u32>().ok());
    if hops.is_some_and(|hops| hops > MAX_HOPS) {
        return Err(Refusal::NotAllowed);
    }
    let hook = ask.hook().await?;
    let payload =
        ask.body.object().or_else(|| (!ask.body.files.is_empty()).then(Map::new)).ok_or(Refusal::Unreadable)?;
    let mut post = read(&payload)?;
    post.files.extend(ask.body.files.iter().map(|(_, file)| file.clone()));
    if post.is_empty() {
        return Err(Refusal::Empty);
    }
    ask.accept(&hook, vec![post]).await?;
    Ok(())
}

/// Whether this is what `json://` sends.
#[must_use]
pub fn is_one(payload: &Map<String, Value>) -> bool {
    ["version", "title", "message", "type"].into_iter().all(|key| payload.get(key).is_some_and(Value::is_string))
}

/// Reads a message.
///
/// # Errors
/// [`Refusal::Field`] for an attachment that is no Base64.
pub fn read(payload: &Map<String, Value>) -> Result<Post, Refusal> {
    let said = text(payload, "body").or_else(|| text(payload, "message")).unwrap_or_default();
    let (mark, priority) = match text(payload, "type").as_deref() {
        Some("success") => ("✅", Priority::Normal),
        Some("warning") => ("⚠️", Priority::High),
        Some("failure") => ("❌", Priority::High),
        _ => ("", Priority::Normal),
    };
    let say = match text(payload, "format").as_deref() {
        Some("html") => Doc::from_html(&said),
        Some("markdown") => markdown::read(&said),
        _ => Doc::text(&said),
    };
    let title = text(payload, "title").unwrap_or_default();
    let title = format!("{mark} {title}").trim().to_owned();
    let has_words =
        !say.is_empty() || payload.get("title").and_then(Value::as_str).is_some_and(|title| !title.is_empty());
    let mut files = Vec::new();
    for key in ["attachments", "attachment", "attach"] {
        for one in objects(payload, key) {
            files.push(attached(one)?);
        }
        let list = payload.get(key).and_then(Value::as_array).into_iter().flatten();
        let urls = list.chain(payload.get(key)).filter_map(Value::as_str);
        files.extend(urls.filter(|url| crate::identity::is_web(url)).map(File::web));
    }
    Ok(Post {
        title: Some(title).filter(|title| has_words && !title.is_empty()).map(Titled::plain),
        say,
        files,
        priority: Some(priority),
        mentions: calls(&said),
        ..Post::new(Dialect::Apprise)
    })
}

fn attached(one: &Map<String, Value>) -> Result<File, Refusal> {
    if let Some(url) = text(one, "url") {
        return Ok(File::web(url));
    }
    let bytes = STANDARD
        .decode(one.get("base64").and_then(Value::as_str).unwrap_or_default())
        .map_err(|_| Refusal::Field("attachments"))?;
    Ok(File {
        name: text(one, "filename").or_else(|| text(one, "name")),
        mime: text(one, "mimetype"),
        ..File::new(From::Bytes(bytes.into()))
    })
}

/// What the sender is told when the message was not taken.
pub(crate) fn refuse(why: Refusal) -> HttpResponse {
    let status = match why {
        Refusal::NotAllowed => 406,
        why => why.status(),
    };
    HttpResponse::json(status, &json!({ "error": why.to_string() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read() {
        let payload = json!({
            "version": "1.0", "title": "T", "message": "body", "type": "failure",
            "attachments": [{ "filename": "a.txt", "base64": "aGk=", "mimetype": "text/plain" }],
        });
        let payload = payload.as_object().unwrap();
        assert!(is_one(payload));
        let post = read(payload).unwrap();
        assert_eq!(post.title, Some(Titled::plain("❌ T")));
        assert_eq!(
            (post.urgency(), post.files[0].from.clone()),
            (Priority::High, From::Bytes(Bytes::from_static(b"hi")))
        );
        let broken = json!({ "body": "x", "attachments": [{ "base64": "%" }] });
        assert_eq!(read(broken.as_object().unwrap()), Err(Refusal::Field("attachments")));
        assert!(read(&Map::new()).unwrap().is_empty());
        assert!(read(json!({ "type": "failure" }).as_object().unwrap()).unwrap().is_empty());
    }
}
