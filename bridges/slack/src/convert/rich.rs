//! `rich_text` blocks, which is what people write.
//!
//! <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>

use appservice_sdk::content::{Block, CustomEmoji, Everyone, Id, Inline, Link, Mention, Place, Role, Stamp};
use serde_json::Value;

use super::{Names, emoji};
use crate::atlas::Custom;

/// The blocks of one `rich_text` block.
pub(super) fn blocks(block: &Value, names: &dyn Names) -> Vec<Block> {
    let mut out = Vec::new();
    for element in array(&block["elements"]) {
        one(element, names, &mut out);
    }
    out
}

fn one(element: &Value, names: &dyn Names, out: &mut Vec<Block>) {
    let bordered = element["border"].as_u64().is_some_and(|border| border > 0);
    match element["type"].as_str().unwrap_or_default() {
        "rich_text_section" => out.extend(paragraphs(inlines(&element["elements"], names))),
        "rich_text_quote" => into_quote(out, paragraphs(inlines(&element["elements"], names))),
        "rich_text_preformatted" => {
            let code = Block::Code { language: language(element), text: literal(&element["elements"], names) };
            if bordered { into_quote(out, vec![code]) } else { out.push(code) }
        }
        "rich_text_list" if bordered => {
            if !matches!(out.last(), Some(Block::Quote(_))) {
                out.push(Block::Quote(Vec::new()));
            }
            if let Some(Block::Quote(inner)) = out.last_mut() {
                into_list(inner, element, names);
            }
        }
        "rich_text_list" => into_list(out, element, names),
        _ => {}
    }
}

/// A quote that goes on is one quote.
fn into_quote(out: &mut Vec<Block>, inner: Vec<Block>) {
    match out.last_mut() {
        Some(Block::Quote(quoted)) => quoted.extend(inner),
        _ => out.push(Block::Quote(inner)),
    }
}

/// Slack writes nested lists one after the other, each with its depth.
fn into_list(out: &mut Vec<Block>, element: &Value, names: &dyn Names) {
    /// What is deeper is shown no deeper.
    const DEEPEST: u64 = 10;
    let item = |item: &Value| paragraphs(inlines(&item["elements"], names));
    let items: Vec<Vec<Block>> = array(&element["elements"]).iter().map(item).collect();
    let ordered = element["style"].as_str() == Some("ordered");
    let offset = element["offset"].as_u64().unwrap_or_default();
    let start = ordered.then(|| offset.saturating_add(1));
    add_list(out, element["indent"].as_u64().unwrap_or_default().min(DEEPEST), start, items);
}

fn add_list(out: &mut Vec<Block>, depth: u64, start: Option<u64>, items: Vec<Vec<Block>>) {
    if let Some(Block::List { start: above, items: known }) = out.last_mut() {
        if depth > 0
            && let Some(last) = known.last_mut()
        {
            return add_list(last, depth - 1, start, items);
        }
        let goes_on = match (*above, start) {
            (None, None) => true,
            (Some(first), Some(next)) => first.saturating_add(known.len() as u64) == next,
            _ => false,
        };
        if goes_on {
            return known.extend(items);
        }
    }
    out.push(Block::List { start, items });
}

/// An empty line divides paragraphs.
pub(super) fn paragraphs(inlines: Vec<Inline>) -> Vec<Block> {
    let mut out = Vec::new();
    let mut current: Vec<Inline> = Vec::new();
    let mut breaks = 0;
    for inline in inlines {
        if inline == Inline::Break {
            breaks += 1;
            continue;
        }
        if breaks > 1 && !current.is_empty() {
            out.push(Block::Paragraph(std::mem::take(&mut current)));
        } else if breaks == 1 && !current.is_empty() {
            current.push(Inline::Break);
        }
        breaks = 0;
        current.push(inline);
    }
    if !current.is_empty() {
        out.push(Block::Paragraph(current));
    }
    out
}

fn inlines(elements: &Value, names: &dyn Names) -> Vec<Inline> {
    array(elements).iter().flat_map(|element| styled(element, names)).collect()
}

fn styled(element: &Value, names: &dyn Names) -> Vec<Inline> {
    let style = &element["style"];
    let is = |name: &str| style[name].as_bool().unwrap_or(false);
    let plain = if is("code") && element["type"] == "text" { code(element) } else { inline(element, names) };
    // A style reaches over line breaks, but the tree is happier when they stand outside of it.
    let mut out = Vec::new();
    for part in plain.split_inclusive(|inline| *inline == Inline::Break) {
        let (line, rest) = match part.split_last() {
            Some((Inline::Break, line)) => (line, true),
            _ => (part, false),
        };
        if !line.is_empty() {
            out.extend(dressed(line.to_vec(), &is));
        }
        if rest {
            out.push(Inline::Break);
        }
    }
    out
}

