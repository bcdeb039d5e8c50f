//! Rocket.Chat: incoming integrations at `/hooks/ID/TOKEN` (<https://docs.rocket.chat/docs/integrations>), and
//! `POST /api/v1/chat.postMessage`.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value, json};

use super::{Dialect, Refusal, objects, slack::attachment, text};
use crate::{
    convert::{markdown, mrkdwn},
    ids,
    post::Post,
    receive::Ask,
};

/// Answers a message.
pub(crate) async fn answer(ask: &Ask<'_>) -> HttpResponse {
    take(ask).await.map_or_else(refuse, |body| HttpResponse::json(200, &body))
}

async fn take(ask: &Ask<'_>) -> Result<Value, Refusal> {
    ask.only("POST")?;
    let hook = ask.hook().await?;
    let payload = ask.body.object().ok_or(Refusal::Unreadable)?;
    let accepted = ask.accept(&hook, vec![read(&payload)?]).await?;
    if ask.rest().is_empty() {
        return Ok(json!({ "success": true }));
    }
    let id = accepted.ids.first().cloned().unwrap_or_default();
    let message = json!({ "_id": id, "rid": ids::of(&hook.room), "msg": text(&payload, "text").unwrap_or_default() });
    Ok(json!({ "success": true, "ts": accepted.at.0, "channel": text(&payload, "channel"), "message": message }))
}

/// Reads a message.
///
/// # Errors
/// [`Refusal::Empty`]
pub fn read(payload: &Map<String, Value>) -> Result<Post, Refusal> {
    let first = |one: &str, other: &str| text(payload, one).or_else(|| text(payload, other));
    let said = first("text", "msg").unwrap_or_default();
    let post = Post {
        say: markup(&said),
        username: first("alias", "username"),
        icon_url: first("avatar", "icon_url"),
        icon_emoji: first("emoji", "icon_emoji"),
        cards: objects(payload, "attachments")
            .map(|one| attachment::with(one, markup))
            .filter(|card| !card.is_empty())
            .collect(),
        mentions: markdown::calls(&said),
        ..Post::new(Dialect::RocketChat)
    };
    if post.is_empty() { Err(Refusal::Empty) } else { Ok(post) }
}

/// `*bold*` as in Slack, unless it is Markdown by its signs.
fn markup(said: &str) -> Doc {
    let is_markdown = said.contains("**") || said.contains("](") || said.contains("__") || said.contains("\n# ");
    if is_markdown { markdown::read(said) } else { mrkdwn::read(said) }
}

/// What the sender is told when the message was not taken.
pub(crate) fn refuse(why: Refusal) -> HttpResponse {
    let (status, error) = match why {
        Refusal::UnknownHook | Refusal::Unsigned => (400, "invalid-hook-or-token".to_owned()),
        why => (why.status(), why.to_string()),
    };
    HttpResponse::json(status, &json!({ "success": false, "error": error }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read() {
        for (payload, html) in [
            (json!({ "text": "*b* [x](https://x.org)" }), r#"<em>b</em> <a href="https://x.org">x</a>"#),
            (json!({ "text": "*b*", "alias": "bot" }), "<strong>b</strong>"),
            (json!({ "text": "**b**" }), "<strong>b</strong>"),
        ] {
            assert_eq!(read(payload.as_object().unwrap()).unwrap().say.to_html(), html, "{payload}");
        }
        assert_eq!(read(&Map::new()), Err(Refusal::Empty));
    }
}
