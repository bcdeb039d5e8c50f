//! A table under construction. A table within a cell is read as lines of that cell.

use super::super::doc::{Block, Inline};

#[derive(Default)]
pub(super) struct Table {
    head: Vec<Vec<Inline>>,
    rows: Vec<Vec<Vec<Inline>>>,
    row: Vec<Vec<Inline>>,
    in_head: bool,
    /// Tables opened within the cell.
    pub(super) inner: usize,
}

impl Table {
    pub(super) fn cell(&mut self, text: Vec<Inline>) {
        self.row.push(text);
    }

    pub(super) fn head(&mut self, open: bool) {
        self.end_row();
        self.in_head = open;
    }

    pub(super) fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        if row.is_empty() {
            return;
        }
        if self.in_head && self.head.is_empty() {
            self.head = row;
        } else {
            self.rows.push(row);
        }
    }

    pub(super) fn finish(mut self) -> Block {
        self.end_row();
        Block::Table { head: self.head, rows: self.rows }
    }
}
