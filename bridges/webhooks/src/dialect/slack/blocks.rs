//! Slack's Block Kit: <https://docs.slack.dev/reference/block-kit/blocks>. What cannot be shown (inputs, menus) is left
//! out; an unknown block is not an error, since Slack adds new ones.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use super::super::{object, objects, text};
use crate::{
    convert::mrkdwn,
    dialect::slack::rich_text,
    post::{File, Titled},
};

/// What a list of blocks shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    pub doc: Doc,
    pub images: Vec<File>,
    pub links: Vec<Titled>,
}

impl Shown {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.doc.is_empty() && self.images.is_empty() && self.links.is_empty()
    }
}

/// Reads `blocks`, which some senders write as a text of JSON.
#[must_use]
pub fn read(blocks: Option<&Value>) -> Shown {
    let mut shown = Shown::default();
    let written;
    let list = match blocks {
        Some(Value::String(text)) => {
            written = serde_json::from_str::<Value>(text).unwrap_or_default();
            written.as_array()
        }
        Some(value) => value.as_array(),
        None => None,
    };
    for block in list.into_iter().flatten().filter_map(Value::as_object) {
        one(block, &mut shown);
    }
    shown
}

fn one(block: &Map<String, Value>, shown: &mut Shown) {
    match text(block, "type").as_deref() {
        Some("header") => {
            let text = object(block, "text").map(|text| Inline::lines(&plain(text))).unwrap_or_default();
            shown.doc.blocks.push(Block::Heading { level: 3, text });
        }
        Some("section") => section(block, shown),
        Some("context") => context(block, shown),
        Some("divider") => shown.doc.blocks.push(Block::Rule),
        Some("image") => shown.images.extend(image(block)),
        Some("actions") => shown.links.extend(objects(block, "elements").filter_map(button)),
        Some("rich_text") => shown.doc.append(rich_text::read(block)),
        Some("markdown") => {
            let said = text(block, "text").unwrap_or_default();
            shown.doc.append(crate::convert::markdown::read(&said));
        }
        Some("video") => video(block, shown),
        Some("table") => shown.doc.blocks.extend(table(block)),
        _ => {}
    }
}

fn section(block: &Map<String, Value>, shown: &mut Shown) {
    if let Some(said) = object(block, "text") {
        shown.doc.append(composed(said));
    }
    let fields: Vec<Vec<Inline>> = objects(block, "fields").map(line).collect();
    if !fields.is_empty() {
        let rows = fields.chunks(2).map(<[Vec<Inline>]>::to_vec).collect();
        shown.doc.blocks.push(Block::Table { head: Vec::new(), rows });
    }
    if let Some(accessory) = object(block, "accessory") {
        shown.images.extend(image(accessory));
        shown.links.extend(button(accessory));
    }
}

fn context(block: &Map<String, Value>, shown: &mut Shown) {
    let mut small = Vec::new();
    for element in objects(block, "elements") {
        if !small.is_empty() {
            small.push(Inline::text(" "));
        }
        match text(element, "type").as_deref() {
            Some("image") => small.extend(text(element, "alt_text").map(Inline::text)),
            _ => small.extend(line(element)),
        }
    }
    if !small.is_empty() {
        shown.doc.blocks.push(Block::Paragraph(vec![Inline::Small(small)]));
    }
}

fn video(block: &Map<String, Value>, shown: &mut Shown) {
    let title = object(block, "title").map(plain).unwrap_or_default();
    let url = text(block, "title_url").or_else(|| text(block, "video_url"));
    shown.links.extend(url.map(|url| Titled::link(title, url)));
    shown.images.extend(text(block, "thumbnail_url").map(File::web));
}

fn table(block: &Map<String, Value>) -> Option<Block> {
    let cell = |cell: &Value| -> Vec<Inline> {
        let Some(cell) = cell.as_object() else { return Vec::new() };
        match text(cell, "type").as_deref() {
            Some("raw_text") => Inline::lines(&text(cell, "text").unwrap_or_default()),
            _ => match rich_text::read(cell).blocks.into_iter().next() {
                Some(Block::Paragraph(line)) => line,
                _ => Vec::new(),
            },
        }
    };
    let rows = block.get("rows")?.as_array()?;
    let mut rows = rows.iter().filter_map(Value::as_array).map(|row| row.iter().map(cell).collect::<Vec<_>>());
    let head = rows.next()?;
    Some(Block::Table { head, rows: rows.collect() })
}

/// A text object: `plain_text` or `mrkdwn`.
fn composed(said: &Map<String, Value>) -> Doc {
    let written = text(said, "text").unwrap_or_default();
    match text(said, "type").as_deref() {
        Some("plain_text") => Doc::text(&plain(said)),
        _ => mrkdwn::read(&written),
    }
}

/// A text object on one line.
fn line(said: &Map<String, Value>) -> Vec<Inline> {
    match text(said, "type").as_deref() {
        Some("plain_text") => Inline::lines(&plain(said)),
        _ => mrkdwn::inline(&text(said, "text").unwrap_or_default()),
    }
}

/// A plain text, whose emoji are written by name.
fn plain(said: &Map<String, Value>) -> String {
    let written = text(said, "text").unwrap_or_default();
    crate::emoji::replaced(&mrkdwn::unescape(&written))
}

fn image(image: &Map<String, Value>) -> Option<File> {
    let url = text(image, "image_url")?;
    let title = object(image, "title").map(composed).unwrap_or_default();
    Some(File { alt: text(image, "alt_text"), caption: title, kind: Some(MediaKind::Image), ..File::web(url) })
}

/// A button that leads somewhere. Its `url` may be an object whose `href` is the address (`JSON.stringify` of a URL that
/// went wrong).
fn button(element: &Map<String, Value>) -> Option<Titled> {
    let url = text(element, "url").or_else(|| text(object(element, "url")?, "href"))?;
    let name = object(element, "text").map(plain).or_else(|| text(element, "text")).unwrap_or_default();
    Some(Titled::link(name, url))
}
