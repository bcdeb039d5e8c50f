//! The rest of Block Kit, which programs write: shown as text, not clicked.
//!
//! <https://docs.slack.dev/reference/block-kit/blocks>

use appservice_sdk::content::{Block, Doc, Inline};
use serde_json::Value;

use super::rich::{self, array};
use super::{Names, mrkdwn};

/// A picture in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// A public address, or `file ` and the id of one of Slack's.
    pub(crate) url: String,
    pub(crate) alt: Option<String>,
}

/// What blocks say, and the pictures in them.
pub(crate) fn read(blocks: &[Value], names: &dyn Names) -> (Doc, Vec<Picture>) {
    let (mut out, mut pictures) = (Vec::new(), Vec::new());
    for block in blocks {
        one(block, names, &mut out, &mut pictures);
    }
    (Doc { blocks: out }.tidy(), pictures)
}

fn one(block: &Value, names: &dyn Names, out: &mut Vec<Block>, pictures: &mut Vec<Picture>) {
    match block["type"].as_str().unwrap_or_default() {
        "rich_text" => out.extend(rich::blocks(block, names)),
        "section" => section(block, names, out, pictures),
        "header" => out.push(Block::Heading { level: 3, text: text(&block["text"], names) }),
        "context" => context(block, names, out, pictures),
        "divider" => out.push(Block::Rule),
        "image" => {
            paragraph(text(&block["title"], names), out);
            pictures.extend(picture(block));
        }
        "actions" | "context_actions" => paragraph(labels(&block["elements"], names), out),
        "input" => paragraph(vec![Inline::Italic(text(&block["label"], names))], out),
        "markdown" => out.extend(markdown(block["text"].as_str().unwrap_or_default()).blocks),
        "table" => out.extend(table(block, names)),
        "video" => video(block, names, out),
        _ => {}
    }
}

fn section(block: &Value, names: &dyn Names, out: &mut Vec<Block>, pictures: &mut Vec<Picture>) {
    out.extend(said(&block["text"], names).blocks);
    for field in array(&block["fields"]) {
        out.extend(said(field, names).blocks);
    }
    let beside = &block["accessory"];
    match beside["type"].as_str() {
        Some("image") => pictures.extend(picture(beside)),
        Some(_) => paragraph(labels(std::slice::from_ref(beside), names), out),
        None => {}
    }
}

fn context(block: &Value, names: &dyn Names, out: &mut Vec<Block>, pictures: &mut Vec<Picture>) {
    let mut line: Vec<Inline> = Vec::new();
    for element in array(&block["elements"]) {
        if element["type"] == "image" {
            pictures.extend(picture(element).filter(|_| line.is_empty() && array(&block["elements"]).len() == 1));
            continue;
        }
        if !line.is_empty() {
            line.push(Inline::text(" "));
        }
        line.extend(text(element, names));
    }
    if !line.is_empty() {
        out.push(Block::Paragraph(vec![Inline::Small(line)]));
    }
}

/// A text object with its paragraphs.
fn said(object: &Value, names: &dyn Names) -> Doc {
    let text = object["text"].as_str().unwrap_or_default();
    if object["type"] == "mrkdwn" {
        mrkdwn::read(text, names)
    } else {
        Doc { blocks: rich::paragraphs(plain(object, names)) }
    }
}

/// A text object as running text.
fn text(object: &Value, names: &dyn Names) -> Vec<Inline> {
    match object["type"].as_str() {
        Some("mrkdwn") => mrkdwn::line(object["text"].as_str().unwrap_or_default(), names),
        _ => plain(object, names),
    }
}

/// Plain text, in which only emoji have names.
fn plain(object: &Value, names: &dyn Names) -> Vec<Inline> {
    let mut out = Vec::new();
    for inline in Inline::lines(object["text"].as_str().unwrap_or_default()) {
        match inline {
            Inline::Text(text) if text.contains(':') => out.extend(with_emoji(&text, names)),
            other => out.push(other),
        }
    }
    out
}

