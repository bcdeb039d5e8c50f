//! The tree under construction: which blocks and styles are open, and where text goes.

use super::{
    super::doc::{Block, Doc, Inline},
    element::{Element, Style},
    frame::{Frames, Kind, MAX_OPEN},
    leaf::{Leaf, Role, with_addresses},
    table::Table,
};

/// Text that is kept as it is until its end tag.
enum Verbatim {
    Block { language: Option<String>, text: String },
    Inline(String),
}

#[derive(Default)]
pub(super) struct Tree {
    pub(super) frames: Frames,
    styles: Vec<(String, Style)>,
    /// Styles that were opened beyond the limit, whose end tags must close nothing else.
    beyond: usize,
    pub(super) leaf: Option<Leaf>,
    verbatim: Option<Verbatim>,
    pub(super) table: Option<Table>,
    /// The tag whose content is left out, and how often it is open.
    skipped: Option<(String, usize)>,
}

impl Tree {
    pub(super) fn text(&mut self, text: &str) {
        match &mut self.verbatim {
            _ if self.skipped.is_some() => {}
            Some(Verbatim::Block { text: code, .. }) => code.push_str(text),
            Some(Verbatim::Inline(code)) => code.extend(text.chars().map(|c| if c == '\n' { ' ' } else { c })),
            None if self.leaf.is_some() || !text.trim_ascii().is_empty() => self.leaf().text(text),
            None => {}
        }
    }

    pub(super) fn open(&mut self, name: &str, element: Element) {
        if let Some((tag, depth)) = &mut self.skipped {
            *depth += usize::from(tag == name);
            return;
        }
        if self.in_preformatted() {
            return self.inside_preformatted(element);
        }
        match element {
            Element::Style(style) => self.open_style(name, style),
            Element::Code { .. } => {
                self.end_verbatim();
                self.verbatim = Some(Verbatim::Inline(String::new()));
            }
            Element::Break => match &mut self.verbatim {
                Some(Verbatim::Inline(code)) => code.push('\n'),
                _ => self.leaf().line_break(),
            },
            Element::Picture(picture) => picture.into_iter().for_each(|picture| self.leaf().push(picture)),
            Element::Formula { latex, block } => {
                self.formula(latex, block);
                self.skipped = Some((name.to_owned(), 1));
            }
            Element::Hidden { .. } => self.skipped = Some((name.to_owned(), 1)),
            Element::Unknown => {}
            block => {
                self.end_verbatim();
                self.open_block(block);
            }
        }
    }

    pub(super) fn close(&mut self, name: &str, element: &Element) {
        if let Some((tag, depth)) = &mut self.skipped {
            *depth -= usize::from(tag == name);
            if *depth == 0 {
                self.skipped = None;
            }
            return;
        }
        if self.in_preformatted() {
            if matches!(element, Element::Preformatted) {
                self.end_verbatim();
            }
            return;
        }
        match element {
            Element::Style(_) => self.close_style(name),
            Element::Code { .. } => self.end_verbatim(),
            Element::Break => self.leaf().line_break(),
            Element::Formula { .. } | Element::Picture(_) | Element::Hidden { .. } | Element::Unknown => {}
            block => {
                self.end_verbatim();
                self.close_block(block);
            }
        }
    }

    pub(super) fn finish(mut self) -> Doc {
        self.end_verbatim();
        self.end_table();
        self.end_leaf();
        Doc { blocks: self.frames.finish() }
    }

    fn in_preformatted(&self) -> bool {
        matches!(self.verbatim, Some(Verbatim::Block { .. }))
    }

    fn inside_preformatted(&mut self, element: Element) {
        let Some(Verbatim::Block { language, text }) = &mut self.verbatim else { return };
        match element {
            Element::Code { language: Some(named) } if text.is_empty() => *language = Some(named),
            Element::Break => text.push('\n'),
            _ => {}
        }
    }

    fn formula(&mut self, latex: String, block: bool) {
        if block && !self.keeps_blocks() {
            self.end_leaf();
            self.frames.add(Block::Code { language: Some("latex".to_owned()), text: latex });
        } else {
            self.leaf().push(Inline::Code(latex));
        }
    }

    fn end_verbatim(&mut self) {
        match self.verbatim.take() {
            None => {}
            Some(Verbatim::Inline(code)) if code.is_empty() => {}
            Some(Verbatim::Inline(code)) => self.leaf().push(Inline::Code(code)),
            Some(Verbatim::Block { language, text }) => {
                let text = text.strip_prefix('\n').unwrap_or(&text);
                let text = text.strip_suffix('\n').unwrap_or(text).to_owned();
                self.frames.add(Block::Code { language, text });
            }
        }
    }

