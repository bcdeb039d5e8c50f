//! Mattermost's incoming webhooks: <https://developers.mattermost.com/integrate/webhooks/incoming/>. The answer is the bare
//! word `ok`, an error is Mattermost's `AppError`.
//!
//! An address of this form is also what people paste where Slack's or Discord's belongs, so a message in Discord's form
//! is taken here and answered as Discord does.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value, json};

use super::{Dialect, Refusal, discord, flag, object, objects, slack, text};
use crate::{
    convert::markdown::{self, calls},
    post::{Card, Mentions, Post, Priority},
    receive::Ask,
};

/// `POST /hooks/SECRET`
pub(crate) async fn answer(ask: &Ask<'_>) -> HttpResponse {
    let payload = ask.body.object();
    if payload.as_ref().is_some_and(is_discord) {
        return discord::answer(ask).await;
    }
    match take(ask, payload).await {
        Ok(()) => {
            let mut answer = HttpResponse::text(200, "ok");
            answer.headers.push(("x-request-id".into(), request_id()));
            answer
        }
        Err(why) => refuse(why),
    }
}

async fn take(ask: &Ask<'_>, payload: Option<Map<String, Value>>) -> Result<(), Refusal> {
    ask.only("POST")?;
    let hook = ask.hook().await?;
    let posts = match ask.adapted()? {
        Some(posts) => posts,
        None => vec![read(&payload.ok_or(Refusal::Unreadable)?)?],
    };
    ask.accept(&hook, posts).await?;
    Ok(())
}

/// Whether a message is in Discord's form.
fn is_discord(payload: &Map<String, Value>) -> bool {
    let has = |key: &str| payload.get(key).is_some_and(|value| !value.is_null());
    ["content", "embeds", "avatar_url"].into_iter().any(has) && !has("text") && !has("attachments")
}

/// Reads a message.
///
/// # Errors
/// [`Refusal::Empty`]
pub fn read(payload: &Map<String, Value>) -> Result<Post, Refusal> {
    let said = text(payload, "text").unwrap_or_default();
    let mut post = Post {
        say: markdown::read(&said),
        username: text(payload, "username"),
        icon_url: text(payload, "icon_url"),
        icon_emoji: text(payload, "icon_emoji"),
        priority: priority(payload),
        silent: flag(payload, "silent"),
        mentions: calls(&said),
        cards: objects(payload, "attachments")
            .map(|one| slack::attachment::with(one, markdown::read))
            .filter(|card| !card.is_empty())
            .collect(),
        ..Post::new(Dialect::Mattermost)
    };
    for attachment in objects(payload, "attachments") {
        let Mentions { room, people } = calls(&text(attachment, "text").unwrap_or_default());
        post.mentions.room |= room;
        post.mentions.people.extend(people);
    }
    let blocks = slack::blocks::read(payload.get("blocks"));
    if !blocks.is_empty() {
        post.say = blocks.doc;
        post.files.extend(blocks.images);
        post.links.extend(blocks.links);
    }
    post.cards.extend(object(payload, "props").and_then(card));
    if post.is_empty() { Err(Refusal::Empty) } else { Ok(post) }
}

/// `props.card`: what Mattermost shows beside the message when asked to.
fn card(props: &Map<String, Value>) -> Option<Card> {
    let said = text(props, "card")?;
    let body = markdown::read(&said).blocks;
    let details = Block::Details { summary: vec![Inline::text("ℹ️")], body };
    Some(Card { text: Doc::default().with(details), ..Card::default() })
}

fn priority(payload: &Map<String, Value>) -> Option<Priority> {
    let priority = object(payload, "priority")?;
    match text(priority, "priority").as_deref() {
        Some("urgent") => Some(Priority::Urgent),
        Some("important") => Some(Priority::High),
        Some("standard") => Some(Priority::Normal),
        _ => None,
    }
}

fn request_id() -> String {
    let letters = b"abcdefghijkmnopqrstuwxyz13456789";
    (0..26).map(|_| char::from(letters[usize::from(rand::random::<u8>() % 32)])).collect()
}

/// What the sender is told when the message was not taken.
pub(crate) fn refuse(why: Refusal) -> HttpResponse {
    let (status, id, message) = match why {
        Refusal::Empty => (400, "text", "No text specified."),
        Refusal::UnknownHook => (400, "invalid", "Invalid webhook."),
        Refusal::RoomGone => (404, "channel", "Couldn't find the channel."),
        Refusal::NotAllowed => (403, "permissions", "Inappropriate channel permissions."),
        Refusal::Unsigned => (401, "invalid", "Invalid webhook."),
        Refusal::Field(_) | Refusal::Unreadable | Refusal::TooLong | Refusal::UnknownMessage => {
            (400, "parse", "Unable to parse incoming data.")
        }
        Refusal::TooLarge => (413, "parse", "Unable to parse incoming data."),
        Refusal::Unsupported => (404, "disabled", "There is nothing of the kind here."),
        Refusal::Method(_) => (405, "parse", "Unable to parse incoming data."),
        Refusal::TooMany(_) => (429, "rate", "Too many messages; wait a little."),
        Refusal::NotNow => (503, "general", "Not now; try again later."),
    };
    let request_id = request_id();
    let mut answer = HttpResponse::json(
        status,
        &json!({
            "id": format!("web.incoming_webhook.{id}.app_error"), "message": message, "detailed_error": "",
            "request_id": request_id, "status_code": status,
        }),
    );
    answer.headers.push(("x-request-id".into(), request_id));
    match why {
        Refusal::Method(allowed) => answer.headers.push(("allow".into(), allowed.into())),
        Refusal::TooMany(seconds) => answer.headers.push(("retry-after".into(), seconds.to_string())),
        _ => {}
    }
    answer
}

#[cfg(test)]
#[path = "mattermost_tests.rs"]
mod tests;
