//! Walking over a text's inline elements, wherever in the tree they are.

use super::doc::{Block, Doc, Inline};

impl Doc {
    /// Calls `see` for every inline element from top to bottom.
    pub fn visit(&self, see: &mut impl FnMut(&Inline)) {
        self.blocks.iter().for_each(|block| see_block(block, see));
    }

    /// Calls `change` for every inline element.
    pub fn visit_mut(&mut self, change: &mut impl FnMut(&mut Inline)) {
        self.texts_mut(&mut |text| text.iter_mut().for_each(&mut *change));
    }

    /// Puts what `with` makes of each inline element in its place. What it makes is not looked at again.
    pub fn expand(&mut self, with: &mut impl FnMut(Inline) -> Vec<Inline>) {
        let mut lists: Vec<&mut Vec<Inline>> = Vec::new();
        self.blocks.iter_mut().for_each(|block| texts_of_block(block, &mut |list| lists.push(list)));
        lists.into_iter().for_each(|list| expand(list, with));
    }

    fn texts_mut(&mut self, change: &mut impl FnMut(&mut Vec<Inline>)) {
        let mut lists: Vec<&mut Vec<Inline>> = Vec::new();
        self.blocks.iter_mut().for_each(|block| texts_of_block(block, &mut |list| lists.push(list)));
        while let Some(list) = lists.pop() {
            change(list);
            lists.extend(list.iter_mut().filter_map(Inline::styled_mut));
        }
    }
}

impl Inline {
    /// The text that this element puts a style on.
    #[must_use]
    pub fn styled(&self) -> Option<&Vec<Self>> {
        match self {
            Self::Bold(text)
            | Self::Italic(text)
            | Self::Strike(text)
            | Self::Underline(text)
            | Self::Small(text)
            | Self::Spoiler { text, .. } => Some(text),
            Self::Link(link) => Some(&link.text),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn styled_mut(&mut self) -> Option<&mut Vec<Self>> {
        match self {
            Self::Bold(text)
            | Self::Italic(text)
            | Self::Strike(text)
            | Self::Underline(text)
            | Self::Small(text)
            | Self::Spoiler { text, .. } => Some(text),
            Self::Link(link) => Some(&mut link.text),
            _ => None,
        }
    }
}

fn expand(list: &mut Vec<Inline>, with: &mut impl FnMut(Inline) -> Vec<Inline>) {
    let mut out = Vec::with_capacity(list.len());
    for mut inline in std::mem::take(list) {
        if let Some(text) = inline.styled_mut() {
            expand(text, with);
        }
        out.extend(with(inline));
    }
    *list = out;
}

fn see_block(block: &Block, see: &mut impl FnMut(&Inline)) {
    match block {
        Block::Paragraph(text) | Block::Heading { text, .. } => see_inlines(text, see),
        Block::Quote(inner) => inner.iter().for_each(|block| see_block(block, see)),
        Block::List { items, .. } => items.iter().flatten().for_each(|block| see_block(block, see)),
        Block::Code { .. } | Block::Rule => {}
        Block::Table { head, rows } => {
            head.iter().chain(rows.iter().flatten()).for_each(|cell| see_inlines(cell, see));
        }
        Block::Details { summary, body } => {
            see_inlines(summary, see);
            body.iter().for_each(|block| see_block(block, see));
        }
    }
}

fn see_inlines(list: &[Inline], see: &mut impl FnMut(&Inline)) {
    for inline in list {
        see(inline);
        if let Some(text) = inline.styled() {
            see_inlines(text, see);
        }
    }
}

fn texts_of_block<'a>(block: &'a mut Block, take: &mut impl FnMut(&'a mut Vec<Inline>)) {
    match block {
        Block::Paragraph(text) | Block::Heading { text, .. } => take(text),
        Block::Quote(inner) => inner.iter_mut().for_each(|block| texts_of_block(block, take)),
        Block::List { items, .. } => items.iter_mut().flatten().for_each(|block| texts_of_block(block, take)),
        Block::Code { .. } | Block::Rule => {}
        Block::Table { head, rows } => head.iter_mut().chain(rows.iter_mut().flatten()).for_each(take),
        Block::Details { summary, body } => {
            take(summary);
            body.iter_mut().for_each(|block| texts_of_block(block, take));
        }
    }
}
