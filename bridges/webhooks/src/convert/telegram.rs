//! Telegram's markup: <https://core.telegram.org/bots/api#formatting-options>. Read leniently: what is no markup is text,
//! where Telegram would refuse the message.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::{dialect::text, identity::is_web};

/// Marks deeper than this are text.
const DEEPEST: usize = 12;
/// As far as the end of a mark is looked for, in bytes: a whole message of Telegram's.
const AHEAD: usize = 16_000;

/// Makes a text look like this.
type Style = fn(Vec<Inline>) -> Inline;

/// What stands on both sides of a text, the longer marks first.
const MARKS: [(&str, Style); 5] = [
    ("||", |text| Inline::spoiler(text)),
    ("__", Inline::Underline),
    ("*", Inline::Bold),
    ("_", Inline::Italic),
    ("~", Inline::Strike),
];

/// A text in this `parse_mode`.
#[must_use]
pub fn read(said: &str, mode: Option<&str>) -> Doc {
    match mode.map(str::to_ascii_lowercase).as_deref() {
        Some("html") => html(said),
        Some("markdown") => blocks(said, false),
        Some("markdownv2") => blocks(said, true),
        _ => Doc::text(said),
    }
}

/// HTML in which a line break counts, as Telegram has it.
fn html(said: &str) -> Doc {
    let mut out = String::with_capacity(said.len() + 64);
    let mut rest = said;
    while let Some(start) = rest.find("<pre") {
        out.push_str(&rest[..start].replace('\n', "<br>"));
        let end = rest[start..].find("</pre>").map_or(rest.len(), |end| start + end + 6);
        out.push_str(&rest[start..end]);
        rest = &rest[end..];
    }
    out.push_str(&rest.replace('\n', "<br>"));
    for (tag, ours) in [
        ("<tg-spoiler>", "<span data-mx-spoiler>"),
        ("</tg-spoiler>", "</span>"),
        ("<span class=\"tg-spoiler\">", "<span data-mx-spoiler>"),
        ("<blockquote expandable>", "<blockquote>"),
        ("<ins>", "<u>"),
        ("</ins>", "</u>"),
        ("<strike>", "<del>"),
        ("</strike>", "</del>"),
    ] {
        out = out.replace(tag, ours);
    }
    Doc::from_html(&out)
}

/// Markdown: fences, quotes and lines.
fn blocks(said: &str, second: bool) -> Doc {
    let mut doc = Doc::default();
    let mut rest = said;
    while let Some(start) = rest.find("```") {
        let Some(end) = rest[start + 3..].find("```") else { break };
        lines(rest[..start].trim_end_matches('\n'), second, &mut doc);
        let inner = &rest[start + 3..start + 3 + end];
        let (language, code) = match inner.split_once('\n') {
            Some((language, code)) if !language.trim().is_empty() && !language.contains(' ') => {
                (Some(language.trim().to_owned()), code)
            }
            _ => (None, inner),
        };
        let text = unescape(code.trim_matches('\n'));
        doc.blocks.push(Block::Code { language, text });
        rest = rest[start + 6 + end..].trim_start_matches('\n');
    }
    lines(rest, second, &mut doc);
    doc
}

fn lines(said: &str, second: bool, doc: &mut Doc) {
    let quote = |line: &str| second && (line.starts_with('>') || line.starts_with("**>"));
    let all: Vec<&str> = said.split('\n').collect();
    for run in all.chunk_by(|one, next| quote(one) == quote(next)) {
        let quoted = run.first().is_some_and(|line| quote(line));
        let strip = |line: &&str| line.trim_start_matches("**").trim_start_matches('>').to_owned();
        let text = if quoted { run.iter().map(strip).collect::<Vec<_>>().join("\n") } else { run.join("\n") };
        if text.trim().is_empty() {
            continue;
        }
        let paragraph = Block::Paragraph(inlines(text.trim_matches('\n'), second, 0));
        doc.blocks.push(if quoted { Block::Quote(vec![paragraph]) } else { paragraph });
    }
}

