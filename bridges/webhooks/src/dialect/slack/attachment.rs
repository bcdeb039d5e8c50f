//! Attachments, as Slack and Mattermost have them: <https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments>.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use super::{
    super::{objects, text},
    blocks,
};
use crate::{
    convert::{card::colour, mrkdwn},
    post::{Card, Field, File, Titled},
};

/// Reads an attachment in Slack's markup.
#[must_use]
pub fn read(attachment: &Map<String, Value>) -> Card {
    with(attachment, mrkdwn::read)
}

/// Reads an attachment whose texts are in this markup.
#[must_use]
pub fn with(attachment: &Map<String, Value>, read: fn(&str) -> Doc) -> Card {
    let doc = |key: &str| text(attachment, key).map(|text| read(&text)).unwrap_or_default();
    let titled = |name: &str, link: &str| {
        text(attachment, name).map(|text| Titled { text: mrkdwn::unescape(&text), url: self::text(attachment, link) })
    };
    let mut card = Card {
        pretext: doc("pretext"),
        author: titled("author_name", "author_link"),
        title: titled("title", "title_link"),
        text: doc("text"),
        fields: objects(attachment, "fields").map(|one| field(one, read)).collect(),
        footer: footer(attachment),
        colour: None,
        images: ["image_url", "thumb_url"].into_iter().filter_map(|key| text(attachment, key)).map(File::web).collect(),
        links: objects(attachment, "actions").filter_map(action).collect(),
    };
    let shown = blocks::read(attachment.get("blocks"));
    card.text.append(shown.doc);
    card.images.extend(shown.images);
    card.links.extend(shown.links);
    // `fallback` is for clients that cannot show the rest.
    if card.is_empty() {
        card.text = doc("fallback");
    }
    card.colour = text(attachment, "color").and_then(|text| colour(&text));
    card
}

fn field(field: &Map<String, Value>, read: fn(&str) -> Doc) -> Field {
    let short = match field.get("short") {
        Some(Value::String(short)) => short == "true",
        Some(short) => short.as_bool().unwrap_or(false),
        None => false,
    };
    Field {
        name: text(field, "title").unwrap_or_default(),
        value: text(field, "value").map(|value| read(&value)).unwrap_or_default(),
        short,
    }
}

/// The footer, with the time that the attachment tells.
fn footer(attachment: &Map<String, Value>) -> Option<String> {
    let at = match attachment.get("ts") {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "a float beyond the range of i64 saturates")]
    let when = at.filter(|at| *at > 0.0).map(|at| crate::convert::utc(at as i64));
    match (text(attachment, "footer"), when) {
        (Some(footer), Some(when)) => Some(format!("{footer} | {when}")),
        (footer, when) => footer.or(when),
    }
}

/// A button that leads somewhere; one that calls back cannot be pressed here.
fn action(action: &Map<String, Value>) -> Option<Titled> {
    let url = text(action, "url")?;
    Some(Titled::link(text(action, "text").or_else(|| text(action, "name")).unwrap_or_default(), url))
}
