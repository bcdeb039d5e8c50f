//! The two halves of a tree. Where it is cut is counted in weight: a character weighs 1, and so does everything that
//! stays whole, like a mention, a bare address or the row of a table.

use super::super::doc::{Block, Doc, Inline};

pub(super) fn weight(blocks: &[Block]) -> usize {
    blocks.iter().map(block_weight).sum()
}

fn block_weight(block: &Block) -> usize {
    match block {
        Block::Paragraph(text) | Block::Heading { text, .. } => text_weight(text),
        Block::Quote(inner) => weight(inner),
        Block::List { items, .. } => items.iter().map(|item| weight(item)).sum(),
        Block::Code { text, .. } => text.chars().count(),
        Block::Rule => 1,
        Block::Table { head, rows } => usize::from(!head.is_empty()) + rows.len(),
        Block::Details { summary, body } => text_weight(summary) + weight(body),
    }
}

pub(super) fn text_weight(text: &[Inline]) -> usize {
    text.iter().map(inline_weight).sum()
}

fn inline_weight(inline: &Inline) -> usize {
    match inline {
        Inline::Text(text) | Inline::Code(text) => text.chars().count(),
        _ => cuttable(inline).map_or(1, |text| text_weight(text)),
    }
}

/// The text within an element that may be cut, and then stands in both parts.
pub(super) fn cuttable(inline: &Inline) -> Option<&Vec<Inline>> {
    match inline {
        Inline::Link(link) if link.is_bare() || link.text.is_empty() => None,
        _ => inline.styled(),
    }
}

/// What comes before the cut.
pub(super) fn head(doc: &Doc, at: usize) -> Doc {
    let mut left = at;
    Doc { blocks: first_blocks(&doc.blocks, &mut left) }.tidy()
}

/// What comes after the cut.
pub(super) fn tail(doc: Doc, at: usize) -> Doc {
    let mut left = at;
    Doc { blocks: last_blocks(doc.blocks, &mut left) }.tidy()
}

fn first_blocks(blocks: &[Block], left: &mut usize) -> Vec<Block> {
    let mut out = Vec::new();
    for block in blocks {
        if *left == 0 {
            break;
        }
        out.push(first_of_block(block, left));
    }
    out
}

fn first_of_block(block: &Block, left: &mut usize) -> Block {
    match block {
        Block::Paragraph(text) => Block::Paragraph(first_of_text(text, left)),
        Block::Heading { level, text } => Block::Heading { level: *level, text: first_of_text(text, left) },
        Block::Quote(inner) => Block::Quote(first_blocks(inner, left)),
        Block::List { start, items } => {
            let items = items.iter().map_while(|item| (*left > 0).then(|| first_blocks(item, left))).collect();
            Block::List { start: *start, items }
        }
        Block::Code { language, text } => {
            Block::Code { language: language.clone(), text: cut_text(text, left).0.to_owned() }
        }
        Block::Rule => {
            *left -= 1;
            Block::Rule
        }
        Block::Table { head, rows } => {
            *left -= usize::from(!head.is_empty());
            let taken = rows.len().min(*left);
            *left -= taken;
            Block::Table { head: head.clone(), rows: rows[..taken].to_vec() }
        }
        Block::Details { summary, body } => {
            Block::Details { summary: first_of_text(summary, left), body: first_blocks(body, left) }
        }
    }
}

fn first_of_text(text: &[Inline], left: &mut usize) -> Vec<Inline> {
    let mut out = Vec::new();
    for inline in text {
        if *left == 0 {
            break;
        }
        let mut inline = match inline {
            Inline::Text(text) => Inline::text(cut_text(text, left).0),
            Inline::Code(text) => Inline::code(cut_text(text, left).0),
            _ => match cuttable(inline) {
                Some(text) => {
                    let first = first_of_text(text, left);
                    with_text(inline, first)
                }
                None => {
                    *left -= 1;
                    inline.clone()
                }
            },
        };
        if *left == 0 {
            trim_end(&mut inline);
        }
        out.push(inline);
    }
    out
}

