//! Blocks as markdown. What Discord lacks is shown by what it has: tables as code in columns, details as a quote, small
//! headings in bold.

use appservice_sdk::content::{Block, Doc, Inline};

use super::code::{FENCE, is_language};
use super::piece::{Piece, pieces};
use super::{Writing, emit, escape, table};

/// Stands for a line across.
const RULE: &str = "──────────";

/// The whole text as one message.
pub(super) fn markdown(text: &Doc, how: &Writing) -> String {
    Writer { how, quoted: false, listed: false }.blocks(&text.blocks).trim().to_owned()
}

#[derive(Clone, Copy)]
struct Writer<'a> {
    how: &'a Writing,
    /// Within a quote, which holds no other.
    quoted: bool,
    /// Within a list, which an empty line would end.
    listed: bool,
}

impl Writer<'_> {
    fn blocks(self, blocks: &[Block]) -> String {
        let mut out = String::new();
        let mut before: Option<&Block> = None;
        for block in blocks {
            let text = self.block(block);
            if text.trim().is_empty() {
                continue;
            }
            if let Some(before) = before {
                out.push_str(if self.apart(before, block) { "\n\n" } else { "\n" });
            }
            out.push_str(&text);
            before = Some(block);
        }
        out
    }

    /// Whether the two would be read as one without an empty line between them.
    fn apart(self, before: &Block, after: &Block) -> bool {
        let quotes = |block: &Block| matches!(block, Block::Quote(_) | Block::Details { .. });
        let alike = match (before, after) {
            (Block::Paragraph(_), Block::Paragraph(_)) | (Block::List { .. }, Block::List { .. }) => true,
            (before, after) => quotes(before) && quotes(after),
        };
        alike && !self.listed
    }

    fn block(self, block: &Block) -> String {
        match block {
            Block::Paragraph(text) => self.text(text),
            Block::Heading { level, text } => self.heading(*level, text),
            Block::Quote(inner) => self.quote(inner),
            Block::List { start, items } => self.list(*start, items),
            Block::Code { language, text } => code(language.as_deref(), text),
            Block::Rule => RULE.to_owned(),
            Block::Table { head, rows } => code(None, &table::columns(head, rows)),
            Block::Details { summary, body } => self.details(summary, body),
        }
    }

    fn text(self, text: &[Inline]) -> String {
        emit::markdown(&pieces(text, self.how), self.how.may_ping_everyone)
    }

    fn heading(self, level: u8, text: &[Inline]) -> String {
        let line: Vec<Inline> = text
            .iter()
            .map(|inline| if *inline == Inline::Break { Inline::text(" ") } else { inline.clone() })
            .collect();
        if level > 3 {
            return self.text(&[Inline::Bold(line)]);
        }
        // Small print alone in a heading would be a line of its own.
        let text: Vec<Piece> = pieces(&line, self.how)
            .into_iter()
            .flat_map(|piece| if let Piece::Subtext(text) = piece { text } else { vec![piece] })
            .collect();
        let text = emit::markdown(&text, self.how.may_ping_everyone).replace('\n', " ");
        if text.trim().is_empty() { String::new() } else { format!("{} {}", "#".repeat(level.into()), text.trim()) }
    }

    fn quote(self, inner: &[Block]) -> String {
        let text = Self { quoted: true, ..self }.blocks(inner);
        indented(&text, "> ", "> ")
    }

    fn details(self, summary: &[Inline], body: &[Block]) -> String {
        let mut out = if summary.is_empty() { String::new() } else { self.text(&[Inline::Bold(summary.to_vec())]) };
        let body = if self.quoted { self.blocks(body) } else { self.quote(body) };
        if !out.is_empty() && !body.is_empty() {
            out.push('\n');
        }
        out.push_str(&body);
        out
    }

    fn list(self, start: Option<u64>, items: &[Vec<Block>]) -> String {
        /// More digits than this are no number to Discord.
        const MOST: u64 = 999_999_999_999_999_999;
        let mut out = String::new();
        for (at, item) in items.iter().enumerate() {
            let text = Self { listed: true, ..self }.blocks(item);
            if text.trim().is_empty() {
                continue;
            }
            let sign = match start {
                Some(first) => format!("{}. ", first.saturating_add(at as u64).min(MOST)),
                None => "- ".to_owned(),
            };
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&indented(&text, &sign, &" ".repeat(sign.len())));
        }
        out
    }
}

/// A code block. A fence within it is broken by something unseen.
fn code(language: Option<&str>, text: &str) -> String {
    let text = escape::apart(text, FENCE.len());
    let language = language.filter(|language| is_language(language)).unwrap_or_default();
    if text.trim_matches('\n').is_empty() { String::new() } else { format!("{FENCE}{language}\n{text}\n{FENCE}") }
}

fn indented(text: &str, first: &str, rest: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        out.push_str(if at == 0 { first } else { rest });
        out.push_str(line);
    }
    out
}
