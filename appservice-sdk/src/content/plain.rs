//! A text without markup: the `body` of a Matrix message, a notification, a log line.

use super::doc::{Block, Doc, Id, Inline, Mention};

impl Doc {
    /// The text for a reader who sees no markup. Spoilers stay hidden, addresses are written out, a Matrix user is
    /// called by the display name alone (client-server specification, «User and room mentions»).
    #[must_use]
    pub fn plain(&self) -> String {
        blocks(&self.blocks)
    }
}

fn blocks(blocks: &[Block]) -> String {
    let mut out = String::new();
    let mut after_paragraph = false;
    for block in blocks {
        let is_paragraph = matches!(block, Block::Paragraph(_));
        if !out.is_empty() {
            out.push_str(if after_paragraph && is_paragraph { "\n\n" } else { "\n" });
        }
        one(block, &mut out);
        after_paragraph = is_paragraph;
    }
    out
}

fn one(block: &Block, out: &mut String) {
    match block {
        Block::Paragraph(text) | Block::Heading { text, .. } => inlines(text, out),
        Block::Quote(inner) => prefixed(&blocks(inner), "> ", "> ", out),
        Block::List { start, items } => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push('\n');
                }
                let bullet = match start {
                    Some(first) => format!("{}. ", first.saturating_add(at as u64)),
                    None => "- ".to_owned(),
                };
                prefixed(&blocks(item), &bullet, &" ".repeat(bullet.len()), out);
            }
        }
        Block::Code { text, .. } => out.push_str(text),
        Block::Rule => out.push_str("---"),
        Block::Table { head, rows } => {
            let lines = (!head.is_empty()).then_some(head).into_iter().chain(rows);
            for (at, cells) in lines.enumerate() {
                if at > 0 {
                    out.push('\n');
                }
                row(cells, out);
            }
        }
        Block::Details { summary, body } => {
            inlines(summary, out);
            if !summary.is_empty() && !body.is_empty() {
                out.push('\n');
            }
            out.push_str(&blocks(body));
        }
    }
}

/// One line of a table, its cells set off by tabs, as the specification suggests for clients without tables.
fn row(cells: &[Vec<Inline>], out: &mut String) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push('\t');
        }
        inlines(cell, out);
    }
}

fn prefixed(text: &str, first: &str, rest: &str, out: &mut String) {
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        out.push_str(if at == 0 { first } else { rest });
        out.push_str(line);
    }
}

pub(super) fn inlines(list: &[Inline], out: &mut String) {
    for inline in list {
        match inline {
            Inline::Text(text) | Inline::Code(text) => out.push_str(text),
            Inline::Bold(text)
            | Inline::Italic(text)
            | Inline::Strike(text)
            | Inline::Underline(text)
            | Inline::Small(text) => inlines(text, out),
            Inline::Spoiler { reason: None, .. } => out.push_str("[Spoiler]"),
            Inline::Spoiler { reason: Some(reason), .. } => {
                out.push_str("[Spoiler for ");
                out.push_str(reason);
                out.push(']');
            }
            Inline::Link(link) if link.text.is_empty() || link.is_bare() => out.push_str(&link.url),
            Inline::Link(link) => {
                inlines(&link.text, out);
                out.push_str(" (");
                out.push_str(&link.url);
                out.push(')');
            }
            Inline::Mention(Mention { user: Id::Matrix(_), name }) => out.push_str(name),
            Inline::Mention(mention) => sigil('@', &mention.name, out),
            Inline::Place(place) => sigil('#', &place.name, out),
            Inline::Role(role) => sigil('@', &role.name, out),
            Inline::Everyone(all) => out.push_str(all.written()),
            Inline::Emoji(emoji) => {
                out.push(':');
                out.push_str(&emoji.name);
                out.push(':');
            }
            Inline::Timestamp(stamp) => out.push_str(&super::when::utc(*stamp)),
            Inline::Break => out.push('\n'),
        }
    }
}

/// A name with its sign, unless it already has it (a Matrix id or alias in place of a name).
fn sigil(sign: char, name: &str, out: &mut String) {
    if !name.starts_with(['@', '#', '!']) {
        out.push(sign);
    }
    out.push_str(name);
}
