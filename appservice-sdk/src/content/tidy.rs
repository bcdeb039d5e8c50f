//! One spelling for one text: neighbours are joined, what is empty goes, a style within itself says nothing.

use super::doc::{Block, Doc, Inline};

impl Doc {
    /// The same text without its accidents. Readers end with it, so that what they give can be compared and stored.
    #[must_use]
    pub fn tidy(self) -> Self {
        Self { blocks: blocks(self.blocks) }
    }
}

fn blocks(list: Vec<Block>) -> Vec<Block> {
    list.into_iter().filter_map(block).collect()
}

fn block(block: Block) -> Option<Block> {
    let full = |text: Vec<Inline>| (!text.is_empty()).then_some(text);
    match block {
        Block::Paragraph(text) => full(lines(text)).map(Block::Paragraph),
        Block::Heading { level, text } => {
            full(lines(text)).map(|text| Block::Heading { level: level.clamp(1, 6), text })
        }
        Block::Quote(inner) => Some(blocks(inner)).filter(|inner| !inner.is_empty()).map(Block::Quote),
        Block::List { start, items } => {
            let items: Vec<_> = items.into_iter().map(blocks).filter(|item| !item.is_empty()).collect();
            (!items.is_empty()).then_some(Block::List { start, items })
        }
        Block::Code { language, text } => {
            let text = text.trim_matches('\n').to_owned();
            (!text.is_empty()).then_some(Block::Code { language, text })
        }
        Block::Rule => Some(block),
        Block::Table { head, rows } => {
            let row = |cells: Vec<Vec<Inline>>| cells.into_iter().map(lines).collect::<Vec<_>>();
            let (head, rows) = (row(head), rows.into_iter().map(row).collect::<Vec<_>>());
            let told = head.iter().chain(rows.iter().flatten()).any(|cell| !cell.is_empty());
            told.then_some(Block::Table { head, rows })
        }
        Block::Details { summary, body } => {
            let (summary, body) = (lines(summary), blocks(body));
            (!summary.is_empty() || !body.is_empty()).then_some(Block::Details { summary, body })
        }
    }
}

/// Running text that stands on its own: without white space and line breaks at its ends.
fn lines(text: Vec<Inline>) -> Vec<Inline> {
    let mut text = inlines(text, &mut Vec::new());
    trim(&mut text, End::Last);
    trim(&mut text, End::First);
    text
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    First,
    Last,
}

/// Takes white space off one end, however many styles it is in.
fn trim(text: &mut Vec<Inline>, end: End) {
    match end {
        End::Last => {
            while text.last_mut().is_some_and(|last| trim_inline(last, end)) {
                text.pop();
            }
        }
        End::First => {
            let gone = text.iter_mut().position(|inline| !trim_inline(inline, end)).unwrap_or(text.len());
            text.drain(..gone);
        }
    }
}

/// Says whether nothing is left.
fn trim_inline(inline: &mut Inline, end: End) -> bool {
    match inline {
        Inline::Break => true,
        Inline::Text(text) => {
            let kept = if end == End::First { text.trim_start_matches(space) } else { text.trim_end_matches(space) };
            if kept.len() < text.len() {
                *text = kept.to_owned();
            }
            text.is_empty()
        }
        _ => inline.styled_mut().is_some_and(|text| {
            trim(text, end);
            text.is_empty()
        }),
    }
}

/// A no-break space is none: somebody wanted it.
fn space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// A style that is the same however often it is applied.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Bold,
    Italic,
    Strike,
    Underline,
    Small,
    Spoiler,
    Link,
}

