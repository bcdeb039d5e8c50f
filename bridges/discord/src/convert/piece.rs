//! What a line consists of once everything Discord has no words for is replaced.

use appservice_sdk::content::{CustomEmoji, Everyone, Id, Inline, Link, Place, Stamp, link};

use super::Writing;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// Literal text without line breaks and addresses.
    Text(String),
    /// Markdown as it is.
    Raw(String),
    Code(String),
    /// An address that shows as itself.
    Url(String),
    /// Words with an address behind them.
    Masked {
        url: String,
        text: Vec<Piece>,
    },
    Styled(Style, Vec<Piece>),
    /// A line in small print.
    Subtext(Vec<Piece>),
    Break,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Style {
    Bold,
    Italic,
    Underline,
    Strike,
    Spoiler,
}

/// The pieces of running text.
pub(super) fn pieces(text: &[Inline], how: &Writing) -> Vec<Piece> {
    let mut out = Vec::new();
    for (at, inline) in text.iter().enumerate() {
        match inline {
            Inline::Small(small) if stands_alone(text, at) => {
                for (line, text) in small.split(|inline| *inline == Inline::Break).enumerate() {
                    if line > 0 {
                        out.push(Piece::Break);
                    }
                    let text = within(text, how);
                    if !text.is_empty() {
                        out.push(Piece::Subtext(text));
                    }
                }
            }
            other => lower(other, how, &mut out),
        }
    }
    with_addresses(out)
}

/// Whether the element has its line to itself.
fn stands_alone(text: &[Inline], at: usize) -> bool {
    let ends = |neighbour: Option<&Inline>| neighbour.is_none_or(|inline| *inline == Inline::Break);
    ends(at.checked_sub(1).and_then(|before| text.get(before))) && ends(text.get(at + 1))
}

fn within(text: &[Inline], how: &Writing) -> Vec<Piece> {
    let mut out = Vec::new();
    text.iter().for_each(|inline| lower(inline, how, &mut out));
    with_addresses(out)
}

fn lower(inline: &Inline, how: &Writing, out: &mut Vec<Piece>) {
    match inline {
        Inline::Text(text) => literal_lines(text, out),
        Inline::Bold(text) => styled(Style::Bold, within(text, how), out),
        Inline::Italic(text) => styled(Style::Italic, within(text, how), out),
        Inline::Underline(text) => styled(Style::Underline, within(text, how), out),
        Inline::Strike(text) => styled(Style::Strike, within(text, how), out),
        Inline::Small(text) => text.iter().for_each(|inline| lower(inline, how, out)),
        Inline::Spoiler { reason, text } => {
            if let Some(reason) = reason {
                literal(&format!("({reason}) "), out);
            }
            styled(Style::Spoiler, within(text, how), out);
        }
        Inline::Code(code) if code.is_empty() => {}
        Inline::Code(code) => out.push(Piece::Code(code.replace('\n', " "))),
        Inline::Link(link) => linked(link, how, out),
        Inline::Mention(mention) => match &mention.user {
            Id::Remote(id) if is_id(id) => out.push(Piece::Raw(format!("<@{id}>"))),
            _ => named('@', &mention.name, out),
        },
        Inline::Place(place) => placed(place, how, out),
        Inline::Role(role) if is_id(&role.id) => out.push(Piece::Raw(format!("<@&{}>", role.id))),
        Inline::Role(role) => named('@', &role.name, out),
        Inline::Everyone(call) => called(*call, how, out),
        Inline::Emoji(emoji) => drawn(emoji, out),
        Inline::Timestamp(Stamp { unix, style }) => out.push(Piece::Raw(format!("<t:{unix}:{style}>"))),
        Inline::Break => out.push(Piece::Break),
    }
}

fn is_id(id: &str) -> bool {
    id.parse::<u64>().is_ok_and(|number| number > 0) && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn literal_lines(text: &str, out: &mut Vec<Piece>) {
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push(Piece::Break);
        }
        literal(line, out);
    }
}

/// Literal text joins literal text before it, so that whoever escapes it sees it whole.
fn literal(text: &str, out: &mut Vec<Piece>) {
    match out.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(before)) => before.push_str(text),
        _ => out.push(Piece::Text(text.to_owned())),
    }
}

/// Addresses in literal text are set apart: they are not escaped.
fn with_addresses(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match piece {
            Piece::Text(text) if text.contains("http") => split_addresses(&text, &mut out),
            other => out.push(other),
        }
    }
    out
}

fn split_addresses(text: &str, out: &mut Vec<Piece>) {
    let (mut from, mut done) = (0, 0);
    while let Some(found) = text[from..].find("http") {
        let at = from + found;
        from = match link::url_length(&text[at..], |_| false) {
            None => at + 1,
            Some(length) => {
                if done < at {
                    out.push(Piece::Text(text[done..at].to_owned()));
                }
                out.push(Piece::Url(text[at..at + length].to_owned()));
                done = at + length;
                done
            }
        };
    }
    if done < text.len() {
        out.push(Piece::Text(text[done..].to_owned()));
    }
}

