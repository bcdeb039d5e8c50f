//! From Telegram: text and entities → tree.

use appservice_sdk::content::{CustomEmoji, Id, Inline, link};
use appservice_sdk::prelude::{Block, Doc};
use teloxide::types::{MessageEntity, MessageEntityKind as Kind};

use super::units::Measured;

/// How deep styles are followed into each other; what is deeper is kept, without style.
const DEEPEST: usize = 8;

/// Who is behind a name.
pub(crate) trait Names {
    /// The id and name of somebody known by `@username` (given without the sign).
    fn user(&self, username: &str) -> Option<(String, String)>;
}

impl Names for () {
    fn user(&self, _: &str) -> Option<(String, String)> {
        None
    }
}

/// Reads a text. Whatever the entities say, no character of the text is lost.
pub(crate) fn read(text: &str, entities: &[MessageEntity], names: &dyn Names) -> Doc {
    let text = Measured::new(text);
    let mut spans: Vec<Span<'_>> = entities.iter().filter_map(|entity| Span::of(entity, &text)).collect();
    // What holds others comes before them.
    spans.sort_by_key(|span| (span.from, std::cmp::Reverse(span.to), !span.is_block()));
    let reader = Reader { text, names };
    Doc { blocks: reader.blocks(0, reader.text.len(), &spans, false) }.tidy()
}

#[derive(Clone, Copy)]
struct Span<'a> {
    from: usize,
    to: usize,
    kind: &'a Kind,
}

impl<'a> Span<'a> {
    fn of(entity: &'a MessageEntity, text: &Measured<'_>) -> Option<Self> {
        let from = text.floor(entity.offset);
        let to = text.ceil(entity.offset.saturating_add(entity.length));
        (from < to).then_some(Self { from, to, kind: &entity.kind })
    }

    fn is_block(&self) -> bool {
        matches!(self.kind, Kind::Blockquote | Kind::ExpandableBlockquote | Kind::Pre { .. })
    }

    fn is_quote(&self) -> bool {
        matches!(self.kind, Kind::Blockquote | Kind::ExpandableBlockquote)
    }
}

struct Reader<'a> {
    text: Measured<'a>,
    names: &'a dyn Names,
}

impl Reader<'_> {
    /// Blocks one below the other, with running text between them.
    fn blocks(&self, from: usize, to: usize, spans: &[Span<'_>], quoted: bool) -> Vec<Block> {
        let mut out = Vec::new();
        let mut at = from;
        for (index, span) in spans.iter().enumerate() {
            if !span.is_block() || span.from < at || span.from >= to || quoted && span.is_quote() {
                continue;
            }
            self.paragraph(at, span.from, spans, &mut out);
            let end = span.to.min(to);
            match span.kind {
                Kind::Pre { language } => out.push(Block::Code {
                    language: language.clone().filter(|language| !language.is_empty()),
                    text: self.text.slice(span.from, end).to_owned(),
                }),
                _ => {
                    let inner: Vec<Span<'_>> = without(spans, index, span.from, end);
                    out.push(Block::Quote(self.blocks(span.from, end, &inner, true)));
                }
            }
            at = end;
        }
        self.paragraph(at, to, spans, &mut out);
        out
    }

    fn paragraph(&self, from: usize, to: usize, spans: &[Span<'_>], out: &mut Vec<Block>) {
        if from < to {
            let inner: Vec<Span<'_>> = spans.iter().filter(|span| !span.is_block()).copied().collect();
            out.push(Block::Paragraph(self.inlines(from, to, &inner, 0)));
        }
    }

    fn inlines(&self, from: usize, to: usize, spans: &[Span<'_>], depth: usize) -> Vec<Inline> {
        let mut out = Vec::new();
        let mut at = from;
        for (index, span) in spans.iter().enumerate() {
            // One that began before, in another paragraph, goes on here.
            let start = span.from.max(from);
            let end = span.to.min(to);
            if depth >= DEEPEST || start < at || start >= end {
                continue;
            }
            out.extend(Inline::lines(self.text.slice(at, start)));
            let inner = || self.inlines(start, end, &spans[index + 1..], depth + 1);
            out.extend(self.inline(span.kind, self.text.slice(start, end), inner));
            at = end;
        }
        out.extend(Inline::lines(self.text.slice(at, to)));
        out
    }

    fn inline(&self, kind: &Kind, text: &str, inner: impl FnOnce() -> Vec<Inline>) -> Vec<Inline> {
        vec![match kind {
            Kind::Bold => Inline::Bold(inner()),
            Kind::Italic => Inline::Italic(inner()),
            Kind::Underline => Inline::Underline(inner()),
            Kind::Strikethrough => Inline::Strike(inner()),
            Kind::Spoiler => Inline::spoiler(inner()),
            Kind::Code => Inline::code(text),
            Kind::Url => linked(text),
            Kind::Email => Inline::link(format!("mailto:{text}"), Inline::lines(text)),
            Kind::TextLink { url } => {
                let reference = link::matrix_reference(url.as_str(), text);
                let allowed = link::is_allowed(url.as_str());
                match reference {
                    Some(reference) => reference,
                    None if allowed => Inline::link(url.as_str(), inner()),
                    None => return inner(),
                }
            }
            Kind::TextMention { user } => {
                let name = text.trim_start_matches('@');
                Inline::mention(Id::Remote(user.id.to_string()), if name.is_empty() { &user.first_name } else { name })
            }
            Kind::Mention => {
                let username = text.trim_start_matches('@');
                match self.names.user(username) {
                    Some((id, name)) => Inline::mention(Id::Remote(id), name),
                    None if plain(username) => Inline::link(format!("https://t.me/{username}"), Inline::lines(text)),
                    None => return Inline::lines(text),
                }
            }
            Kind::CustomEmoji { custom_emoji_id } => Inline::Emoji(CustomEmoji {
                id: Some(custom_emoji_id.to_string()),
                name: text.to_owned(),
                mxc: None,
                animated: false,
            }),
            _ => return inner(),
        }]
    }
}

/// The spans within a piece, without the one that is the piece.
fn without<'a>(spans: &[Span<'a>], index: usize, from: usize, to: usize) -> Vec<Span<'a>> {
    let within = |span: &Span<'_>| span.from < to && span.to > from;
    spans.iter().enumerate().filter(|(at, span)| *at != index && within(span)).map(|(_, span)| *span).collect()
}

/// An address as it stands in the text, perhaps without `https://`.
fn linked(text: &str) -> Inline {
    if let Some(reference) = link::matrix_reference(text, "") {
        return reference;
    }
    match text.contains("://") || text.starts_with("mailto:") {
        true if link::is_allowed(text) => Inline::url(text),
        true => Inline::text(text),
        false => Inline::link(format!("https://{text}"), vec![Inline::text(text)]),
    }
}

fn plain(username: &str) -> bool {
    !username.is_empty() && username.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