fn inlines(said: &str, second: bool, depth: usize) -> Vec<Inline> {
    let mut out = Vec::new();
    let mut plain = String::new();
    let mut rest = said;
    while let Some(letter) = rest.chars().next() {
        if letter == '\\'
            && let Some(next) = rest[1..].chars().next().filter(char::is_ascii_punctuation)
        {
            plain.push(next);
            rest = &rest[2..];
            continue;
        }
        match mark(rest, second, depth) {
            Some((found, length)) => {
                out.extend(Inline::lines(&std::mem::take(&mut plain)));
                out.extend(found);
                rest = &rest[length..];
            }
            None => {
                plain.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    out.extend(Inline::lines(&plain));
    out
}

/// What is marked at the beginning of a text, and its length.
fn mark(rest: &str, second: bool, depth: usize) -> Option<(Option<Inline>, usize)> {
    if let Some(inner) = rest.strip_prefix('`') {
        let end = inner.find('`').filter(|end| *end > 0)?;
        return Some((Some(Inline::code(unescape(&inner[..end]))), end + 2));
    }
    if rest.starts_with('[') || rest.starts_with("![") {
        return link(rest, second, depth);
    }
    let known = MARKS.iter().filter(|(mark, _)| second || matches!(*mark, "*" | "_"));
    let (mark, wrap) = known.into_iter().find(|(mark, _)| rest.starts_with(mark))?;
    let end = closing(&rest[mark.len()..], mark).filter(|end| *end > 0 && depth < DEEPEST)?;
    let inner = &rest[mark.len()..mark.len() + end];
    Some((Some(wrap(inlines(inner, second, depth + 1))), end + 2 * mark.len()))
}

/// Where a mark stands again that is not escaped.
fn closing(text: &str, mark: &str) -> Option<usize> {
    let text = &text[..text.floor_char_boundary(AHEAD)];
    text.match_indices(mark).map(|(at, _)| at).find(|&at| {
        let before = &text[..at];
        let escapes = before.len() - before.trim_end_matches('\\').len();
        // `_` does not close what `__` may.
        escapes.is_multiple_of(2) && (mark != "_" || !(text[at..].starts_with("__") || before.ends_with('_')))
    })
}

fn link(rest: &str, second: bool, depth: usize) -> Option<(Option<Inline>, usize)> {
    let open = if rest.starts_with('[') { 0 } else { 1 };
    let middle = closing(&rest[open + 1..], "](").map(|at| at + open + 1)?;
    let end = closing(&rest[middle + 2..], ")").map(|at| at + middle + 2)?;
    let url = unescape(&rest[middle + 2..end]);
    let label = &rest[open + 1..middle];
    if label.contains('\n') || depth >= DEEPEST {
        return None;
    }
    let text = inlines(label, second, depth + 1);
    let shown = if is_web(&url) || url.starts_with("mailto:") {
        Inline::link(url, text)
    } else if url.starts_with("tg://") {
        Inline::text(Doc::paragraph(text).plain())
    } else {
        return None;
    };
    Some((Some(shown), end + 1))
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\\' && letters.peek().is_some_and(char::is_ascii_punctuation) {
            continue;
        }
        out.push(letter);
    }
    out
}

/// A text with entities, whose places count UTF-16 units. Entities that cross each other are cut at the border.
#[must_use]
pub fn entities(said: &str, entities: &[&Map<String, Value>]) -> Doc {
    let units: Vec<u16> = said.encode_utf16().collect();
    let mut ranges: Vec<(usize, usize, &Map<String, Value>)> = entities
        .iter()
        .filter_map(|entity| {
            let number = |key: &str| entity.get(key)?.as_u64().and_then(|number| usize::try_from(number).ok());
            let start = number("offset")?.min(units.len());
            let end = start.saturating_add(number("length")?).min(units.len());
            (start < end).then_some((start, end, *entity))
        })
        .take(500)
        .collect();
    ranges.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
    Doc::paragraph(within(&units, 0, units.len(), &ranges, 0))
}

fn within(
    units: &[u16],
    from: usize,
    to: usize,
    ranges: &[(usize, usize, &Map<String, Value>)],
    depth: usize,
) -> Vec<Inline> {
    let plain =
        |from: usize, to: usize| Inline::lines(&String::from_utf16_lossy(units.get(from..to).unwrap_or_default()));
    let mut out = Vec::new();
    let mut at = from;
    let mut rest = ranges;
    while let [(start, end, entity), more @ ..] = rest {
        rest = more;
        let (start, end) = (*start, (*end).min(to));
        if start < at || start >= to || depth >= DEEPEST {
            continue;
        }
        out.extend(plain(at, start));
        let inside = more.iter().take_while(|(inner, _, _)| *inner < end).count();
        let (inner, after) = more.split_at(inside);
        out.push(entity_inline(entity, within(units, start, end, inner, depth + 1)));
        at = end;
        rest = after;
    }
    out.extend(plain(at, to));
    out
}

fn entity_inline(entity: &Map<String, Value>, inner: Vec<Inline>) -> Inline {
    let plain = |inner: Vec<Inline>| Doc::paragraph(inner).plain();
    match text(entity, "type").as_deref() {
        Some("bold") => Inline::Bold(inner),
        Some("italic") => Inline::Italic(inner),
        Some("underline") => Inline::Underline(inner),
        Some("strikethrough") => Inline::Strike(inner),
        Some("spoiler") => Inline::spoiler(inner),
        Some("code" | "pre") => Inline::code(plain(inner)),
        Some("text_link") => match text(entity, "url").filter(|url| is_web(url)) {
            Some(url) => Inline::link(url, inner),
            None => Inline::text(plain(inner)),
        },
        Some("url") => Inline::url(plain(inner)),
        _ => Inline::text(plain(inner)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_mode_is_read() {
        for (mode, text, html) in [
            (None, "a *b* <i>", "a *b* &lt;i&gt;"),
            (Some("HTML"), "<b>b</b>\n<code>c</code> &lt;", "<strong>b</strong><br><code>c</code> &lt;"),
            (Some("HTML"), "<tg-spoiler>s</tg-spoiler>", "<span data-mx-spoiler>s</span>"),
            (
                Some("Markdown"),
                "*b* _i_ `c` [l](https://x.org) ~no~",
                r#"<strong>b</strong> <em>i</em> <code>c</code> <a href="https://x.org">l</a> ~no~"#,
            ),
            (
                Some("MarkdownV2"),
                r"*b _i_* __u__ ~s~ 1\.5 \*",
                "<strong>b <em>i</em></strong> <u>u</u> <del>s</del> 1.5 *",
            ),
            (Some("MarkdownV2"), "unclosed *bold and 2.5 (x)!", "unclosed *bold and 2.5 (x)!"),
            (Some("MarkdownV2"), "[x](tg://user?id=1)", "x"),
        ] {
            assert_eq!(read(text, mode).to_html().replace("<br />", "<br>"), html, "{text}");
        }
        let doc = read("```rust\nlet x;\n```\n>quote\nend", Some("MarkdownV2"));
        assert!(matches!(doc.blocks.as_slice(), [Block::Code { .. }, Block::Quote(_), Block::Paragraph(_)]), "{doc:?}");
    }

    #[test]
    fn entities_count_in_utf_16() {
        let list = json!([{ "type": "bold", "offset": 3, "length": 4 }, { "type": "italic", "offset": 5, "length": 2 }, { "type": "bold", "offset": 99, "length": 9 }]);
        let list: Vec<_> = list.as_array().unwrap().iter().filter_map(Value::as_object).collect();
        assert_eq!(entities("😀 bold it", &list).to_html(), "😀 <strong>bo<em>ld</em></strong> it");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[*_~`|>\\\\()\\[\\]! a-c\\nä]{0,80}") {
            for mode in [Some("HTML"), Some("Markdown"), Some("MarkdownV2"), None] {
                let _ = read(&text, mode).to_html();
            }
        }
        #[test]
        fn any_entities_are_read(text in "[a😀]{0,10}", list in proptest::collection::vec((0u64..12, 0u64..12), 0..8)) {
            let list: Vec<_> = list.iter().map(|(offset, length)| json!({ "type": "bold", "offset": offset, "length": length })).collect();
            let list: Vec<_> = list.iter().filter_map(Value::as_object).collect();
            prop_assert_eq!(entities(&text, &list).plain().chars().count() <= text.chars().count() + 10, true);
        }
    }
}