fn with_emoji(text: &str, names: &dyn Names) -> Vec<Inline> {
    let mut out = Vec::new();
    let mut pieces = text.split(':').peekable();
    let mut open = false;
    while let Some(piece) = pieces.next() {
        let emoji = (open && pieces.peek().is_some() && !piece.is_empty()).then(|| rich::named_emoji(piece, names));
        match emoji {
            Some(Inline::Text(text)) if text.starts_with(':') => out.push(Inline::text(format!(":{piece}"))),
            Some(emoji) => {
                out.push(emoji);
                open = false;
                continue;
            }
            None if open => out.push(Inline::text(format!(":{piece}"))),
            None => out.push(Inline::text(piece)),
        }
        open = true;
    }
    out
}

/// Buttons and menus by what is written on them.
fn labels<'a>(elements: impl IntoElements<'a>, names: &dyn Names) -> Vec<Inline> {
    let mut out = Vec::new();
    for element in elements.elements() {
        let on_it = ["text", "placeholder"].iter().map(|key| &element[*key]).find(|object| object.is_object());
        let Some(label) = on_it.map(|object| text(object, names)).filter(|label| !label.is_empty()) else { continue };
        if !out.is_empty() {
            out.push(Inline::text(" "));
        }
        match element["url"].as_str() {
            Some(url) => out.push(Inline::link(url, label)),
            None => {
                out.push(Inline::text("["));
                out.extend(label);
                out.push(Inline::text("]"));
            }
        }
    }
    out
}

trait IntoElements<'a> {
    fn elements(self) -> &'a [Value];
}

impl<'a> IntoElements<'a> for &'a Value {
    fn elements(self) -> &'a [Value] {
        array(self)
    }
}

impl<'a> IntoElements<'a> for &'a [Value] {
    fn elements(self) -> &'a [Value] {
        self
    }
}

fn picture(block: &Value) -> Option<Picture> {
    let url = match (block["image_url"].as_str(), block["slack_file"]["id"].as_str()) {
        (Some(url), _) => url.to_owned(),
        (None, Some(file)) => format!("file {file}"),
        (None, None) => return None,
    };
    let alt = block["alt_text"].as_str().filter(|alt| !alt.is_empty()).map(str::to_owned);
    Some(Picture { url, alt })
}

/// Standard Markdown, unlike everything else of Slack.
fn markdown(text: &str) -> Doc {
    let mut options = pulldown_cmark::Options::empty();
    options.insert(pulldown_cmark::Options::ENABLE_STRIKETHROUGH);
    options.insert(pulldown_cmark::Options::ENABLE_TABLES);
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, pulldown_cmark::Parser::new_ext(text, options));
    Doc::from_html(&html)
}

fn table(block: &Value, names: &dyn Names) -> Option<Block> {
    let cell = |cell: &Value| match cell["type"].as_str() {
        Some("rich_text") => flat(rich::blocks(cell, names)),
        _ => Inline::lines(cell["text"].as_str().unwrap_or_default()),
    };
    let mut rows: Vec<Vec<Vec<Inline>>> =
        array(&block["rows"]).iter().map(|row| array(row).iter().map(cell).collect()).collect();
    if rows.is_empty() {
        return None;
    }
    let head = rows.remove(0);
    Some(Block::Table { head, rows })
}

/// Paragraphs one after the other on one line.
fn flat(blocks: Vec<Block>) -> Vec<Inline> {
    let mut out = Vec::new();
    for block in blocks {
        if let Block::Paragraph(text) = block {
            if !out.is_empty() {
                out.push(Inline::text(" "));
            }
            out.extend(text.into_iter().map(|inline| if inline == Inline::Break { Inline::text(" ") } else { inline }));
        }
    }
    out
}

fn video(block: &Value, names: &dyn Names, out: &mut Vec<Block>) {
    let title = text(&block["title"], names);
    let url = block["title_url"].as_str().or_else(|| block["video_url"].as_str());
    paragraph(url.map_or_else(|| title.clone(), |url| vec![Inline::link(url, title.clone())]), out);
    paragraph(text(&block["description"], names), out);
}

fn paragraph(text: Vec<Inline>, out: &mut Vec<Block>) {
    if !text.is_empty() {
        out.push(Block::Paragraph(text));
    }
}
