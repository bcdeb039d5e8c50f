//! To Telegram: tree → text and entities.

use appservice_sdk::content::{self, Id, Inline, Link, Mention, Place, link};
use appservice_sdk::prelude::{Block, Doc};
use serde::{Deserialize, Serialize};
use teloxide::types::{CustomEmojiId, MessageEntity, MessageEntityKind as Kind, User, UserId};

use super::entities::Ink;
use super::units::units;
use super::{MAX_ENTITIES, table};
use crate::ids;

/// A text with its entities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) entities: Vec<MessageEntity>,
}

/// What says who speaks: Telegram shows every message under the bot's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heading {
    pub(crate) before: String,
    pub(crate) name: String,
    pub(crate) after: String,
}

impl Heading {
    /// By a template such as `{name}: `. What stands in a name is never a mention, a link or a command.
    pub(crate) fn new(template: &str, name: &str, user_id: &str) -> Self {
        let hole = ["{name}", "{id}"].into_iter().filter_map(|hole| Some((template.find(hole)?, hole))).min();
        let Some((at, hole)) = hole else { return Self::default() };
        let shown = if hole == "{name}" { name } else { user_id };
        let rest = |part: &str| part.replace("{name}", name).replace("{id}", user_id);
        Self {
            before: harmless(&rest(&template[..at])),
            name: harmless(shown),
            after: harmless(&rest(&template[at + hole.len()..])),
        }
    }

    fn write(&self, ink: &mut Ink, same_line: bool) {
        ink.raw(&self.before);
        ink.within(Kind::Bold, |ink| ink.raw(&self.name));
        ink.raw(if same_line { &self.after } else { self.after.trim_end() });
    }

    fn is_empty(&self) -> bool {
        self.name.is_empty()
    }
}

impl Written {
    /// How full a message of at most `limit` units is with it: by length or by entities.
    fn fills(&self, limit: usize) -> usize {
        units(&self.text).max((self.entities.len() * limit).div_ceil(MAX_ENTITIES))
    }
}

/// A text in pieces, the nth of at most `limit(n)` units, each under its heading.
pub(crate) fn write(doc: &Doc, heading: &Heading, limit: impl Fn(usize) -> usize) -> Vec<Written> {
    let piece = std::cell::Cell::new(0);
    let room = |at: usize| {
        piece.set(limit(at));
        limit(at)
    };
    let parts = content::split_into(doc.clone(), room, |part| written(part, heading).fills(piece.get()));
    parts.iter().map(|part| written(part, heading)).filter(|written| !written.text.is_empty()).collect()
}

/// A text in one piece.
pub(crate) fn written(doc: &Doc, heading: &Heading) -> Written {
    let mut ink = Ink::default();
    let running = doc.blocks.first().is_none_or(|first| matches!(first, Block::Paragraph(_)));
    if !heading.is_empty() {
        heading.write(&mut ink, running);
        if !running {
            ink.raw("\n");
        }
    }
    blocks(&doc.blocks, &mut ink);
    ink.dry()
}

/// A name in which Telegram sees nothing to click on: no mention, address, command or hashtag; on one line.
pub(crate) fn harmless(name: &str) -> String {
    const JOINER: char = '\u{2060}';
    let mut out = String::with_capacity(name.len());
    for c in name.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            continue;
        }
        out.push(c);
        if matches!(c, '@' | '#' | '$' | '/' | '.') {
            out.push(JOINER);
        }
    }
    out
}

fn blocks(list: &[Block], ink: &mut Ink) {
    let mut before: Option<&Block> = None;
    for block in list {
        let apart = matches!((before, block), (Some(Block::Paragraph(_)), Block::Paragraph(_) | Block::Heading { .. }));
        if before.is_some() {
            ink.put(if apart { "\n\n" } else { "\n" });
        }
        one(block, ink);
        before = Some(block);
    }
}

fn one(block: &Block, ink: &mut Ink) {
    match block {
        Block::Paragraph(text) => inlines(text, ink),
        Block::Heading { level, text } if *level < 3 => {
            ink.within(Kind::Bold, |ink| ink.within(Kind::Underline, |ink| inlines(text, ink)));
        }
        Block::Heading { text, .. } => ink.within(Kind::Bold, |ink| inlines(text, ink)),
        Block::Quote(inner) if ink.in_quote() => {
            ink.raw("> ");
            ink.indented("> ", |ink| blocks(inner, ink));
        }
        Block::Quote(inner) => ink.within(Kind::Blockquote, |ink| blocks(inner, ink)),
        Block::List { start, items } => list(*start, items, ink),
        Block::Code { language, text } => {
            ink.apart(Kind::Pre { language: language.clone().filter(|language| is_plain(language)) }, text);
        }
        Block::Rule => ink.raw("———"),
        Block::Table { head, rows } => ink.apart(Kind::Pre { language: None }, &table::drawn(head, rows)),
        Block::Details { summary, body } => details(summary, body, ink),
    }
}

fn list(start: Option<u64>, items: &[Vec<Block>], ink: &mut Ink) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            ink.put("\n");
        }
        ink.raw(&match start {
            Some(first) => format!("{}. ", first.saturating_add(at as u64)),
            None => "• ".to_owned(),
        });
        ink.indented("   ", |ink| blocks(item, ink));
    }
}