fn named(sign: char, name: &str, out: &mut Vec<Piece>) {
    if name.starts_with(['@', '#', '!']) { literal(name, out) } else { literal(&format!("{sign}{name}"), out) }
}

/// An italic text cannot begin or end with white space, and no style is put on nothing.
fn styled(style: Style, mut text: Vec<Piece>, out: &mut Vec<Piece>) {
    let is_space = |piece: &Piece| match piece {
        Piece::Break => true,
        Piece::Text(text) => text.chars().all(char::is_whitespace),
        _ => false,
    };
    if style != Style::Italic {
        if !text.is_empty() {
            out.push(Piece::Styled(style, text));
        }
        return;
    }
    let first = text.iter().position(|piece| !is_space(piece)).unwrap_or(text.len());
    let mut inner = text.split_off(first);
    let last = inner.iter().rposition(|piece| !is_space(piece)).map_or(0, |last| last + 1);
    let mut behind = inner.split_off(last);
    for piece in text {
        put(piece, out);
    }
    if let Some(Piece::Text(text)) = inner.first_mut() {
        let kept = text.trim_start();
        literal(&text[..text.len() - kept.len()], out);
        *text = kept.to_owned();
    }
    if let Some(Piece::Text(text)) = inner.last_mut() {
        let kept = text.trim_end().len();
        behind.insert(0, Piece::Text(text.split_off(kept)));
    }
    if !inner.is_empty() {
        out.push(Piece::Styled(style, inner));
    }
    behind.into_iter().for_each(|piece| put(piece, out));
}

fn put(piece: Piece, out: &mut Vec<Piece>) {
    match piece {
        Piece::Text(text) => literal(&text, out),
        other => out.push(other),
    }
}

/// Discord links `https` and `http`, and no words that are an address themselves.
fn linked(link: &Link, how: &Writing, out: &mut Vec<Piece>) {
    let on_web = ["https://", "http://"].iter().any(|scheme| link.url.starts_with(scheme));
    let url =
        link.url.replace(|c: char| c.is_whitespace() || c.is_control(), "%20").replace('<', "%3C").replace('>', "%3E");
    let text = within(&link.text, how);
    let has_address = contains_address(&text);
    match (on_web, text.as_slice()) {
        (true, []) => out.push(Piece::Url(url)),
        (true, [Piece::Url(shown)]) if same(shown, &url) => out.push(Piece::Url(url)),
        (true, [Piece::Text(shown)]) if same(shown, &url) => out.push(Piece::Url(url)),
        (true, _) if !has_address => out.push(Piece::Masked { url, text }),
        _ => {
            text.into_iter().for_each(|piece| put(piece, out));
            literal(" (", out);
            if on_web {
                out.push(Piece::Url(url))
            } else {
                literal(&url, out)
            }
            literal(")", out);
        }
    }
}

/// Whether the words are the address, give or take its scheme and a slash.
fn same(shown: &str, url: &str) -> bool {
    let bare = |url: &str| {
        let url = url.trim_end_matches('/');
        url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url).to_owned()
    };
    bare(shown) == bare(url)
}

fn contains_address(text: &[Piece]) -> bool {
    text.iter().any(|piece| match piece {
        Piece::Url(_) | Piece::Masked { .. } => true,
        Piece::Styled(_, text) | Piece::Subtext(text) => contains_address(text),
        _ => false,
    })
}

fn placed(place: &Place, how: &Writing, out: &mut Vec<Piece>) {
    match (&place.room, &place.message, how.guild) {
        (Id::Remote(channel), Some(message), Some(guild)) if is_id(channel) && is_id(message) => {
            out.push(Piece::Url(format!("https://discord.com/channels/{guild}/{channel}/{message}")));
        }
        (Id::Remote(channel), ..) if is_id(channel) => out.push(Piece::Raw(format!("<#{channel}>"))),
        (Id::Remote(_), ..) => named('#', &place.name, out),
        (Id::Matrix(room), message, _) => {
            let mut text = Vec::new();
            named('#', &place.name, &mut text);
            out.push(Piece::Masked { url: link::matrix_to(room, message.as_deref(), &place.via), text });
        }
    }
}

fn called(call: Everyone, how: &Writing, out: &mut Vec<Piece>) {
    match call {
        Everyone::Here if how.may_ping_everyone => out.push(Piece::Raw("@here".to_owned())),
        _ if how.may_ping_everyone => out.push(Piece::Raw("@everyone".to_owned())),
        _ => literal(call.written(), out),
    }
}

fn drawn(emoji: &CustomEmoji, out: &mut Vec<Piece>) {
    let is_name = emoji.name.len() >= 2 && emoji.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match &emoji.id {
        Some(id) if is_id(id) && is_name => {
            let sign = if emoji.animated { "a" } else { "" };
            out.push(Piece::Raw(format!("<{sign}:{}:{id}>", emoji.name)));
        }
        _ => literal(&format!(":{}:", emoji.name), out),
    }
}