/// The same element around another text.
fn with_text(inline: &Inline, text: Vec<Inline>) -> Inline {
    match inline {
        Inline::Bold(_) => Inline::Bold(text),
        Inline::Italic(_) => Inline::Italic(text),
        Inline::Strike(_) => Inline::Strike(text),
        Inline::Underline(_) => Inline::Underline(text),
        Inline::Small(_) => Inline::Small(text),
        Inline::Spoiler { reason, .. } => Inline::Spoiler { reason: reason.clone(), text },
        Inline::Link(link) => Inline::link(link.url.clone(), text),
        other => other.clone(),
    }
}

fn last_blocks(blocks: Vec<Block>, left: &mut usize) -> Vec<Block> {
    let mut out = Vec::new();
    for block in blocks {
        let whole = if *left == 0 { 0 } else { block_weight(&block) };
        if *left == 0 {
            out.push(block);
        } else if whole <= *left {
            *left -= whole;
        } else {
            out.extend(last_of_block(block, left));
        }
    }
    out
}

/// What is left of a block of which something is gone. `left` is less than the block's weight, and 0 afterwards.
fn last_of_block(block: Block, left: &mut usize) -> Vec<Block> {
    vec![match block {
        Block::Paragraph(text) => Block::Paragraph(last_of_text(text, left)),
        Block::Heading { level, text } => Block::Heading { level, text: last_of_text(text, left) },
        Block::Quote(inner) => Block::Quote(last_blocks(inner, left)),
        Block::List { start, items } => return last_of_list(start, items, left),
        Block::Code { language, text } => Block::Code { language, text: cut_text(&text, left).1.to_owned() },
        Block::Rule => Block::Rule,
        Block::Table { head, mut rows } => {
            let gone = left.saturating_sub(usize::from(!head.is_empty())).min(rows.len());
            *left = 0;
            Block::Table { head: Vec::new(), rows: rows.split_off(gone) }
        }
        Block::Details { summary, body } => {
            let told = text_weight(&summary);
            let summary = if *left >= told {
                *left -= told;
                Vec::new()
            } else {
                last_of_text(summary, left)
            };
            Block::Details { summary, body: last_blocks(body, left) }
        }
    }]
}

/// The rest of an item that was cut goes on without its bullet, then the list with its numbers.
fn last_of_list(start: Option<u64>, items: Vec<Vec<Block>>, left: &mut usize) -> Vec<Block> {
    let mut number = start;
    let mut out = Vec::new();
    let mut kept = Vec::new();
    for item in items {
        if *left == 0 {
            kept.push(item);
            continue;
        }
        number = number.map(|number| number.saturating_add(1));
        let whole = weight(&item);
        if whole <= *left {
            *left -= whole;
        } else {
            out = last_blocks(item, left);
        }
    }
    if !kept.is_empty() {
        out.push(Block::List { start: number, items: kept });
    }
    out
}

fn last_of_text(text: Vec<Inline>, left: &mut usize) -> Vec<Inline> {
    let mut out = Vec::new();
    for mut inline in text {
        if *left == 0 {
            out.push(inline);
            continue;
        }
        let whole = inline_weight(&inline);
        if whole <= *left {
            *left -= whole;
            continue;
        }
        match &mut inline {
            Inline::Text(text) | Inline::Code(text) => *text = cut_text(text, left).1.to_owned(),
            _ => {
                if let Some(text) = inline.styled_mut() {
                    *text = last_of_text(std::mem::take(text), left);
                }
            }
        }
        trim_start(&mut inline);
        out.push(inline);
    }
    out
}

/// Cuts after `left` characters, and counts them off.
fn cut_text<'a>(text: &'a str, left: &mut usize) -> (&'a str, &'a str) {
    let mut gone = 0;
    let at = text.char_indices().find_map(|(at, _)| {
        if gone == *left {
            return Some(at);
        }
        gone += 1;
        None
    });
    *left -= gone;
    text.split_at(at.unwrap_or(text.len()))
}

/// White space at the cut goes, however many styles it is in.
fn trim_end(inline: &mut Inline) {
    match inline {
        Inline::Text(text) => text.truncate(text.trim_end_matches(' ').len()),
        _ => {
            if let Some(last) = inline.styled_mut().and_then(|text| text.last_mut()) {
                trim_end(last);
            }
        }
    }
}

fn trim_start(inline: &mut Inline) {
    match inline {
        Inline::Text(text) => *text = text.trim_start_matches(' ').to_owned(),
        _ => {
            if let Some(first) = inline.styled_mut().and_then(|text| text.first_mut()) {
                trim_start(first);
            }
        }
    }
}
