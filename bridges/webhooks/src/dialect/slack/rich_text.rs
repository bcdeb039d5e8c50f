//! Rich text blocks: <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>.

use appservice_sdk::{content::Stamp, prelude::*};
use serde_json::{Map, Value};

use super::super::{object, objects, text};
use crate::emoji;

/// Reads a block of type `rich_text`.
#[must_use]
pub fn read(block: &Map<String, Value>) -> Doc {
    let mut doc = Doc::default();
    for element in objects(block, "elements") {
        match text(element, "type").as_deref() {
            Some("rich_text_section") => doc.append(Doc::paragraph(inlines(element))),
            Some("rich_text_preformatted") => {
                let text = Doc::paragraph(inlines(element)).plain();
                doc.blocks.push(Block::Code { language: None, text: text.trim_end_matches('\n').to_owned() });
            }
            Some("rich_text_quote") => doc.blocks.push(Block::Quote(vec![Block::Paragraph(inlines(element))])),
            Some("rich_text_list") => list(element, &mut doc),
            _ => {}
        }
    }
    doc
}

/// A list; one that is indented continues the last item of the list before it.
fn list(element: &Map<String, Value>, doc: &mut Doc) {
    let ordered = text(element, "style").as_deref() == Some("ordered");
    let first = element.get("offset").and_then(Value::as_u64).unwrap_or(0) + 1;
    let items = objects(element, "elements").map(|item| vec![Block::Paragraph(inlines(item))]).collect();
    let list = Block::List { start: ordered.then_some(first), items };
    let indent = element.get("indent").and_then(Value::as_u64).unwrap_or(0).min(8);
    below(&mut doc.blocks, indent, list);
}

fn below(blocks: &mut Vec<Block>, indent: u64, list: Block) {
    if indent > 0
        && let Some(Block::List { items, .. }) = blocks.last_mut()
        && let Some(item) = items.last_mut()
    {
        return below(item, indent - 1, list);
    }
    blocks.push(list);
}

fn inlines(element: &Map<String, Value>) -> Vec<Inline> {
    objects(element, "elements").flat_map(|piece| styled(piece, one(piece))).collect()
}

fn one(piece: &Map<String, Value>) -> Vec<Inline> {
    let named = |sign: &str, key: &str| vec![Inline::text(format!("{sign}{}", text(piece, key).unwrap_or_default()))];
    match text(piece, "type").as_deref() {
        Some("text") => Inline::lines(&text(piece, "text").unwrap_or_default()),
        Some("link") => {
            let url = text(piece, "url").unwrap_or_default();
            vec![match text(piece, "text") {
                Some(label) => Inline::link(url, Inline::lines(&label)),
                None => Inline::url(url),
            }]
        }
        Some("emoji") => {
            let name = text(piece, "name").unwrap_or_default();
            let known = emoji::from_code_points(&text(piece, "unicode").unwrap_or_default());
            let known = known.or_else(|| emoji::character(&name).map(str::to_owned));
            vec![Inline::text(known.unwrap_or_else(|| format!(":{name}:")))]
        }
        Some("user") => named("@", "user_id"),
        Some("usergroup") => named("@", "usergroup_id"),
        Some("broadcast") => named("@", "range"),
        Some("channel") => named("#", "channel_id"),
        Some("color") => named("", "value"),
        Some("date") => match piece.get("timestamp").and_then(Value::as_i64) {
            Some(unix) => vec![Inline::Timestamp(Stamp { unix, style: 'f' })],
            None => named("", "fallback"),
        },
        _ => Vec::new(),
    }
}

fn styled(piece: &Map<String, Value>, inlines: Vec<Inline>) -> Vec<Inline> {
    let Some(style) = object(piece, "style") else { return inlines };
    let on = |key: &str| style.get(key).and_then(Value::as_bool).unwrap_or(false);
    let mut out = inlines;
    if on("code") {
        out = vec![Inline::code(Doc::paragraph(out).plain())];
    }
    for (key, wrap) in [
        ("bold", Inline::Bold as fn(Vec<Inline>) -> Inline),
        ("italic", Inline::Italic),
        ("strike", Inline::Strike),
        ("underline", Inline::Underline),
    ] {
        if on(key) && !out.is_empty() {
            out = vec![wrap(out)];
        }
    }
    out
}
