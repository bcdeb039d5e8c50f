//! Writing Matrix messages: a [`Doc`] as `body`, `formatted_body` and `m.mentions`.
//!
//! Specification: client-server, «m.room.message msgtypes» and «User and room mentions». Only tags, attributes and schemes
//! from the specification's list are written, and no HTML at all where the body says everything.

use super::{
    doc::{Block, CustomEmoji, Doc, Everyone, Id, Inline, Role},
    link,
};

/// A text as Matrix carries it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatrixText {
    /// Without markup.
    pub body: String,
    /// HTML (`format` is then `org.matrix.custom.html`); `None` when it would say no more than the body.
    pub formatted_body: Option<String>,
    /// `m.mentions.user_ids`: Matrix ids, each once.
    pub mentions: Vec<String>,
    /// `m.mentions.room`.
    pub calls_room: bool,
}

impl Doc {
    /// The text for a Matrix message. Ids of the remote network that are still in it (see [`Doc::toward_matrix`]) are
    /// shown by name.
    #[must_use]
    pub fn to_matrix(&self) -> MatrixText {
        let mut text = MatrixText { body: self.plain(), ..MatrixText::default() };
        let mut rich = !self.blocks.iter().all(|block| matches!(block, Block::Paragraph(_)));
        self.visit(&mut |inline| {
            rich |= needs_html(inline);
            match inline {
                Inline::Mention(mention) => {
                    if let Id::Matrix(user) = &mention.user
                        && !text.mentions.contains(user)
                    {
                        text.mentions.push(user.clone());
                    }
                }
                Inline::Everyone(_) => text.calls_room = true,
                _ => {}
            }
        });
        text.formatted_body = rich.then(|| self.to_html());
        text
    }

    /// The text as HTML, whether it needs it or not.
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut out = String::new();
        match self.blocks.as_slice() {
            [Block::Paragraph(text)] => inlines(text, &mut out),
            all => blocks(all, &mut out),
        }
        out
    }
}

/// Whether the body alone would lose something.
fn needs_html(inline: &Inline) -> bool {
    match inline {
        Inline::Text(_) | Inline::Break | Inline::Everyone(_) | Inline::Timestamp(_) => false,
        Inline::Link(link) => !link.is_bare() && link::is_allowed(&link.url),
        Inline::Mention(mention) => matches!(mention.user, Id::Matrix(_)),
        Inline::Place(place) => matches!(place.room, Id::Matrix(_)),
        Inline::Emoji(emoji) => emoji.mxc.is_some(),
        Inline::Role(role) => role.colour.is_some(),
        _ => true,
    }
}

fn blocks(list: &[Block], out: &mut String) {
    for block in list {
        one(block, out);
    }
}

fn one(block: &Block, out: &mut String) {
    match block {
        Block::Paragraph(text) => wrapped("p", text, out),
        Block::Heading { level: 1, text } => wrapped("h1", text, out),
        Block::Heading { level: 2, text } => wrapped("h2", text, out),
        Block::Heading { level: 3, text } => wrapped("h3", text, out),
        Block::Heading { level: 4, text } => wrapped("h4", text, out),
        Block::Heading { level: 5, text } => wrapped("h5", text, out),
        Block::Heading { text, .. } => wrapped("h6", text, out),
        Block::Quote(inner) => {
            out.push_str("<blockquote>");
            inside(inner, out);
            out.push_str("</blockquote>");
        }
        Block::List { start, items } => list(*start, items, out),
        Block::Code { language, text } => code(language.as_deref(), text, out),
        Block::Rule => out.push_str("<hr>"),
        Block::Table { head, rows } => table(head, rows, out),
        Block::Details { summary, body } => {
            out.push_str("<details>");
            if !summary.is_empty() {
                wrapped("summary", summary, out);
            }
            inside(body, out);
            out.push_str("</details>");
        }
    }
}

/// Blocks within a block: a lone paragraph needs no tags of its own.
fn inside(list: &[Block], out: &mut String) {
    match list {
        [Block::Paragraph(text)] => inlines(text, out),
        [Block::Paragraph(text), rest @ ..] if rest.iter().all(|block| matches!(block, Block::List { .. })) => {
            inlines(text, out);
            blocks(rest, out);
        }
        _ => blocks(list, out),
    }
}

fn list(start: Option<u64>, items: &[Vec<Block>], out: &mut String) {
    match start {
        None => out.push_str("<ul>"),
        Some(1) => out.push_str("<ol>"),
        Some(number) => out.push_str(&format!("<ol start=\"{number}\">")),
    }
    for item in items {
        out.push_str("<li>");
        inside(item, out);
        out.push_str("</li>");
    }
    out.push_str(if start.is_some() { "</ol>" } else { "</ul>" });
}

