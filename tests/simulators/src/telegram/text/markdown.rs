//! `parse_mode` MarkdownV2. <https://core.telegram.org/bots/api#markdownv2-style>

use serde_json::{Value, json};

use super::{Formatted, units};
use crate::telegram::error::{Refusal, bad};

const RESERVED: &str = "_*[]()~`>#+-=|{}.!";

/// What an open mark means, and where its text begins in UTF-16 units.
struct Open {
    mark: &'static str,
    kind: &'static str,
    from: usize,
}

fn wrong(why: &str) -> Refusal {
    bad(&format!("can't parse entities: {why}"))
}

/// Marks by pairs, longest first.
const MARKS: [(&str, &str); 6] = [
    ("__", "underline"),
    ("||", "spoiler"),
    ("*", "bold"),
    ("_", "italic"),
    ("~", "strikethrough"),
    ("[", "text_link"),
];

/// Reads marks and escapes.
pub(super) fn parse(source: &str) -> Result<Formatted, Refusal> {
    let mut read = Formatted::default();
    let mut open: Vec<Open> = vec![];
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        let line_begins = at == 0 || source[..at].ends_with('\n');
        at += step(rest, line_begins, &mut read, &mut open, at)?;
    }
    match open.pop() {
        Some(last) => Err(wrong(&format!("Can't find end of the entity starting at byte offset {}", last.from))),
        None => Ok(read),
    }
}

/// Reads one symbol or mark; says how many bytes it took.
fn step(
    rest: &str,
    line_begins: bool,
    read: &mut Formatted,
    open: &mut Vec<Open>,
    at: usize,
) -> Result<usize, Refusal> {
    let from = units(&read.text);
    if let Some(escaped) = rest.strip_prefix('\\').and_then(|after| after.chars().next()).filter(char::is_ascii) {
        read.text.push(escaped);
        return Ok(2);
    }
    if let Some(code) = rest.strip_prefix('`') {
        return verbatim(code, read, at);
    }
    if line_begins && rest.starts_with('>') {
        return quote(rest, read);
    }
    if let Some(link) = rest.strip_prefix("](").filter(|_| open.last().is_some_and(|last| last.mark == "[")) {
        let end = link.find(')').ok_or_else(|| wrong("Can't find end of a URL"))?;
        if let Some(last) = open.pop() {
            push(read, json!({"type": "text_link", "url": link[..end].replace('\\', "")}), last.from);
        }
        return Ok(end + 3);
    }
    if let Some((mark, kind)) = MARKS.into_iter().find(|(mark, _)| rest.starts_with(mark)) {
        match open.iter().rposition(|opened| opened.mark == mark).filter(|_| mark != "[") {
            Some(place) if place + 1 == open.len() => {
                open.pop().into_iter().for_each(|last| push(read, json!({"type": last.kind}), last.from));
            }
            Some(_) => return Err(wrong(&format!("Can't find end of the entity starting at byte offset {at}"))),
            None => open.push(Open { mark, kind, from }),
        }
        return Ok(mark.len());
    }
    let symbol = rest.chars().next().unwrap_or_default();
    if RESERVED.contains(symbol) {
        return Err(wrong(&format!("Character '{symbol}' is reserved and must be escaped with the preceding '\\'")));
    }
    read.text.push(symbol);
    Ok(symbol.len_utf8())
}

fn push(read: &mut Formatted, mut entity: Value, from: usize) {
    let length = units(&read.text) - from;
    (entity["offset"], entity["length"]) = (json!(from), json!(length));
    if length > 0 {
        read.entities.push(entity);
    }
}

/// `code`, or a block between three marks with its language on the first line.
fn verbatim(code: &str, read: &mut Formatted, at: usize) -> Result<usize, Refusal> {
    let from = units(&read.text);
    let unended = || wrong(&format!("Can't find end of Code entity at byte offset {at}"));
    if let Some(block) = code.strip_prefix("``") {
        let end = block.find("```").ok_or_else(unended)?;
        let (first, lines) = block[..end].split_once('\n').unwrap_or(("", &block[..end]));
        let (language, text) = if first.contains(char::is_whitespace) { ("", &block[..end]) } else { (first, lines) };
        read.text.push_str(&text.replace('\\', ""));
        let entity =
            if language.is_empty() { json!({"type": "pre"}) } else { json!({"type": "pre", "language": language}) };
        push(read, entity, from);
        return Ok(end + 6);
    }
    let end = code.find('`').ok_or_else(unended)?;
    read.text.push_str(&code[..end].replace('\\', ""));
    push(read, json!({"type": "code"}), from);
    Ok(end + 2)
}

/// Lines that begin with `>`, as one quote of plain text.
fn quote(rest: &str, read: &mut Formatted) -> Result<usize, Refusal> {
    let from = units(&read.text);
    let lines: Vec<&str> = rest.split_inclusive('\n').take_while(|line| line.starts_with('>')).collect();
    let taken = lines.iter().map(|line| line.len()).sum();
    let source: String = lines.iter().map(|line| line.trim_start_matches('>')).collect();
    let (source, expandable) = match source.trim_end().strip_suffix("||") {
        Some(shorter) => (shorter.to_owned(), true),
        None => (source, false),
    };
    let inner = parse(&source)?;
    read.text.push_str(&inner.text);
    for mut entity in inner.entities {
        entity["offset"] = json!(entity["offset"].as_u64().unwrap_or_default() + from as u64);
        read.entities.push(entity);
    }
    push(read, json!({"type": if expandable { "expandable_blockquote" } else { "blockquote" }}), from);
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_entities() {
        let read = parse("*a _b_* \\. [c](https://x.y) `d` ||e||").unwrap();
        assert_eq!(read.text, "a b . c d e");
        let kinds: Vec<&str> = read.entities.iter().filter_map(|entity| entity["type"].as_str()).collect();
        assert_eq!(kinds, ["italic", "bold", "text_link", "code", "spoiler"]);
        assert_eq!((&read.entities[1]["offset"], &read.entities[1]["length"]), (&json!(0), &json!(3)));
    }

    #[test]
    fn reserved_characters_must_be_escaped() {
        let refused = parse("a.b").unwrap_err().description;
        assert!(
            refused.ends_with("Character '.' is reserved and must be escaped with the preceding '\\'"),
            "{refused}"
        );
    }
}
