//! Pieces as markdown.

use appservice_sdk::content::link::url_length;

use super::escape;
use super::inline::word_follows;
use super::piece::{Piece, Style};

/// Keeps two signs apart, unseen.
const NOTHING: char = '\u{200b}';

/// A line of markdown under construction.
pub(super) struct Emit {
    out: String,
    may_ping_everyone: bool,
    /// The signs of the styles that are open.
    open: Vec<&'static str>,
    /// Where the last sign that ended something ends.
    ended: usize,
}

/// Running text as markdown.
pub(super) fn markdown(pieces: &[Piece], may_ping_everyone: bool) -> String {
    let mut emit = Emit { out: String::new(), may_ping_everyone, open: Vec::new(), ended: 0 };
    emit.all(pieces);
    emit.out
}

impl Emit {
    fn all(&mut self, pieces: &[Piece]) {
        for (at, piece) in pieces.iter().enumerate() {
            self.piece(piece, &pieces[at + 1..]);
        }
    }

    fn piece(&mut self, piece: &Piece, after: &[Piece]) {
        match piece {
            Piece::Text(text) => escape::text(text, self.may_ping_everyone, &mut self.out),
            Piece::Raw(markdown) => self.out.push_str(markdown),
            Piece::Code(code) => self.code(code),
            Piece::Url(url) => self.url(url, after),
            Piece::Masked { url, text } => self.masked(url, text),
            Piece::Styled(style, text) => self.styled(*style, text, after.first()),
            Piece::Subtext(text) => {
                // What begins a line begins one here, too.
                self.out.push_str("-# ");
                self.out.push_str(&markdown(text, self.may_ping_everyone));
            }
            Piece::Break => self.out.push('\n'),
        }
    }

    /// An address goes on until white space, so what follows it must not look like a part of it.
    fn url(&mut self, url: &str, after: &[Piece]) {
        let url = self.without_signs(url);
        let mut here = url.clone();
        let ends = match after {
            [] | [Piece::Break, ..] => true,
            [Piece::Text(text), rest @ ..] => {
                let word = text.split(char::is_whitespace).next().unwrap_or_default();
                escape::text(word, self.may_ping_everyone, &mut here);
                word.len() < text.len() || matches!(rest, [] | [Piece::Break, ..])
            }
            _ => false,
        };
        if ends && url_length(&here, |_| false) == Some(url.len()) {
            self.out.push_str(&url);
        } else {
            self.out.push('<');
            self.out.push_str(&url);
            self.out.push('>');
        }
    }

    /// The sign that would end an open style ends it within an address too, unless it is spelled out. A backtick, which
    /// has no business in an address, may begin code.
    fn without_signs(&self, url: &str) -> String {
        let mut url = url.replace('`', "%60");
        for sign in &self.open {
            if url.contains(sign) {
                let spelled: String = sign.bytes().map(|byte| format!("%{byte:02X}")).collect();
                url = url.replace(sign, &spelled);
            }
        }
        url
    }

    fn masked(&mut self, url: &str, text: &[Piece]) {
        let url = self.without_signs(url).replace('(', "%28").replace(')', "%29");
        self.out.push('[');
        for piece in text {
            match piece {
                Piece::Break => self.out.push(' '),
                other => self.piece(other, &[]),
            }
        }
        self.out.push_str("](");
        self.out.push_str(&url);
        self.out.push(')');
    }

    fn code(&mut self, code: &str) {
        self.keep_apart('`');
        let code = escape::apart(code, 2);
        let sign = if code.contains('`') { "``" } else { "`" };
        let pad = if code.starts_with('`') || code.ends_with('`') { " " } else { "" };
        for part in [sign, pad, &code, pad, sign] {
            self.out.push_str(part);
        }
        self.ended = self.out.len();
    }

    fn styled(&mut self, style: Style, text: &[Piece], next: Option<&Piece>) {
        let sign = match style {
            Style::Bold => "**",
            Style::Underline => "__",
            Style::Strike => "~~",
            Style::Spoiler => "||",
            Style::Italic => self.italic(text, next),
        };
        if sign.starts_with('*') {
            self.keep_apart('*');
        }
        self.out.push_str(sign);
        self.open.push(sign);
        self.all(text);
        self.open.pop();
        self.out.push_str(sign);
        self.ended = self.out.len();
    }

    /// `_` where `*` would touch another `*`, if no word follows.
    fn italic(&self, text: &[Piece], next: Option<&Piece>) -> &'static str {
        let is_bold = |piece: Option<&Piece>| matches!(piece, Some(Piece::Styled(Style::Bold, _)));
        let touches = self.just_ended('*') || is_bold(next) || is_bold(text.first()) || is_bold(text.last());
        let word = match next {
            Some(Piece::Text(text) | Piece::Url(text)) => word_follows(text),
            Some(Piece::Styled(Style::Underline, _)) => true,
            _ => false,
        };
        let underlined =
            self.open.contains(&"__") || text.iter().any(|piece| matches!(piece, Piece::Styled(Style::Underline, _)));
        if touches && !word && !underlined { "_" } else { "*" }
    }

    /// Two signs in a row would be read as one.
    fn keep_apart(&mut self, sign: char) {
        if self.just_ended(sign) {
            self.out.push(NOTHING);
        }
    }

    fn just_ended(&self, sign: char) -> bool {
        self.ended == self.out.len() && self.out.ends_with(sign)
    }
}
