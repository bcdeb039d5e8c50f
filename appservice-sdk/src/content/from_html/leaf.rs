//! A stretch of running text under construction: white space as browsers fold it, styles as they open and close.

use super::{
    super::{
        doc::Inline,
        link::{linked, matrix_reference},
    },
    element::Style,
};

/// What the text will be.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Paragraph,
    Heading(u8),
    Caption,
    Summary,
    Cell,
}

pub(super) struct Leaf {
    pub(super) role: Role,
    /// The text so far: the whole, then inside each open style.
    levels: Vec<(Style, Vec<Inline>)>,
    /// White space was seen, inside so many styles, that will count if text follows.
    space: Option<usize>,
    /// A line ended that will count if text follows.
    line_due: bool,
    /// Nothing stands in this line yet, or it ends with white space: more of it would not show.
    fresh: bool,
    /// Something stands in this line.
    begun: bool,
}

impl Leaf {
    pub(super) fn new(role: Role, styles: impl Iterator<Item = Style>) -> Self {
        let levels = std::iter::once(Style::Plain).chain(styles).map(|style| (style, Vec::new())).collect();
        Self { role, levels, space: None, line_due: false, fresh: true, begun: false }
    }

    /// Whether blocks inside it are only lines of it.
    pub(super) fn keeps_blocks(&self) -> bool {
        matches!(self.role, Role::Cell | Role::Summary | Role::Caption)
    }

    pub(super) fn text(&mut self, text: &str) {
        for (at, word) in text.split(is_space).enumerate() {
            if at > 0 {
                self.space = self.space.or(Some(self.levels.len().saturating_sub(1)));
            }
            if !word.is_empty() {
                self.flush_space();
                self.append(usize::MAX, word);
            }
        }
    }

    /// An element that is no text.
    pub(super) fn push(&mut self, inline: Inline) {
        self.flush_space();
        self.top().push(inline);
        self.fresh = false;
        self.begun = true;
    }

    pub(super) fn line_break(&mut self) {
        self.flush_line();
        self.top().push(Inline::Break);
        self.space = None;
        self.fresh = true;
        self.begun = false;
    }

    /// What follows stands in a new line.
    pub(super) fn line(&mut self) {
        self.line_due |= self.begun;
        self.space = None;
    }

    pub(super) fn open(&mut self, style: Style) {
        self.levels.push((style, Vec::new()));
    }

    /// Closes the style at `depth` and what is open inside it.
    pub(super) fn close(&mut self, depth: usize) {
        while self.levels.len() > depth + 1 {
            self.close_last();
        }
        self.space = self.space.map(|level| level.min(depth));
    }

    pub(super) fn finish(mut self) -> Vec<Inline> {
        self.close(0);
        self.levels.pop().map(|(_, text)| text).unwrap_or_default()
    }

    fn close_last(&mut self) {
        let Some((style, text)) = self.levels.pop() else { return };
        if text.is_empty() {
            return;
        }
        let text = match style {
            Style::Plain => text,
            Style::Bold => vec![Inline::Bold(text)],
            Style::Italic => vec![Inline::Italic(text)],
            Style::Strike => vec![Inline::Strike(text)],
            Style::Underline => vec![Inline::Underline(text)],
            Style::Small => vec![Inline::Small(text)],
            Style::Spoiler(reason) => vec![Inline::Spoiler { reason, text }],
            Style::Link(url) => link(url, text),
        };
        let top = self.top();
        if top.is_empty() {
            *top = text;
        } else {
            top.extend(text);
        }
    }

    fn flush_space(&mut self) {
        self.flush_line();
        if let Some(level) = self.space.take().filter(|_| !self.fresh) {
            self.append(level, " ");
        }
    }

    fn flush_line(&mut self) {
        if std::mem::take(&mut self.line_due) {
            self.top().push(Inline::Break);
            self.fresh = true;
            self.begun = false;
            self.space = None;
        }
    }

    /// Adds literal text inside the styles up to `level`.
    fn append(&mut self, level: usize, text: &str) {
        self.fresh = text == " ";
        self.begun = true;
        let list = self.level(level);
        match list.last_mut() {
            Some(Inline::Text(before)) => before.push_str(text),
            _ => list.push(Inline::text(text)),
        }
    }

    fn top(&mut self) -> &mut Vec<Inline> {
        self.level(usize::MAX)
    }

    fn level(&mut self, level: usize) -> &mut Vec<Inline> {
        if self.levels.is_empty() {
            self.levels.push((Style::Plain, Vec::new()));
        }
        let level = level.min(self.levels.len() - 1);
        &mut self.levels[level].1
    }
}

/// White space that browsers fold; a no-break space is none.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// A link, or whom it means. A mention has no other name than the link's text.
fn link(url: String, text: Vec<Inline>) -> Vec<Inline> {
    let mut name = String::new();
    super::super::plain::inlines(&text, &mut name);
    match matrix_reference(&url, name.trim()) {
        Some(reference) => vec![reference],
        None if link_is_usable(&url) => vec![Inline::link(url, text)],
        None => text,
    }
}

/// A `matrix:` address that means nothing we know is no link for anybody else.
fn link_is_usable(url: &str) -> bool {
    !url.starts_with("matrix:")
}

/// Web addresses in literal text become links, except where the text already is one.
pub(super) fn with_addresses(list: Vec<Inline>) -> Vec<Inline> {
    let mut out = Vec::with_capacity(list.len());
    for mut inline in list {
        match &mut inline {
            Inline::Text(text) if text.contains("http") => out.extend(linked(text)),
            Inline::Link(_) => out.push(inline),
            _ => {
                if let Some(text) = inline.styled_mut() {
                    *text = with_addresses(std::mem::take(text));
                }
                out.push(inline);
            }
        }
    }
    out
}
