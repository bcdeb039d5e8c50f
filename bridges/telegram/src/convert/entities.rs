//! A text as it is written, with a list of what stands where.
//!
//! Telegram's rules are kept by construction: one entity lies wholly within another or beside it, nothing lies around
//! `code` but a quote, quotes never lie in quotes, nothing begins or ends within a character.

use teloxide::types::{MessageEntity, MessageEntityKind as Kind};

use super::units::units;
use super::write::Written;

#[derive(Default)]
pub(super) struct Ink {
    text: String,
    at: usize,
    entities: Vec<MessageEntity>,
    /// What is being written in, from outside inwards, and where each began.
    open: Vec<(Kind, usize)>,
    /// What each new line begins with.
    margin: String,
}

impl Ink {
    /// Writes text; its lines begin with the margin.
    pub(super) fn put(&mut self, text: &str) {
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                self.raw("\n");
                let margin = self.margin.clone();
                self.raw(&margin);
            }
            self.raw(line);
        }
    }

    /// Writes text as it is, without what Telegram would take out itself (and count otherwise).
    pub(super) fn raw(&mut self, text: &str) {
        let kept = |c: &char| *c == '\n' || !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}');
        for c in text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(kept) {
            self.text.push(c);
            self.at += c.len_utf16();
        }
    }

    /// What is written within `write` is of this kind.
    pub(super) fn within(&mut self, kind: Kind, write: impl FnOnce(&mut Self)) {
        self.open.push((kind, self.at));
        write(self);
        if let Some((kind, from)) = self.open.pop() {
            self.note(kind, from);
        }
    }

    /// Text of a kind that bears no other style on it: those are ended before and begun again after it.
    pub(super) fn apart(&mut self, kind: Kind, text: &str) {
        for at in 0..self.open.len() {
            let (outer, from) = self.open[at].clone();
            if !is_quote(&outer) {
                self.note(outer, from);
            }
        }
        let from = self.at;
        self.raw(text);
        self.note(kind, from);
        let at = self.at;
        self.open.iter_mut().filter(|(kind, _)| !is_quote(kind)).for_each(|(_, from)| *from = at);
    }

    /// Lines written within `write` begin with this as well.
    pub(super) fn indented(&mut self, margin: &str, write: impl FnOnce(&mut Self)) {
        let before = self.margin.len();
        self.margin.push_str(margin);
        write(self);
        self.margin.truncate(before);
    }

    pub(super) fn in_quote(&self) -> bool {
        self.open.iter().any(|(kind, _)| is_quote(kind))
    }

    pub(super) fn in_link(&self) -> bool {
        self.open.iter().any(|(kind, _)| matches!(kind, Kind::TextLink { .. }))
    }

    fn note(&mut self, kind: Kind, from: usize) {
        if from < self.at {
            self.entities.push(MessageEntity { kind, offset: from, length: self.at - from });
        }
    }

    /// The text without white space at its end.
    pub(super) fn dry(mut self) -> Written {
        self.text.truncate(self.text.trim_end().len());
        let end = units(&self.text);
        let within = |mut entity: MessageEntity| {
            let to = (entity.offset + entity.length).min(end);
            entity.length = to.checked_sub(entity.offset).filter(|length| *length > 0)?;
            Some(entity)
        };
        let mut entities: Vec<MessageEntity> = self.entities.into_iter().filter_map(within).collect();
        entities.sort_by_key(|entity| (entity.offset, std::cmp::Reverse(entity.length), !is_quote(&entity.kind)));
        Written { text: self.text, entities }
    }
}

fn is_quote(kind: &Kind) -> bool {
    matches!(kind, Kind::Blockquote | Kind::ExpandableBlockquote)
}
