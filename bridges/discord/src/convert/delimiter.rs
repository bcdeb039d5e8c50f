//! Where styles begin and end: `*`, `**`, `_`, `__`, `~~` and `||`.
//!
//! The client's grammar looks from each sign for the nearest one that can end it. The same comes out of one pass that
//! keeps the open styles in a stack: a sign ends its style if that is open, and otherwise begins it. What was opened in
//! between and did not end was no style. At most one of a kind is open, so the stack is as high as there are kinds.

use super::inline::{Line, word_follows};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Bold,
    /// `*italic*`
    Star,
    Underline,
    /// `_italic_`
    Score,
    Strike,
    Spoiler,
    /// `[`, of which many may be open.
    Bracket,
}

pub(super) struct Style {
    pub(super) kind: Kind,
    /// Where its sign stands in what was read.
    pub(super) sign: usize,
    /// Where it stands in the text.
    pub(super) from: usize,
}

/// The open styles, the innermost last.
#[derive(Default)]
pub(super) struct Open {
    stack: Vec<Style>,
    /// How many of each kind are open.
    count: [usize; 7],
    /// Where the sign of each kind stands; of brackets, of which there may be many, the last that was opened.
    signs: [usize; 7],
}

impl Open {
    pub(super) fn has(&self, kind: Kind) -> bool {
        self.count[kind as usize] > 0
    }

    pub(super) fn last_sign(&self) -> Option<usize> {
        self.stack.last().map(|style| style.sign)
    }

    pub(super) fn push(&mut self, style: Style) {
        self.count[style.kind as usize] += 1;
        self.signs[style.kind as usize] = style.sign;
        self.stack.push(style);
    }

    /// Ends the innermost style of that kind, and what is open inside it; answers where its sign stands.
    pub(super) fn take(&mut self, kind: Kind) -> Option<usize> {
        if !self.has(kind) {
            return None;
        }
        while let Some(style) = self.stack.pop() {
            self.count[style.kind as usize] -= 1;
            if style.kind == kind {
                return Some(style.sign);
            }
        }
        None
    }

    /// The innermost style of that kind was none. Above a bracket there are only styles, and of these few.
    pub(super) fn forget(&mut self, kind: Kind) {
        if self.has(kind)
            && let Some(at) = self.stack.iter().rposition(|style| style.kind == kind)
        {
            self.stack.remove(at);
            self.count[kind as usize] -= 1;
        }
    }

    pub(super) fn forget_all(&mut self, kind: Kind) {
        self.stack.retain(|style| style.kind != kind);
        self.count[kind as usize] = 0;
    }

    /// Where the sign of an open style stands.
    fn sign(&self, kind: Kind) -> Option<usize> {
        self.has(kind).then_some(self.signs[kind as usize])
    }

    /// `***` began a bold and an italic text, and it turns out that the bold one is the inner.
    fn swap_if_one_sign(&mut self, double: Kind, single: Kind) {
        if let [.., outer, inner] = self.stack.as_mut_slice()
            && (outer.kind, inner.kind) == (double, single)
            && inner.from == outer.from + 2
        {
            (outer.kind, inner.kind) = (single, double);
            (self.signs[single as usize], self.signs[double as usize]) = (outer.sign, inner.sign);
        }
    }
}

/// Where each sign stands for the last time.
pub(super) struct Last([(&'static str, Option<usize>); 6]);

impl Last {
    pub(super) fn in_text(text: &str) -> Self {
        Self(["*", "**", "_", "__", "~~", "||"].map(|sign| (sign, text.rfind(sign))))
    }

    fn of(&self, sign: &str) -> Option<usize> {
        self.0.iter().find(|(known, _)| *known == sign).and_then(|(_, last)| *last)
    }
}

impl Line<'_> {
    /// `~~` or `||`.
    pub(super) fn pair(&mut self) {
        let (kind, sign) = if self.rest().starts_with('~') { (Kind::Strike, "~~") } else { (Kind::Spoiler, "||") };
        if self.rest().starts_with(sign) && self.filled(kind) {
            self.close_style(kind, 2);
        }
        if self.rest().starts_with(sign) && !self.open.has(kind) && self.comes_later(sign, 3) {
            self.open_style(kind, 2);
        }
        self.literal(self.run(&sign[..1]));
    }

    /// `*`, `**`, `***` or the same of `_`.
    pub(super) fn emphasis(&mut self) {
        let (sign, double, single) = match self.rest().starts_with('*') {
            true => ("*", Kind::Bold, Kind::Star),
            false => ("_", Kind::Underline, Kind::Score),
        };
        let length = self.run(sign);
        let can_end = self.can_end(sign, length);
        let (bold, italic) = (self.filled(double), self.filled(single));
        match length {
            1 if italic && can_end => return self.close_style(single, 1),
            1 => self.open.forget(single),
            2 if bold => {
                self.open.swap_if_one_sign(double, single);
                return self.close_style(double, 2);
            }
            2 => {}
            _ if bold && italic => return self.end_both(double, single),
            _ if bold => {
                self.literal(length - 2);
                return self.close_style(double, 2);
            }
            _ if italic && can_end && length % 2 == 1 => {
                self.literal(length - 1);
                return self.close_style(single, 1);
            }
            _ => {}
        }
        self.begin(sign, double, single, length);
    }

    fn end_both(&mut self, double: Kind, single: Kind) {
        if self.open.sign(single) > self.open.sign(double) {
            self.close_style(single, 1);
            self.close_style(double, 2);
        } else {
            self.close_style(double, 2);
            self.close_style(single, 1);
        }
    }

    fn begin(&mut self, sign: &str, double: Kind, single: Kind, length: usize) {
        if length > 3 {
            return self.literal(length);
        }
        if length > 1 {
            let pair = if sign == "*" { "**" } else { "__" };
            if !self.open.has(double) && self.comes_later(pair, length + 1) {
                self.open_style(double, 2);
            } else {
                self.literal(if length == 2 { 1 } else { 2 });
            }
        }
        // What is left of the signs, if anything.
        let left = self.run(sign);
        let text_follows = self.rest()[left..].starts_with(|c: char| sign == "_" || !c.is_whitespace());
        if left == 1 && text_follows && !self.open.has(single) && self.comes_later(sign, 2) {
            self.open_style(single, 1);
        } else {
            self.literal(left);
        }
    }

    /// How often the sign stands here in a row.
    fn run(&self, sign: &str) -> usize {
        let sign = sign.as_bytes()[0];
        self.rest().bytes().take_while(|&byte| byte == sign).count()
    }

    /// Whether the style is open with something in it.
    fn filled(&self, kind: Kind) -> bool {
        self.open.sign(kind).is_some_and(|sign| sign + 1 < self.out.len())
    }

    /// Whether the sign stands once more in the text, `distance` from here or farther.
    fn comes_later(&self, sign: &str, distance: usize) -> bool {
        self.last.of(sign).is_some_and(|last| last >= self.at + distance)
    }

    /// Whether an italic text can end with these signs: `*` not behind white space, `_` not before a word.
    fn can_end(&self, sign: &str, length: usize) -> bool {
        if sign == "_" {
            return !word_follows(&self.rest()[length..]);
        }
        self.text[..self.at].chars().next_back().is_some_and(|before| !before.is_whitespace())
    }
}
