//! Embeds: <https://discord.com/developers/docs/resources/message#embed-object>.

use serde_json::{Map, Value};

use super::super::{object, objects, text};
use crate::{
    convert::{self, markdown},
    post::{Card, Field, File, Titled},
};

/// Reads embeds; a picture that came along (`attachment://name`) moves into its embed.
#[must_use]
pub fn all<'a>(embeds: impl Iterator<Item = &'a Map<String, Value>>, files: &mut Vec<File>) -> Vec<Card> {
    embeds.map(|embed| card(embed, files)).filter(|card| !card.is_empty()).collect()
}

fn card(embed: &Map<String, Value>, files: &mut Vec<File>) -> Card {
    let inner = |key: &str, name: &str| object(embed, key).and_then(|inner| text(inner, name));
    let url = text(embed, "url");
    let title = text(embed, "title").map(|title| Titled { text: title, url: url.clone() });
    let images = ["image", "thumbnail"].into_iter().filter_map(|key| picture(&inner(key, "url")?, files)).collect();
    Card {
        author: inner("author", "name").map(|name| Titled { text: name, url: inner("author", "url") }),
        title: title.or_else(|| url.map(|url| Titled::link(url.clone(), url))),
        text: text(embed, "description").map(|text| markdown::read(&text)).unwrap_or_default(),
        fields: objects(embed, "fields").map(field).collect(),
        footer: footer(inner("footer", "text"), text(embed, "timestamp")),
        colour: embed.get("color").and_then(Value::as_u64).and_then(|colour| u32::try_from(colour & 0xff_ffff).ok()),
        images,
        ..Card::default()
    }
}

fn field(field: &Map<String, Value>) -> Field {
    Field {
        name: text(field, "name").unwrap_or_default(),
        value: text(field, "value").map(|text| markdown::read(&text)).unwrap_or_default(),
        short: field.get("inline").and_then(Value::as_bool).unwrap_or(false),
    }
}

fn footer(text: Option<String>, at: Option<String>) -> Option<String> {
    let at = at.map(|at| convert::unix(&at).map_or(at, convert::utc));
    match (text, at) {
        (Some(text), Some(at)) => Some(format!("{text} | {at}")),
        (text, at) => text.or(at),
    }
}

fn picture(url: &str, files: &mut Vec<File>) -> Option<File> {
    let Some(name) = url.strip_prefix("attachment://") else { return Some(File::web(url)) };
    let at = files.iter().position(|file| file.name.as_deref() == Some(name))?;
    Some(files.remove(at))
}
