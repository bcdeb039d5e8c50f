//! Blocks that hold blocks, under construction.

use super::super::doc::{Block, Inline, MAX_NESTING};

/// How many tags may be open at once (client-server, «m.room.message msgtypes»). More are looked through.
pub(super) const MAX_OPEN: usize = 100;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Quote,
    List(Option<u64>),
    Item,
    Details,
}

struct Frame {
    kind: Kind,
    blocks: Vec<Block>,
    items: Vec<Vec<Block>>,
    summary: Vec<Inline>,
}

/// The blocks that are open, the innermost last, and what is finished outside them.
#[derive(Default)]
pub(super) struct Frames {
    done: Vec<Block>,
    open: Vec<Frame>,
    /// Opened beyond the limit: their end tags must close nothing else.
    beyond: usize,
}

impl Frames {
    pub(super) fn open(&mut self, kind: Kind) {
        if self.open.len() >= MAX_OPEN {
            self.beyond += 1;
            return;
        }
        self.open.push(Frame { kind, blocks: Vec::new(), items: Vec::new(), summary: Vec::new() });
    }

    /// An item ends the one before, and stands in a list even if nobody opened one.
    pub(super) fn open_item(&mut self) {
        if matches!(self.open.last(), Some(Frame { kind: Kind::Item, .. })) {
            self.close_last();
        }
        if !matches!(self.open.last(), Some(Frame { kind: Kind::List(_), .. })) {
            self.open(Kind::List(None));
        }
        self.open(Kind::Item);
    }

    /// Closes the innermost block of that kind, and what is open inside it.
    pub(super) fn close(&mut self, is: impl Fn(Kind) -> bool) {
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        let Some(at) = self.open.iter().rposition(|frame| is(frame.kind)) else { return };
        while self.open.len() > at {
            self.close_last();
        }
    }

    pub(super) fn in_details(&self) -> bool {
        matches!(self.open.last(), Some(Frame { kind: Kind::Details, .. }))
    }

    /// What stands for the innermost details while they are closed.
    pub(super) fn summary(&mut self, text: Vec<Inline>) {
        if let Some(frame) = self.open.last_mut() {
            frame.summary = text;
        }
    }

    /// Puts a finished block where it belongs. A list within a list belongs to the item before it.
    pub(super) fn add(&mut self, block: Block) {
        match self.open.last_mut() {
            None => self.done.push(block),
            Some(Frame { kind: Kind::List(_), items, .. }) => match (items.last_mut(), &block) {
                (Some(item), Block::List { .. }) => item.push(block),
                _ => items.push(vec![block]),
            },
            Some(frame) => frame.blocks.push(block),
        }
    }

    pub(super) fn finish(mut self) -> Vec<Block> {
        while !self.open.is_empty() {
            self.close_last();
        }
        self.done
    }

    fn close_last(&mut self) {
        let Some(frame) = self.open.pop() else { return };
        let depth = self.open.iter().filter(|frame| frame.kind != Kind::Item).count();
        match (frame.kind, self.open.last_mut()) {
            (Kind::Item, Some(Frame { kind: Kind::List(_), items, .. })) => items.push(frame.blocks),
            (Kind::Item, _) => frame.blocks.into_iter().for_each(|block| self.add(block)),
            _ if depth >= MAX_NESTING => self.flatten(frame),
            (Kind::Quote, _) => self.add(Block::Quote(frame.blocks)),
            (Kind::List(start), _) => self.add(Block::List { start, items: frame.items }),
            (Kind::Details, _) => self.add(Block::Details { summary: frame.summary, body: frame.blocks }),
        }
    }

    fn flatten(&mut self, frame: Frame) {
        let summary = Some(frame.summary).filter(|text| !text.is_empty()).map(Block::Paragraph);
        summary
            .into_iter()
            .chain(frame.items.into_iter().flatten())
            .chain(frame.blocks)
            .for_each(|block| self.add(block));
    }
}
