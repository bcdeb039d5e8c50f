//! A table under construction. A table within a cell is read as lines of that cell.

use super::{
    super::doc::{Block, Inline},
    element::Element,
    leaf::Role,
    tree::Tree,
};

#[derive(Default)]
pub(super) struct Table {
    head: Vec<Vec<Inline>>,
    rows: Vec<Vec<Vec<Inline>>>,
    row: Vec<Vec<Inline>>,
    in_head: bool,
    /// Tables opened within the cell.
    inner: usize,
}

impl Table {
    pub(super) fn cell(&mut self, text: Vec<Inline>) {
        self.row.push(text);
    }

    fn head(&mut self, open: bool) {
        self.end_row();
        self.in_head = open;
    }

    fn end_row(&mut self) {
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

    fn finish(mut self) -> Block {
        self.end_row();
        Block::Table { head: self.head, rows: self.rows }
    }
}

impl Tree {
    /// Says whether the tag belonged to the open table.
    pub(super) fn open_in_table(&mut self, element: &Element) -> bool {
        let Some(table) = &mut self.table else { return false };
        if matches!(element, Element::Table) {
            table.inner += 1;
        }
        if table.inner > 0 {
            self.leaf().line();
            return true;
        }
        match element {
            Element::Cell => self.end_leaf(),
            Element::Row | Element::TableHead => {
                self.end_leaf();
                if let Some(table) = &mut self.table {
                    if matches!(element, Element::Row) { table.end_row() } else { table.head(true) }
                }
            }
            Element::Caption => {
                self.end_leaf();
                self.start(Role::Caption);
                return true;
            }
            _ => return false,
        }
        if matches!(element, Element::Cell) {
            self.start(Role::Cell);
        }
        true
    }

    pub(super) fn close_in_table(&mut self, element: &Element) -> bool {
        let Some(table) = &mut self.table else { return false };
        if table.inner > 0 {
            table.inner -= usize::from(matches!(element, Element::Table));
            self.leaf().line();
            return true;
        }
        match element {
            Element::Table => self.end_table(),
            Element::Cell => self.end_leaf(),
            Element::Row | Element::TableHead => {
                self.end_leaf();
                if let Some(table) = &mut self.table {
                    if matches!(element, Element::Row) { table.end_row() } else { table.head(false) }
                }
            }
            _ => return false,
        }
        true
    }

    pub(super) fn end_table(&mut self) {
        if self.table.is_some() {
            self.end_leaf();
        }
        if let Some(table) = self.table.take() {
            self.frames.add(table.finish());
        }
    }
}