fn code(language: Option<&str>, text: &str, out: &mut String) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "+-_#.".contains(c);
    out.push_str("<pre><code");
    if let Some(language) = language.filter(|language| !language.is_empty() && language.chars().all(is_name)) {
        out.push_str(" class=\"language-");
        out.push_str(language);
        out.push('"');
    }
    out.push('>');
    escape(text, out);
    out.push_str("\n</code></pre>");
}

fn table(head: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>], out: &mut String) {
    out.push_str("<table>");
    if !head.is_empty() {
        out.push_str("<thead>");
        row("th", head, out);
        out.push_str("</thead>");
    }
    if !rows.is_empty() {
        out.push_str("<tbody>");
        rows.iter().for_each(|cells| row("td", cells, out));
        out.push_str("</tbody>");
    }
    out.push_str("</table>");
}

fn row(tag: &str, cells: &[Vec<Inline>], out: &mut String) {
    out.push_str("<tr>");
    cells.iter().for_each(|cell| wrapped(tag, cell, out));
    out.push_str("</tr>");
}

fn wrapped(tag: &str, text: &[Inline], out: &mut String) {
    out.push('<');
    out.push_str(tag);
    out.push('>');
    inlines(text, out);
    out.push_str("</");
    out.push_str(tag);
    out.push('>');
}

fn inlines(list: &[Inline], out: &mut String) {
    list.iter().for_each(|inline| inline_html(inline, out));
}

fn inline_html(inline: &Inline, out: &mut String) {
    match inline {
        Inline::Text(text) => escape_lines(text, out),
        Inline::Bold(text) => wrapped("strong", text, out),
        Inline::Italic(text) => wrapped("em", text, out),
        Inline::Strike(text) => wrapped("del", text, out),
        Inline::Underline(text) => wrapped("u", text, out),
        Inline::Small(text) => wrapped("sub", text, out),
        Inline::Spoiler { reason, text } => {
            out.push_str("<span data-mx-spoiler");
            if let Some(reason) = reason {
                attribute("", reason, out);
            }
            out.push('>');
            inlines(text, out);
            out.push_str("</span>");
        }
        Inline::Code(text) => {
            out.push_str("<code>");
            escape(text, out);
            out.push_str("</code>");
        }
        Inline::Link(link) if link::is_allowed(&link.url) => {
            let shown = |out: &mut String| {
                if link.text.is_empty() { escape(&link.url, out) } else { inlines(&link.text, out) }
            };
            anchor(&link.url, out, shown);
        }
        Inline::Link(link) => inlines(&link.text, out),
        Inline::Mention(mention) => match &mention.user {
            Id::Matrix(user) => anchor(&link::matrix_to(user, None, &[]), out, |out| escape(&mention.name, out)),
            Id::Remote(_) => shown(inline, out),
        },
        Inline::Place(place) => match &place.room {
            Id::Matrix(room) => {
                anchor(&link::matrix_to(room, place.message.as_deref(), &place.via), out, |out| shown(inline, out));
            }
            Id::Remote(_) => shown(inline, out),
        },
        Inline::Role(role) => role_html(role, inline, out),
        Inline::Everyone(Everyone::Room | Everyone::Everyone | Everyone::Here) | Inline::Timestamp(_) => {
            shown(inline, out)
        }
        Inline::Emoji(CustomEmoji { mxc: Some(mxc), name, .. }) => {
            out.push_str("<img data-mx-emoticon height=\"32\" src");
            attribute("", mxc, out);
            attribute(" alt", &format!(":{name}:"), out);
            attribute(" title", &format!(":{name}:"), out);
            out.push('>');
        }
        Inline::Emoji(_) => shown(inline, out),
        Inline::Break => out.push_str("<br>"),
    }
}

fn role_html(role: &Role, inline: &Inline, out: &mut String) {
    match role.colour {
        Some(colour) => {
            out.push_str(&format!("<span data-mx-color=\"#{:06x}\">", colour & 0x00ff_ffff));
            shown(inline, out);
            out.push_str("</span>");
        }
        None => shown(inline, out),
    }
}

/// As in the plain text.
fn shown(inline: &Inline, out: &mut String) {
    let mut text = String::new();
    super::plain::inlines(std::slice::from_ref(inline), &mut text);
    escape(&text, out);
}

fn anchor(url: &str, out: &mut String, text: impl FnOnce(&mut String)) {
    out.push_str("<a href");
    attribute("", url, out);
    out.push('>');
    text(out);
    out.push_str("</a>");
}

/// `name="value"`.
fn attribute(name: &str, value: &str, out: &mut String) {
    out.push_str(name);
    out.push_str("=\"");
    escape(value, out);
    out.push('"');
}

fn escape_lines(text: &str, out: &mut String) {
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push_str("<br>");
        }
        escape(line, out);
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\0' => {}
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests;
