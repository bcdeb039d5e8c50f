//! Mattermost's and Slack's incoming webhooks: <https://developers.mattermost.com/integrate/webhooks/incoming/>,
//! <https://api.slack.com/messaging/webhooks>. The answer is the bare word `ok`, which senders compare.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use super::{Refusal, objects, text};
use crate::post::{Card, Field, Post, Titled};

pub(super) fn read(payload: &Map<String, Value>) -> Post {
    Post {
        text: text(payload, "text").unwrap_or_default(),
        cards: objects(payload, "attachments").map(card).collect(),
        username: text(payload, "username"),
        icon_url: text(payload, "icon_url"),
        icon_emoji: text(payload, "icon_emoji"),
    }
}

fn card(attachment: &Map<String, Value>) -> Card {
    let titled =
        |name: &str, link: &str| text(attachment, name).map(|text| Titled { text, url: self::text(attachment, link) });
    let field = |field: &Map<String, Value>| Field {
        name: text(field, "title").unwrap_or_default(),
        value: text(field, "value").unwrap_or_default(),
    };
    let mut card = Card {
        pretext: text(attachment, "pretext"),
        author: titled("author_name", "author_link"),
        title: titled("title", "title_link"),
        text: text(attachment, "text"),
        fields: objects(attachment, "fields").map(field).collect(),
        footer: text(attachment, "footer"),
        images: ["image_url", "thumb_url"].into_iter().filter_map(|key| text(attachment, key)).collect(),
    };
    // `fallback` is for clients that cannot show the rest.
    if card.is_empty() {
        card.text = text(attachment, "fallback");
    }
    card
}

/// The message is in the room.
#[must_use]
pub fn accepted() -> HttpResponse {
    HttpResponse::text(200, "ok")
}

pub(super) fn refuse(why: Refusal) -> HttpResponse {
    let (status, word) = match why {
        Refusal::Unreadable | Refusal::TooLong => (400, "invalid_payload"),
        Refusal::Empty => (400, "no_text"),
        Refusal::UnknownHook => (404, "no_service"),
        Refusal::RoomGone => (404, "channel_not_found"),
        Refusal::NotNow => (500, "rollup_error"),
    };
    HttpResponse::text(status, word)
}
