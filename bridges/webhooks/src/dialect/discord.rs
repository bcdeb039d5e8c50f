//! Discord's webhooks: <https://discord.com/developers/docs/resources/webhook#execute-webhook>. The answer is 204, or
//! the message with `?wait=true`.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value, json};

use super::{Refusal, objects, text};
use crate::{
    hooks::Hook,
    post::{Card, Field, Post, Titled},
};

/// Characters of `content`.
const MAX_CONTENT: usize = 2000;
const MAX_EMBEDS: usize = 10;

pub(super) fn read(payload: &Map<String, Value>) -> Result<Post, Refusal> {
    let content = text(payload, "content").unwrap_or_default();
    let embeds: Vec<Card> = objects(payload, "embeds").map(card).collect();
    if content.chars().count() > MAX_CONTENT || embeds.len() > MAX_EMBEDS {
        return Err(Refusal::TooLong);
    }
    Ok(Post {
        text: content,
        cards: embeds,
        username: text(payload, "username"),
        icon_url: text(payload, "avatar_url"),
        icon_emoji: None,
    })
}

fn card(embed: &Map<String, Value>) -> Card {
    let inner = |key: &str, name: &str| embed.get(key).and_then(Value::as_object).and_then(|inner| text(inner, name));
    Card {
        pretext: None,
        author: inner("author", "name").map(|name| Titled { text: name, url: inner("author", "url") }),
        title: text(embed, "title").map(|title| Titled { text: title, url: text(embed, "url") }),
        text: text(embed, "description"),
        fields: objects(embed, "fields")
            .map(|field| Field {
                name: text(field, "name").unwrap_or_default(),
                value: text(field, "value").unwrap_or_default(),
            })
            .collect(),
        footer: inner("footer", "text"),
        images: ["image", "thumbnail"].into_iter().filter_map(|key| inner(key, "url")).collect(),
    }
}

/// The message is in the room. With `wait` the sender wants to see it.
pub(crate) fn accepted(request: &HttpRequest, hook: &Hook, id: &str, post: &Post, at: Timestamp) -> HttpResponse {
    let wait = request.param("wait").is_some_and(|wait| matches!(wait.as_str(), "true" | "True" | "1"));
    if !wait {
        return HttpResponse::status(204);
    }
    let webhook = snowflake_of(&hook.id);
    let name = post.username.as_deref().unwrap_or(&hook.name);
    HttpResponse::json(
        200,
        &json!({
            "id": id, "type": 0, "channel_id": snowflake_of(&hook.room), "webhook_id": webhook, "content": post.text,
            "author": { "id": webhook, "username": name, "avatar": null, "bot": true, "discriminator": "0000" },
            "timestamp": rfc3339(at), "edited_timestamp": null, "attachments": [], "embeds": [], "mentions": [],
            "mention_roles": [], "mention_everyone": false, "pinned": false, "tts": false, "flags": 0, "components": [],
        }),
    )
}

/// A new id as Discord makes them: the time in milliseconds since 2015, then 22 random bits.
pub(crate) fn snowflake(at: Timestamp) -> String {
    let since = u64::try_from(at.0.saturating_sub(1_420_070_400_000)).unwrap_or_default();
    ((since << 22) | u64::from(rand::random::<u32>() >> 10)).to_string()
}

/// A number that always stands for this text.
fn snowflake_of(text: &str) -> String {
    let key = SendKey::derive(&[text]);
    let digits = key.as_str().get(..15).unwrap_or_default();
    u64::from_str_radix(digits, 16).unwrap_or_default().to_string()
}

/// `2026-11-21T10:00:00.000000+00:00`, by the civil calendar (Howard Hinnant's `civil_from_days`).
fn rfc3339(at: Timestamp) -> String {
    let (days, ms) = (at.0.div_euclid(86_400_000), at.0.rem_euclid(86_400_000));
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    let micros = ms % 1000 * 1000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}+00:00")
}

pub(super) fn refuse(why: Refusal) -> HttpResponse {
    let (status, code, message) = match why {
        Refusal::Unreadable => (400, 50109, "The request body contains invalid JSON."),
        Refusal::Empty => (400, 50006, "Cannot send an empty message"),
        Refusal::TooLong => (400, 50035, "Invalid Form Body"),
        Refusal::UnknownHook => (404, 10015, "Unknown Webhook"),
        Refusal::RoomGone => (404, 10003, "Unknown Channel"),
        Refusal::NotNow => (503, 0, "Try again later"),
    };
    HttpResponse::json(status, &json!({ "message": message, "code": code }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_discord_writes_them() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000000+00:00"),
            (951_782_400_123, "2000-02-29T00:00:00.123000+00:00"),
            (1_795_254_896_000, "2026-11-21T09:54:56.000000+00:00"),
        ] {
            assert_eq!(rfc3339(Timestamp(ms)), text);
        }
    }

    #[test]
    fn ids_grow_with_time() {
        let id = |ms| snowflake(Timestamp(ms)).parse::<u64>().unwrap();
        assert!(id(1_795_254_896_000) < id(1_795_254_896_001));
    }
}