fn dressed(mut text: Vec<Inline>, is: &dyn Fn(&str) -> bool) -> Vec<Inline> {
    if is("strike") {
        text = vec![Inline::Strike(text)];
    }
    if is("underline") {
        text = vec![Inline::Underline(text)];
    }
    if is("italic") {
        text = vec![Inline::Italic(text)];
    }
    if is("bold") {
        text = vec![Inline::Bold(text)];
    }
    text
}

fn code(element: &Value) -> Vec<Inline> {
    let mut out = Vec::new();
    for (at, line) in element["text"].as_str().unwrap_or_default().split('\n').enumerate() {
        if at > 0 {
            out.push(Inline::Break);
        }
        if !line.is_empty() {
            out.push(Inline::code(line));
        }
    }
    out
}

fn inline(element: &Value, names: &dyn Names) -> Vec<Inline> {
    let text = |key: &str| element[key].as_str().filter(|text| !text.is_empty());
    match element["type"].as_str().unwrap_or_default() {
        "link" => text("url").map(|url| vec![link(url, text("text"))]).unwrap_or_default(),
        "user" => text("user_id").map(|id| vec![user(id, None, names)]).unwrap_or_default(),
        "channel" => text("channel_id").map(|id| vec![channel(id, None, names)]).unwrap_or_default(),
        "usergroup" => text("usergroup_id").map(|id| vec![group(id, None, names)]).unwrap_or_default(),
        "broadcast" => vec![Inline::Everyone(everyone(text("range").unwrap_or_default()))],
        "emoji" => emoji_element(element, names),
        "date" => match element["timestamp"].as_i64() {
            Some(unix) => vec![Inline::Timestamp(Stamp { unix, style: 'f' })],
            None => Inline::lines(text("fallback").unwrap_or_default()),
        },
        "color" => Inline::lines(text("value").unwrap_or_default()),
        _ => Inline::lines(text("text").or_else(|| text("fallback")).unwrap_or_default()),
    }
}

fn emoji_element(element: &Value, names: &dyn Names) -> Vec<Inline> {
    let name = element["name"].as_str().unwrap_or_default();
    let code = element["unicode"].as_str().and_then(emoji::from_code);
    match code {
        Some(character) => vec![Inline::text(character)],
        None => vec![named_emoji(name, names)],
    }
}

/// An emoji that is known by its name only.
pub(super) fn named_emoji(name: &str, names: &dyn Names) -> Inline {
    let standard = |name: &str| Inline::text(emoji::character(name).unwrap_or_else(|| format!(":{name}:")));
    match names.custom(name) {
        Custom::Picture { name: original, url } => Inline::Emoji(CustomEmoji {
            id: Some(original),
            name: name.to_owned(),
            mxc: None,
            animated: url.ends_with(".gif"),
        }),
        Custom::Standard(other) => standard(&other),
        Custom::Unknown => standard(name),
    }
}

pub(super) fn link(url: &str, text: Option<&str>) -> Inline {
    match text {
        Some(text) => Inline::Link(Link { url: url.to_owned(), text: Inline::lines(text) }),
        None => Inline::url(url),
    }
}

pub(super) fn user(id: &str, written: Option<&str>, names: &dyn Names) -> Inline {
    let name = names.user(id).or_else(|| written.map(|name| name.trim_start_matches('@').to_owned()));
    Inline::Mention(Mention { user: Id::Remote(id.to_owned()), name: name.unwrap_or_else(|| id.to_owned()) })
}

pub(super) fn channel(id: &str, written: Option<&str>, names: &dyn Names) -> Inline {
    let name = names.channel(id).or_else(|| written.map(|name| name.trim_start_matches('#').to_owned()));
    Inline::Place(Place {
        room: Id::Remote(id.to_owned()),
        message: None,
        via: Vec::new(),
        name: name.unwrap_or_else(|| id.to_owned()),
    })
}

pub(super) fn group(id: &str, written: Option<&str>, names: &dyn Names) -> Inline {
    let name = names.group(id).or_else(|| written.map(|name| name.trim_start_matches('@').to_owned()));
    Inline::Role(Role { id: id.to_owned(), name: name.unwrap_or_else(|| id.to_owned()), colour: None })
}

pub(super) fn everyone(range: &str) -> Everyone {
    match range {
        "here" => Everyone::Here,
        "everyone" => Everyone::Everyone,
        _ => Everyone::Room,
    }
}

/// Text that stays as it is.
fn literal(elements: &Value, names: &dyn Names) -> String {
    let mut out = String::new();
    for element in array(elements) {
        match (element["text"].as_str(), element["url"].as_str()) {
            (Some(text), _) => out.push_str(text),
            (None, Some(url)) => out.push_str(url),
            (None, None) => out.push_str(&appservice_sdk::content::Doc::paragraph(inline(element, names)).plain()),
        }
    }
    out.trim_end_matches('\n').to_owned()
}

fn language(element: &Value) -> Option<String> {
    element["language"].as_str().filter(|language| !language.is_empty()).map(str::to_owned)
}

pub(super) fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