fn inlines(list: Vec<Inline>, open: &mut Vec<Kind>) -> Vec<Inline> {
    let mut out = Vec::with_capacity(list.len());
    for inline in list {
        match parts(inline) {
            Ok((kind, _, text)) if open.contains(&kind) => {
                for inline in inlines(text, open) {
                    push(&mut out, inline);
                }
            }
            Ok((kind, wrap, text)) => {
                open.push(kind);
                let text = inlines(text, open);
                open.pop();
                if !text.is_empty() {
                    push(&mut out, wrap(text));
                }
            }
            Err(Inline::Text(text) | Inline::Code(text)) if text.is_empty() => {}
            Err(Inline::Link(link)) if open.contains(&Kind::Link) => push(&mut out, Inline::text(link.url)),
            Err(Inline::Link(link)) => push(&mut out, Inline::url(link.url)),
            Err(inline) => push(&mut out, inline),
        }
    }
    out
}

type Wrap = Box<dyn FnOnce(Vec<Inline>) -> Inline>;

/// A style, how to put it on again, and what it is on; or what has no style. An address without words is its own words.
fn parts(inline: Inline) -> Result<(Kind, Wrap, Vec<Inline>), Inline> {
    Ok(match inline {
        Inline::Bold(text) => (Kind::Bold, Box::new(Inline::Bold), text),
        Inline::Italic(text) => (Kind::Italic, Box::new(Inline::Italic), text),
        Inline::Strike(text) => (Kind::Strike, Box::new(Inline::Strike), text),
        Inline::Underline(text) => (Kind::Underline, Box::new(Inline::Underline), text),
        Inline::Small(text) => (Kind::Small, Box::new(Inline::Small), text),
        Inline::Spoiler { reason, text } => {
            (Kind::Spoiler, Box::new(move |text| Inline::Spoiler { reason, text }), text)
        }
        Inline::Link(link) if !link.text.is_empty() => {
            let url = link.url;
            (Kind::Link, Box::new(move |text| Inline::link(url, text)), link.text)
        }
        other => return Err(other),
    })
}

/// Adds an element, or joins it with a neighbour of the same style.
fn push(out: &mut Vec<Inline>, inline: Inline) {
    match (out.last_mut(), inline) {
        (Some(Inline::Text(before)), Inline::Text(text)) => before.push_str(&text),
        (Some(Inline::Bold(before)), Inline::Bold(text))
        | (Some(Inline::Italic(before)), Inline::Italic(text))
        | (Some(Inline::Strike(before)), Inline::Strike(text))
        | (Some(Inline::Underline(before)), Inline::Underline(text))
        | (Some(Inline::Small(before)), Inline::Small(text)) => {
            for inline in text {
                push(before, inline);
            }
        }
        (_, inline) => out.push(inline),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_joined_and_nested_once() {
        let bold = |text: &str| Inline::bold([Inline::text(text)]);
        let cases = [
            (vec![Inline::text("a"), Inline::text(""), Inline::text("b")], vec![Inline::text("ab")]),
            (vec![bold("a"), bold("b")], vec![bold("ab")]),
            (
                vec![Inline::bold([Inline::italic([bold("a")])])],
                vec![Inline::bold([Inline::italic([Inline::text("a")])])],
            ),
            (vec![Inline::Break, Inline::text(" a "), Inline::Break], vec![Inline::text("a")]),
            (vec![Inline::bold([]), Inline::code("")], vec![]),
            (
                vec![Inline::link("https://a", [Inline::link("https://b", [Inline::text("c")])])],
                vec![Inline::link("https://a", [Inline::text("c")])],
            ),
        ];
        for (before, after) in cases {
            assert_eq!(Doc::paragraph(before).tidy(), Doc::paragraph(after));
        }
    }

    #[test]
    fn empty_blocks_go() {
        let empty = Doc {
            blocks: vec![
                Block::Quote(vec![Block::Paragraph(vec![])]),
                Block::List { start: None, items: vec![vec![], vec![Block::Quote(vec![])]] },
                Block::Table { head: vec![], rows: vec![vec![vec![]]] },
                Block::Details { summary: vec![Inline::Break], body: vec![] },
            ],
        };
        assert!(empty.tidy().is_empty());
    }
}