fn details(summary: &[Inline], body: &[Block], ink: &mut Ink) {
    ink.within(Kind::Bold, |ink| inlines(summary, ink));
    if body.is_empty() {
        return;
    }
    if !summary.is_empty() {
        ink.put("\n");
    }
    if ink.in_quote() {
        blocks(body, ink);
    } else {
        ink.within(Kind::ExpandableBlockquote, |ink| blocks(body, ink));
    }
}

fn inlines(list: &[Inline], ink: &mut Ink) {
    list.iter().for_each(|inline| one_inline(inline, ink));
}

fn one_inline(inline: &Inline, ink: &mut Ink) {
    match inline {
        Inline::Text(text) => ink.put(text),
        Inline::Break => ink.put("\n"),
        Inline::Bold(text) => ink.within(Kind::Bold, |ink| inlines(text, ink)),
        Inline::Italic(text) => ink.within(Kind::Italic, |ink| inlines(text, ink)),
        Inline::Strike(text) => ink.within(Kind::Strikethrough, |ink| inlines(text, ink)),
        Inline::Underline(text) => ink.within(Kind::Underline, |ink| inlines(text, ink)),
        Inline::Small(text) => inlines(text, ink),
        Inline::Spoiler { reason, text } => {
            if let Some(reason) = reason {
                ink.put(&format!("({reason}) "));
            }
            ink.within(Kind::Spoiler, |ink| inlines(text, ink));
        }
        Inline::Code(text) => ink.apart(Kind::Code, text),
        Inline::Link(link) => linked(link, ink),
        Inline::Mention(mention) => called(mention, ink),
        Inline::Place(place) => pointed(place, ink),
        Inline::Role(role) => ink.put(&harmless(&format!("@{}", role.name))),
        Inline::Everyone(all) => ink.put(&harmless(all.written())),
        Inline::Emoji(emoji) => {
            let shown = !emoji.name.is_ascii() && units(&emoji.name) <= 16;
            match emoji.id.as_ref().filter(|_| shown && !ink.in_link()) {
                Some(id) => {
                    let kind = Kind::CustomEmoji { custom_emoji_id: CustomEmojiId(id.clone()) };
                    ink.within(kind, |ink| ink.put(&emoji.name));
                }
                None if shown => ink.put(&emoji.name),
                None => ink.put(&format!(":{}:", emoji.name)),
            }
        }
        Inline::Timestamp(_) => ink.put(&Doc::paragraph(vec![inline.clone()]).plain()),
    }
}

fn linked(link: &Link, ink: &mut Ink) {
    if link.is_bare() || link.text.is_empty() {
        return ink.put(&link.url);
    }
    let url = reqwest::Url::parse(&link.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    match url {
        Some(url) if !ink.in_link() => ink.within(Kind::TextLink { url }, |ink| inlines(&link.text, ink)),
        Some(_) => inlines(&link.text, ink),
        None => {
            inlines(&link.text, ink);
            ink.put(&format!(" ({})", link.url));
        }
    }
}

fn called(mention: &Mention, ink: &mut Ink) {
    let name = harmless(&mention.name);
    let name = if name.trim().is_empty() { "somebody".to_owned() } else { name };
    if ink.in_link() {
        return ink.put(&name);
    }
    match &mention.user {
        Id::Remote(id) => match id.parse().ok().filter(|id: &u64| *id > 0) {
            Some(id) => ink.within(Kind::TextMention { user: person(id, &name) }, |ink| ink.put(&name)),
            None => ink.put(&name),
        },
        Id::Matrix(id) => leading(&link::matrix_to(id, None, &[]), &name, ink),
    }
}

fn person(id: u64, name: &str) -> User {
    User {
        id: UserId(id),
        is_bot: false,
        first_name: name.to_owned(),
        last_name: None,
        username: None,
        language_code: None,
        is_premium: false,
        added_to_attachment_menu: false,
    }
}

fn pointed(place: &Place, ink: &mut Ink) {
    let name = place.name.trim_start_matches('#');
    let name = harmless(if name.is_empty() { "room" } else { name });
    if ink.in_link() {
        return ink.put(&name);
    }
    let address = match &place.room {
        Id::Matrix(room) => Some(link::matrix_to(room, place.message.as_deref(), &place.via)),
        Id::Remote(chat) => ids::place(&chat.as_str().into()).and_then(|chat| {
            let link = ids::link(chat, None)?;
            let message = place.message.as_ref().and_then(|id| id.parse::<i32>().ok());
            Some(match message {
                Some(message) => format!("{}/{message}", link.trim_end_matches("/1")),
                None => link,
            })
        }),
    };
    match address {
        Some(address) => leading(&address, &name, ink),
        None => ink.put(&name),
    }
}

fn leading(address: &str, name: &str, ink: &mut Ink) {
    match reqwest::Url::parse(address) {
        Ok(url) => ink.within(Kind::TextLink { url }, |ink| ink.put(name)),
        Err(_) => ink.put(name),
    }
}

/// The name of a programming language, as a client's highlighter knows it.
fn is_plain(language: &str) -> bool {
    !language.is_empty()
        && language.len() <= 32
        && language.chars().all(|c| c.is_ascii_alphanumeric() || "+-#_.".contains(c))
}
