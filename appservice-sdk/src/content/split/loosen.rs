//! What to do with something that must stay whole and yet is longer than a message: give up being whole, step by step.

use super::super::doc::{Block, Inline};

/// Makes the beginning of the text easier to cut. Says whether anything changed.
pub(super) fn loosen(blocks: &mut Vec<Block>) -> bool {
    let Some(first) = blocks.first_mut() else { return false };
    let instead = match first {
        Block::Paragraph(text) => return loosen_text(text),
        Block::Heading { text, .. } => {
            if loosen_text(text) {
                return true;
            }
            vec![Block::Paragraph(std::mem::take(text))]
        }
        Block::Quote(inner) => {
            if loosen(inner) {
                return true;
            }
            std::mem::take(inner)
        }
        Block::List { items, .. } => {
            if items.first_mut().is_some_and(loosen) {
                return true;
            }
            std::mem::take(items).into_iter().flatten().collect()
        }
        Block::Code { language, .. } => return language.take().is_some(),
        Block::Rule => Vec::new(),
        Block::Table { head, rows } => {
            let lines = std::iter::once(std::mem::take(head)).chain(std::mem::take(rows));
            vec![Block::Paragraph(lines.flat_map(line).collect())]
        }
        Block::Details { summary, body } => {
            if if summary.is_empty() { loosen(body) } else { loosen_text(summary) } {
                return true;
            }
            let mut all = vec![Block::Paragraph(std::mem::take(summary))];
            all.append(body);
            all
        }
    };
    blocks.splice(..1, instead);
    true
}

/// A table's row as a line of text.
fn line(cells: Vec<Vec<Inline>>) -> Vec<Inline> {
    let mut line = Vec::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            line.push(Inline::text(" | "));
        }
        line.extend(cell);
    }
    line.push(Inline::Break);
    line
}

fn loosen_text(text: &mut Vec<Inline>) -> bool {
    let Some(first) = text.first_mut() else { return false };
    let instead = match first {
        Inline::Text(_) => return false,
        Inline::Code(code) => vec![Inline::text(std::mem::take(code))],
        Inline::Link(link) if link.is_bare() || link.text.is_empty() => {
            vec![Inline::text(std::mem::take(&mut link.url))]
        }
        Inline::Link(link) => {
            let mut shown = std::mem::take(&mut link.text);
            shown.push(Inline::text(format!(" ({})", link.url)));
            shown
        }
        // What is hidden stays hidden, at whatever length.
        Inline::Spoiler { text, .. } => return loosen_text(text),
        Inline::Bold(inner)
        | Inline::Italic(inner)
        | Inline::Strike(inner)
        | Inline::Underline(inner)
        | Inline::Small(inner) => {
            if loosen_text(inner) {
                return true;
            }
            std::mem::take(inner)
        }
        atom => {
            let mut shown = String::new();
            super::super::plain::inlines(std::slice::from_ref(atom), &mut shown);
            vec![Inline::text(shown)]
        }
    };
    text.splice(..1, instead);
    true
}
