//! Slack's incoming webhooks: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>. The answer is
//! the bare word `ok`, which senders compare byte for byte, as they do the words for what went wrong.

pub mod attachment;
pub mod blocks;
pub mod rich_text;

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use super::{Dialect, Refusal, object, objects, text};
use crate::{
    convert::{markdown::calls, mrkdwn},
    ids,
    post::Post,
    receive::Ask,
};

/// The most attachments that Slack takes.
const MAX_ATTACHMENTS: usize = 100;

/// `POST /services/T…/B…/SECRET`
pub(crate) async fn answer(ask: &Ask<'_>) -> HttpResponse {
    take(ask).await.map_or_else(refuse, |()| HttpResponse::text(200, "ok"))
}

async fn take(ask: &Ask<'_>) -> Result<(), Refusal> {
    ask.only("POST")?;
    let hook = ask.hook().await?;
    let payload = ask.body.object().ok_or(Refusal::Unreadable)?;
    ask.accept(&hook, vec![read(&payload)?]).await?;
    Ok(())
}

/// Reads a message.
///
/// # Errors
/// [`Refusal::Empty`] and [`Refusal::TooLong`].
pub fn read(payload: &Map<String, Value>) -> Result<Post, Refusal> {
    let said = text(payload, "text").unwrap_or_default();
    let plain = payload.get("mrkdwn").and_then(Value::as_bool) == Some(false);
    let read = |text: &str| if plain { Doc::text(&mrkdwn::unescape(text)) } else { mrkdwn::read(text) };
    let mut post = Post {
        say: read(&said),
        username: text(payload, "username"),
        icon_url: text(payload, "icon_url"),
        icon_emoji: text(payload, "icon_emoji"),
        thread: text(payload, "thread_ts").and_then(|ts| ids::from_ts(&ts)),
        mentions: calls(&said),
        ..Post::new(Dialect::Slack)
    };
    // Where there are blocks, the text is only for notifications.
    let shown = blocks::read(payload.get("blocks"));
    if !shown.is_empty() {
        post.say = shown.doc;
        post.files = shown.images;
        post.links = shown.links;
    }
    if objects(payload, "attachments").count() > MAX_ATTACHMENTS {
        return Err(Refusal::TooLong);
    }
    post.cards = objects(payload, "attachments").map(attachment::read).filter(|card| !card.is_empty()).collect();
    if let Some(metadata) = object(payload, "metadata").and_then(|metadata| object(metadata, "event_payload")) {
        post.dedupe = text(metadata, "dedupe_key");
    }
    if post.is_empty() { Err(Refusal::Empty) } else { Ok(post) }
}

/// What the sender is told when the message was not taken.
pub(crate) fn refuse(why: Refusal) -> HttpResponse {
    let (status, word) = match why {
        Refusal::Unreadable | Refusal::Field(_) => (400, "invalid_payload"),
        Refusal::TooLong => (400, "too_many_attachments"),
        Refusal::TooLarge => (413, "invalid_payload"),
        Refusal::Empty => (400, "no_text"),
        Refusal::UnknownHook | Refusal::Unsupported => (404, "no_service"),
        Refusal::RoomGone | Refusal::UnknownMessage => (404, "channel_not_found"),
        Refusal::NotAllowed => (403, "action_prohibited"),
        Refusal::Unsigned => (403, "invalid_token"),
        Refusal::Method(_) => (405, "method_not_allowed"),
        Refusal::TooMany(_) => (429, "rate_limited"),
        Refusal::NotNow => (503, "rollup_error"),
    };
    let mut answer = HttpResponse::text(status, word);
    match why {
        Refusal::Method(allowed) => answer.headers.push(("allow".into(), allowed.into())),
        Refusal::TooMany(seconds) => answer.headers.push(("retry-after".into(), seconds.to_string())),
        _ => {}
    }
    answer
}

#[cfg(test)]
#[path = "slack_tests.rs"]
mod tests;
