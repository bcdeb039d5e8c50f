//! What is in a line, or in several: one pass from left to right, with the styles that are open.

use appservice_sdk::content::{Everyone, Inline, link::url_length};
use serenity::model::id::ChannelId;

use super::code::Ticks;
use super::delimiter::{Kind, Last, Open, Style};
use super::{Names, angle, masked};

/// Discord leaves this one alone, so that it keeps its arm.
const SHRUG: &str = "¯\\_(ツ)_/¯";

/// Running text. The result is not tidy.
pub(super) fn read(text: &str, names: &dyn Names) -> Vec<Inline> {
    let (last, ticks) = (Last::in_text(text), Ticks::of(text));
    let mut line = Line { text, names, at: 0, out: Vec::new(), open: Open::default(), last, ticks };
    while line.at < text.len() {
        line.step();
    }
    line.out
}

pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    names: &'a dyn Names,
    pub(super) at: usize,
    /// What was read. The sign of an open style stands in it as text, until its end is found.
    pub(super) out: Vec<Inline>,
    pub(super) open: Open,
    pub(super) last: Last,
    ticks: Ticks,
}

impl<'a> Line<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn step(&mut self) {
        let rest = self.rest();
        match rest.as_bytes()[0] {
            b'\n' => self.push(Inline::Break, 1),
            b'\\' => self.escaped(),
            b'`' => match self.ticks.code(self.text, self.at) {
                Ok((code, end)) => self.push(Inline::code(code), end - self.at),
                Err(length) => self.literal(length),
            },
            b'<' => match angle::read(rest, self.names) {
                Some((inline, length)) => self.push(self.known_place(inline), length),
                None => self.literal(1),
            },
            b'h' => match self.address() {
                Some(length) => self.push(self.known_place(Inline::url(&rest[..length])), length),
                None => self.literal(1),
            },
            b'@' => self.call(),
            b'[' => self.open_style(Kind::Bracket, 1),
            b']' => self.close_bracket(),
            b'*' | b'_' => self.emphasis(),
            b'~' | b'|' => self.pair(),
            _ if rest.starts_with(SHRUG) => self.literal(SHRUG.len()),
            _ => {
                let first = rest.chars().next().map_or(1, char::len_utf8);
                let special = ['\n', '\\', '`', '<', 'h', '@', '[', ']', '*', '_', '~', '|', '¯'];
                let length = rest[first..].find(special).map_or(rest.len(), |found| first + found);
                self.literal(length);
            }
        }
    }

    pub(super) fn literal(&mut self, length: usize) {
        let text = &self.rest()[..length];
        self.at += length;
        let style_sign = self.open.last_sign().is_some_and(|sign| sign + 1 == self.out.len());
        match self.out.last_mut() {
            Some(Inline::Text(before)) if !style_sign => before.push_str(text),
            _ => self.out.push(Inline::text(text)),
        }
    }

    fn push(&mut self, inline: Inline, length: usize) {
        self.out.push(inline);
        self.at += length;
    }

    fn escaped(&mut self) {
        match self.rest().chars().nth(1) {
            Some(c) if !c.is_ascii_alphanumeric() && !c.is_whitespace() => {
                self.at += 1;
                self.literal(c.len_utf8());
            }
            _ => self.literal(1),
        }
    }

    fn call(&mut self) {
        let rest = self.rest();
        let called = [Everyone::Everyone, Everyone::Here].into_iter().find(|call| rest.starts_with(call.written()));
        match called.filter(|_| self.names.calls_everyone()) {
            Some(call) => self.push(Inline::Everyone(call), call.written().len()),
            None => self.literal(1),
        }
    }

    /// The length of the address here. It ends where an open style does.
    fn address(&self) -> Option<usize> {
        let mut star = self.open.has(Kind::Star);
        let mut score = self.open.has(Kind::Score);
        let has = |kind| self.open.has(kind);
        let pairs: Vec<&str> = [
            (Kind::Bold, "**"),
            (Kind::Underline, "__"),
            (Kind::Strike, "~~"),
            (Kind::Spoiler, "||"),
            (Kind::Bracket, "]("),
        ]
        .into_iter()
        .filter_map(|(kind, sign)| has(kind).then_some(sign))
        .collect();
        url_length(self.rest(), |rest| {
            let ends = (star && rest.starts_with('*')) || (score && rest.starts_with('_') && !word_follows(&rest[1..]));
            if !ends {
                // A sign that cannot end the style keeps it from beginning at all.
                star &= !rest.starts_with('*');
                score &= !rest.starts_with('_');
            }
            ends || pairs.iter().any(|sign| rest.starts_with(sign))
        })
    }

    /// A link to a channel or message that we know is not a link but that place.
    fn known_place(&self, inline: Inline) -> Inline {
        let Inline::Link(link) = &inline else { return inline };
        let Some((channel, message)) = place(&link.url) else { return inline };
        match self.names.channel(channel) {
            Some(name) => Inline::Place(angle::placed(channel, message, name, self.names)),
            None => inline,
        }
    }

    fn close_bracket(&mut self) {
        let link = if self.open.has(Kind::Bracket) { masked::target(self.rest()) } else { None };
        let Some((url, length)) = link else {
            self.open.forget(Kind::Bracket);
            return self.literal(1);
        };
        let Some(sign) = self.open.take(Kind::Bracket) else { return };
        let text = self.out.split_off(sign + 1);
        self.at += length;
        if masked::hides_address(&text) {
            // Discord shows such a link as it was written, so that nobody is led astray.
            self.out.extend(text);
            self.out.push(Inline::text("]("));
            self.out.push(Inline::url(url));
            self.out.push(Inline::text(")"));
            return;
        }
        self.out.pop();
        self.open.forget_all(Kind::Bracket);
        self.out.push(Inline::link(url, text));
    }

    pub(super) fn open_style(&mut self, kind: Kind, length: usize) {
        let from = self.at;
        self.out.push(Inline::text(&self.rest()[..length]));
        self.at += length;
        self.open.push(Style { kind, sign: self.out.len() - 1, from });
    }

    /// Ends a style that has something in it.
    pub(super) fn close_style(&mut self, kind: Kind, length: usize) {
        self.at += length;
        let Some(sign) = self.open.take(kind) else { return };
        let text = self.out.split_off(sign + 1);
        self.out.pop();
        self.out.push(match kind {
            Kind::Bold => Inline::Bold(text),
            Kind::Star | Kind::Score => Inline::Italic(text),
            Kind::Underline => Inline::Underline(text),
            Kind::Strike => Inline::Strike(text),
            Kind::Spoiler | Kind::Bracket => Inline::spoiler(text),
        });
    }
}

/// Whether a letter, digit or underscore comes first.
pub(super) fn word_follows(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

/// The channel, and the message in it, that an address of Discord means.
fn place(url: &str) -> Option<(ChannelId, Option<&str>)> {
    let path = url.strip_prefix("https://")?;
    let path = path.strip_prefix("ptb.").or_else(|| path.strip_prefix("canary.")).unwrap_or(path);
    let path = path.strip_prefix("discord.com/channels/").or_else(|| path.strip_prefix("discordapp.com/channels/"))?;
    let mut ids = path.trim_end_matches('/').split('/');
    let _guild = ids.next()?;
    let channel = ids.next()?.parse::<std::num::NonZeroU64>().ok()?;
    let message = ids.next();
    let is_id = message.is_none_or(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()));
    (is_id && ids.next().is_none()).then_some((channel.get().into(), message))
}
