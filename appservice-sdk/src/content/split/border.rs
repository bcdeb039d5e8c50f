//! Where a text may be cut with the least harm.

use super::{
    super::doc::{Block, Doc, Inline},
    cut::cuttable,
};

/// Ranks of borders, the best first.
const BLOCK: usize = 0;
const LINE: usize = 1;
const WORD: usize = 2;
const CHARACTER: usize = 3;

/// The best border at or before `most` (in weight). A part is to be at least half full.
pub(super) fn best_border(doc: &Doc, most: usize) -> usize {
    let mut walk = Walk { most, at: 0, best: [0; 4] };
    walk.blocks(&doc.blocks);
    walk.best.into_iter().find(|&at| at > most / 2).unwrap_or(most)
}

struct Walk {
    most: usize,
    at: usize,
    /// The last border of each rank.
    best: [usize; 4],
}

impl Walk {
    fn over(&self) -> bool {
        self.at > self.most
    }

    fn border(&mut self, rank: usize) {
        if !self.over() {
            self.best[rank] = self.at;
        }
    }

    fn step(&mut self, rank: usize) {
        self.at += 1;
        self.border(rank);
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            if self.over() {
                return;
            }
            self.block(block);
            self.border(BLOCK);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph(text) | Block::Heading { text, .. } => self.text(text),
            Block::Quote(inner) => self.blocks(inner),
            Block::List { items, .. } => items.iter().for_each(|item| self.blocks(item)),
            Block::Code { text, .. } => self.characters(text),
            Block::Rule => self.step(BLOCK),
            Block::Table { head, rows } => {
                // A head alone says nothing: the first border is below the first row.
                self.at += usize::from(!head.is_empty());
                rows.iter().for_each(|_| self.step(LINE));
            }
            Block::Details { summary, body } => {
                self.text(summary);
                self.blocks(body);
            }
        }
    }

    fn text(&mut self, text: &[Inline]) {
        for inline in text {
            match inline {
                _ if self.over() => return,
                Inline::Text(text) | Inline::Code(text) => self.characters(text),
                Inline::Break => self.step(LINE),
                _ => match cuttable(inline) {
                    Some(text) => self.text(text),
                    None => self.step(CHARACTER),
                },
            }
        }
    }

    fn characters(&mut self, text: &str) {
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            if self.over() {
                return;
            }
            let rank = match c {
                '\n' => LINE,
                _ if c.is_whitespace() => WORD,
                _ => CHARACTER,
            };
            if rank == CHARACTER && characters.peek().is_some_and(|&next| belongs(c, next)) {
                self.at += 1;
            } else {
                self.step(rank);
            }
        }
    }
}

/// Whether the second character changes how the first looks: accents, variation selectors, skin tones, joiners.
fn belongs(c: char, next: char) -> bool {
    const JOINER: char = '\u{200d}';
    c == JOINER
        || matches!(next, JOINER | '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{20e3}')
}