    fn open_style(&mut self, name: &str, style: Style) {
        if self.styles.len() >= MAX_OPEN {
            self.beyond += 1;
            return;
        }
        if let Some(leaf) = &mut self.leaf {
            leaf.open(style.clone());
        }
        self.styles.push((name.to_owned(), style));
    }

    /// Closes the innermost style of that tag. What was opened inside it goes on behind it.
    fn close_style(&mut self, name: &str) {
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        let Some(at) = self.styles.iter().rposition(|(tag, _)| tag == name) else { return };
        self.styles.remove(at);
        if let Some(leaf) = &mut self.leaf {
            leaf.close(at);
            for (_, style) in &self.styles[at..] {
                leaf.open(style.clone());
            }
        }
    }

    fn open_block(&mut self, element: Element) {
        if self.table.is_some() && self.open_in_table(&element) {
            return;
        }
        if self.keeps_blocks() || self.table.is_some() {
            self.leaf().line();
            if matches!(element, Element::Item) {
                self.leaf().text("• ");
            }
            return;
        }
        if matches!(element, Element::Line) && self.line_of_paragraph() {
            return;
        }
        self.end_leaf();
        match element {
            Element::Paragraph => {}
            Element::Heading(level) => self.start(Role::Heading(level)),
            Element::Caption => self.start(Role::Caption),
            Element::Summary if self.frames.in_details() => self.start(Role::Summary),
            Element::Quote => self.frames.open(Kind::Quote),
            Element::List(start) => self.frames.open(Kind::List(start)),
            Element::Item => self.frames.open_item(),
            Element::Details => self.frames.open(Kind::Details),
            Element::Preformatted => self.verbatim = Some(Verbatim::Block { language: None, text: String::new() }),
            Element::Rule => self.frames.add(Block::Rule),
            Element::Table => self.table = Some(Table::default()),
            _ => {}
        }
    }

    fn close_block(&mut self, element: &Element) {
        if self.table.is_some() && self.close_in_table(element) {
            return;
        }
        let role = self.leaf.as_ref().map(|leaf| leaf.role);
        match (element, role) {
            (Element::Quote | Element::List(_) | Element::Item | Element::Details, Some(Role::Cell)) => {
                self.leaf().line()
            }
            (Element::Summary, Some(Role::Summary)) | (Element::Caption, Some(Role::Caption)) => self.end_leaf(),
            (Element::Quote, _) => self.close_to(|kind| kind == Kind::Quote),
            (Element::List(_), _) => self.close_to(|kind| matches!(kind, Kind::List(_))),
            (Element::Item, _) => self.close_to(|kind| kind == Kind::Item),
            (Element::Details, _) => self.close_to(|kind| kind == Kind::Details),
            _ if self.keeps_blocks() => self.leaf().line(),
            (Element::Line, _) if self.line_of_paragraph() => {}
            _ => self.end_leaf(),
        }
    }

    /// Whether running text was open, which then goes on in a new line.
    fn line_of_paragraph(&mut self) -> bool {
        match &mut self.leaf {
            Some(leaf) if leaf.role == Role::Paragraph => {
                leaf.line();
                true
            }
            _ => false,
        }
    }

    fn keeps_blocks(&self) -> bool {
        self.leaf.as_ref().is_some_and(Leaf::keeps_blocks)
    }

    fn close_to(&mut self, is: impl Fn(Kind) -> bool) {
        self.end_leaf();
        self.frames.close(is);
    }

    pub(super) fn leaf(&mut self) -> &mut Leaf {
        let role = if self.table.is_some() { Role::Cell } else { Role::Paragraph };
        let styles = &self.styles;
        self.leaf.get_or_insert_with(|| Leaf::new(role, styles.iter().map(|(_, style)| style.clone())))
    }

    pub(super) fn start(&mut self, role: Role) {
        self.leaf = Some(Leaf::new(role, self.styles.iter().map(|(_, style)| style.clone())));
    }

    pub(super) fn end_leaf(&mut self) {
        let Some(leaf) = self.leaf.take() else { return };
        let role = leaf.role;
        let text = with_addresses(leaf.finish());
        match role {
            Role::Paragraph | Role::Caption => self.frames.add(Block::Paragraph(text)),
            Role::Heading(level) => self.frames.add(Block::Heading { level, text }),
            Role::Summary => self.frames.summary(text),
            Role::Cell => {
                if let Some(table) = &mut self.table {
                    table.cell(text);
                }
            }
        }
    }
}
