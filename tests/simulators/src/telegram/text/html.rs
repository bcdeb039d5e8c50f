//! `parse_mode` HTML. <https://core.telegram.org/bots/api#html-style>

use serde_json::{Value, json};

use super::{Formatted, units};
use crate::telegram::error::{Refusal, bad};

/// An open tag: its name, what it means, where its text begins in UTF-16 units.
struct Open {
    tag: String,
    entity: Value,
    from: usize,
}

fn wrong(why: &str) -> Refusal {
    bad(&format!("can't parse entities: {why}"))
}

/// Reads tags and character references.
pub(super) fn parse(source: &str) -> Result<Formatted, Refusal> {
    let mut read = Formatted::default();
    let mut open: Vec<Open> = vec![];
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(tag) = rest.strip_prefix('<') {
            let end = tag.find('>').ok_or_else(|| wrong(&format!("Unclosed start tag at byte offset {at}")))?;
            match tag[..end].strip_prefix('/') {
                Some(name) => close(&mut read, &mut open, name.trim(), at)?,
                None => open.push(begin(&tag[..end], at, units(&read.text))?),
            }
            at += end + 2;
        } else if let Some((symbol, length)) = reference(rest) {
            read.text.push(symbol);
            at += length;
        } else if let Some(symbol) = rest.chars().next() {
            read.text.push(symbol);
            at += symbol.len_utf8();
        }
    }
    match open.pop() {
        Some(last) => Err(wrong(&format!("Can't find end tag corresponding to start tag \"{}\"", last.tag))),
        None => Ok(read),
    }
}

fn begin(inside: &str, at: usize, from: usize) -> Result<Open, Refusal> {
    let (tag, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    let tag = tag.to_ascii_lowercase();
    let attribute = |name: &str| {
        let (_, rest) = attributes.split_once(&format!("{name}="))?;
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let value = quote.map_or(rest.split_whitespace().next(), |quote| rest.get(1..)?.split(quote).next());
        value.map(unescaped)
    };
    let entity = match tag.as_str() {
        "b" | "strong" => json!({"type": "bold"}),
        "i" | "em" => json!({"type": "italic"}),
        "u" | "ins" => json!({"type": "underline"}),
        "s" | "strike" | "del" => json!({"type": "strikethrough"}),
        "tg-spoiler" => json!({"type": "spoiler"}),
        "span" if attribute("class").as_deref() == Some("tg-spoiler") => json!({"type": "spoiler"}),
        "span" => return Err(wrong(&format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {at}"))),
        "a" => json!({"type": "text_link", "url": attribute("href").unwrap_or_default()}),
        "tg-emoji" => json!({"type": "custom_emoji", "custom_emoji_id": attribute("emoji-id").unwrap_or_default()}),
        "code" => match attribute("class").as_deref().and_then(|class| class.strip_prefix("language-")) {
            Some(language) => json!({"type": "code", "language": language}),
            None => json!({"type": "code"}),
        },
        "pre" => json!({"type": "pre"}),
        "blockquote" if attributes.contains("expandable") => json!({"type": "expandable_blockquote"}),
        "blockquote" => json!({"type": "blockquote"}),
        _ => return Err(wrong(&format!("Unsupported start tag \"{tag}\" at byte offset {at}"))),
    };
    Ok(Open { tag, entity, from })
}

fn close(read: &mut Formatted, open: &mut Vec<Open>, name: &str, at: usize) -> Result<(), Refusal> {
    let Some(last) = open.pop() else { return Err(wrong(&format!("Unexpected end tag at byte offset {at}"))) };
    if !name.is_empty() && !name.eq_ignore_ascii_case(&last.tag) {
        let expected = &last.tag;
        return Err(wrong(&format!(
            "Unmatched end tag at byte offset {at}, expected \"</{expected}>\", found \"</{name}>\""
        )));
    }
    let mut entity = last.entity;
    let length = units(&read.text) - last.from;
    let whole = |entity: &Value| entity["offset"] == json!(last.from) && entity["length"] == json!(length);
    if entity["type"] == "pre" && read.entities.last().is_some_and(|inner| inner["type"] == "code" && whole(inner)) {
        // <pre><code class="language-…"> is one block with a language.
        let language = read.entities.pop().map(|mut inner| inner["language"].take()).unwrap_or_default();
        if !language.is_null() {
            entity["language"] = language;
        }
    }
    (entity["offset"], entity["length"]) = (json!(last.from), json!(length));
    let user = entity["url"].as_str().and_then(|url| url.strip_prefix("tg://user?id=")?.parse::<i64>().ok());
    if let Some(id) = user {
        entity = json!({"type": "text_mention", "user": {"id": id}, "offset": last.from, "length": length});
    }
    if length > 0 {
        read.entities.push(entity);
    }
    Ok(())
}

/// The character a reference stands for, and how many bytes it takes.
fn reference(rest: &str) -> Option<(char, usize)> {
    let named = [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"')];
    if let Some((text, symbol)) = named.into_iter().find(|(text, _)| rest.starts_with(text)) {
        return Some((symbol, text.len()));
    }
    let number = rest.strip_prefix("&#")?;
    let end = number.find(';')?;
    let code = match number[..end].strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number[..end].parse().ok()?,
    };
    Some((char::from_u32(code)?, end + 3))
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(symbol) = rest.chars().next() {
        let (symbol, length) = reference(rest).unwrap_or((symbol, symbol.len_utf8()));
        plain.push(symbol);
        rest = &rest[length..];
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_entities() {
        let read = parse("😀 <b>a &amp; <i>b</i></b> <pre><code class=\"language-rs\">x</code></pre>").unwrap();
        assert_eq!(read.text, "😀 a & b x");
        let expected = [
            json!({"type": "italic", "offset": 7, "length": 1}),
            json!({"type": "bold", "offset": 3, "length": 5}),
            json!({"type": "pre", "language": "rs", "offset": 9, "length": 1}),
        ];
        assert_eq!(read.entities, expected);
    }

    #[test]
    fn what_telegram_refuses_is_refused_in_its_words() {
        for (source, why) in [
            ("<x>a</x>", "Unsupported start tag \"x\" at byte offset 0"),
            ("<b>a", "Can't find end tag corresponding to start tag \"b\""),
            ("<b>a</i>", "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\""),
        ] {
            assert_eq!(parse(source).unwrap_err().description, format!("Bad Request: can't parse entities: {why}"));
        }
    }
}
