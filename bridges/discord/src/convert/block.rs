//! Lines of markdown: quotes, headings, small text, lists and code blocks; what is between them is running text.

use appservice_sdk::content::{Block, Inline, doc::MAX_NESTING};

use super::code::{FENCE, Ticks, fenced};
use super::{Names, inline};

/// Reads blocks within blocks.
#[derive(Clone, Copy)]
pub(super) struct Blocks<'a> {
    names: &'a dyn Names,
    depth: usize,
    /// A quote within a quote is literal text.
    quoted: bool,
}

/// Blocks read so far, with the running text that is not finished.
#[derive(Default)]
struct Out {
    blocks: Vec<Block>,
    text: Vec<Inline>,
}

impl Out {
    fn push(&mut self, block: Block) {
        self.end_text();
        self.blocks.push(block);
    }

    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            self.blocks.push(Block::Paragraph(text));
        }
    }
}

impl<'a> Blocks<'a> {
    pub(super) fn new(names: &'a dyn Names) -> Self {
        Self { names, depth: 0, quoted: false }
    }

    pub(super) fn read(self, text: &str) -> Vec<Block> {
        let ticks = Ticks::of(text);
        let mut out = Out::default();
        let (mut at, mut plain, mut line_start, mut fences) = (0, 0, true, true);
        while at < text.len() {
            if line_start
                && let Some(length) =
                    self.line_block(&text[at..], &mut |out: &mut Out| self.running(&text[plain..at], out), &mut out)
            {
                at += length;
                plain = at;
                continue;
            }
            line_start = false;
            match text.as_bytes()[at] {
                b'\n' => {
                    line_start = true;
                    at += 1;
                }
                b'\\' => at += 1 + text[at + 1..].chars().next().filter(|&c| c != '\n').map_or(0, char::len_utf8),
                b'`' if fences && text[at..].starts_with(FENCE) => match fenced(&text[at..]) {
                    Some((code, length)) => {
                        self.running(&text[plain..at], &mut out);
                        out.push(code);
                        at += length;
                        line_start = text[at..].starts_with('\n');
                        at += usize::from(line_start);
                        plain = at;
                    }
                    None => {
                        fences = text[at + FENCE.len()..].contains(FENCE);
                        at += text[at..].bytes().take_while(|&byte| byte == b'`').count();
                    }
                },
                b'`' => at = ticks.code(text, at).map_or_else(|length| at + length, |(_, end)| end),
                _ => at += text[at..].find(['\n', '\\', '`']).unwrap_or(text.len() - at).max(1),
            }
        }
        self.running(&text[plain..], &mut out);
        out.end_text();
        out.blocks
    }

    /// Running text between blocks.
    fn running(self, text: &str, out: &mut Out) {
        if text.is_empty() {
            return;
        }
        if !out.text.is_empty() {
            out.text.push(Inline::Break);
        }
        out.text.extend(inline::read(text.strip_suffix('\n').unwrap_or(text), self.names));
    }

    /// The block that begins at the start of a line; answers how much of `text` it is. `before` is called when there is
    /// one, to finish the text above it.
    fn line_block(self, text: &str, before: &mut dyn FnMut(&mut Out), out: &mut Out) -> Option<usize> {
        let (line, length) = first_line(text);
        if !self.quoted
            && let Some((quote, length)) = quote(text)
        {
            before(out);
            out.push(Block::Quote(Self { quoted: true, ..self }.inside(&quote)));
            return Some(length);
        }
        if let Some((level, heading)) = heading(line) {
            before(out);
            out.push(Block::Heading { level, text: inline::read(heading, self.names) });
            return Some(length);
        }
        if let Some(small) = subtext(line) {
            before(out);
            if !out.text.is_empty() {
                out.text.push(Inline::Break);
            }
            out.text.push(Inline::Small(inline::read(small, self.names)));
            return Some(length);
        }
        if self.depth < MAX_NESTING && Marker::of(line).is_some() {
            before(out);
            let (list, length) = self.list(text);
            out.push(list);
            return Some(length);
        }
        None
    }

    fn inside(self, text: &str) -> Vec<Block> {
        Self { depth: self.depth + 1, ..self }.read(text)
    }

    /// Items, each with the indented lines below it. The first item's sign decides whether they are numbered.
    fn list(self, text: &str) -> (Block, usize) {
        let mut start = None;
        let mut base = 0;
        let mut width = 0;
        let mut items: Vec<String> = Vec::new();
        let mut taken = 0;
        while taken < text.len() {
            let (line, length) = first_line(&text[taken..]);
            let marker = Marker::of(line);
            match (marker, items.last_mut()) {
                (Some(marker), None) => {
                    (base, start) = (marker.indent, marker.number);
                    width = marker.width;
                    items.push(line[marker.width..].to_owned());
                }
                (Some(marker), Some(_)) if marker.indent <= base => {
                    width = marker.width;
                    items.push(line[marker.width..].to_owned());
                }
                (_, Some(item)) if line.starts_with(' ') => {
                    item.push('\n');
                    item.push_str(&line[indent(line).min(width)..]);
                }
                _ => break,
            }
            taken += length;
        }
        (Block::List { start, items: items.iter().map(|item| self.inside(item)).collect() }, taken)
    }
}

/// The first line without its end, and its length with it.
fn first_line(text: &str) -> (&str, usize) {
    match text.find('\n') {
        Some(end) => (&text[..end], end + 1),
        None => (text, text.len()),
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// What is quoted: each line behind `> `, or everything behind `>>> `.
fn quote(text: &str) -> Option<(String, usize)> {
    if let Some(all) = text.trim_start_matches(' ').strip_prefix(">>> ") {
        return Some((all.to_owned(), text.len()));
    }
    let mut inside = String::new();
    let mut taken = 0;
    while taken < text.len() {
        let (line, length) = first_line(&text[taken..]);
        let Some(said) = line.trim_start_matches(' ').strip_prefix("> ") else { break };
        if taken > 0 {
            inside.push('\n');
        }
        inside.push_str(said);
        taken += length;
    }
    (taken > 0).then_some((inside, taken))
}

fn heading(line: &str) -> Option<(u8, &str)> {
    let text = line.trim_start_matches('#');
    let level = u8::try_from(line.len() - text.len()).ok().filter(|level| (1..=3).contains(level))?;
    let text = text.strip_prefix(' ')?.trim();
    (!text.is_empty() && !text.starts_with('#')).then_some((level, text))
}

fn subtext(line: &str) -> Option<&str> {
    let text = line.strip_prefix("-# ")?.trim();
    (!text.is_empty() && !text.starts_with("-#")).then_some(text)
}

/// The sign before an item.
struct Marker {
    indent: usize,
    /// Bytes before the item's text.
    width: usize,
    number: Option<u64>,
}

impl Marker {
    fn of(line: &str) -> Option<Self> {
        let indent = indent(line);
        let sign = &line[indent..];
        let digits = sign.bytes().take_while(u8::is_ascii_digit).count();
        let (length, number) = match digits {
            0 => (sign.starts_with(['-', '*']).then_some(1)?, None),
            1..=18 if sign[digits..].starts_with('.') => (digits + 1, sign[..digits].parse().ok()),
            _ => return None,
        };
        let text = sign[length..].trim_start_matches(' ');
        let spaces = sign.len() - length - text.len();
        (spaces > 0 && !text.is_empty()).then_some(Self { indent, width: indent + length + spaces, number })
    }
}
