//! What Slack's app makes of what somebody types: mrkdwn text, and a `rich_text` block.
//! <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>

use serde_json::{Value, json};

/// The text: `&`, `<` and `>` are written as entities unless they belong to `<@U…>`, `<#C…>` and `<!…>`; addresses
/// stand in angles.
pub(super) fn mrkdwn(typed: &str) -> String {
    let mut text = String::new();
    for (n, line) in typed.split('\n').enumerate() {
        if n > 0 {
            text.push('\n');
        }
        let (mark, rest) = line.strip_prefix("> ").map_or(("", line), |rest| ("&gt; ", rest));
        text.push_str(mark);
        for word in rest.split_inclusive(' ') {
            let bare = word.trim_end();
            if is_address(bare) {
                text.push_str(&format!("<{}>{}", escaped(bare), &word[bare.len()..]));
            } else {
                text.push_str(&with_references(word));
            }
        }
    }
    text
}

fn is_address(word: &str) -> bool {
    word.starts_with("https://") || word.starts_with("http://")
}

/// References are kept, everything else is escaped.
fn with_references(text: &str) -> String {
    match reference(text) {
        Some((before, inside, after)) => format!("{}<{inside}>{}", escaped(before), with_references(after)),
        None => escaped(text),
    }
}

fn reference(text: &str) -> Option<(&str, &str, &str)> {
    let start = ["<@", "<#", "<!"].iter().filter_map(|mark| text.find(mark)).min()?;
    let end = start + text[start..].find('>')?;
    Some((&text[..start], &text[start + 1..end], &text[end + 1..]))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The block.
pub(super) fn blocks(typed: &str) -> Vec<Value> {
    let mut elements: Vec<Value> = Vec::new();
    let mut rest = typed;
    while let Some((before, fenced)) = rest.split_once("```") {
        lines(before.trim_end_matches('\n'), &mut elements);
        let (code, after) = fenced.split_once("```").unwrap_or((fenced, ""));
        let code = code.trim_matches('\n');
        if !code.is_empty() {
            let text = json!([{ "type": "text", "text": code }]);
            elements.push(json!({ "type": "rich_text_preformatted", "elements": text, "border": 0 }));
        }
        rest = after.trim_start_matches('\n');
    }
    lines(rest, &mut elements);
    vec![json!({ "type": "rich_text", "elements": elements })]
}

/// Sections, quotes and lists; neighbouring lines of one sort are one element.
fn lines(text: &str, elements: &mut Vec<Value>) {
    if text.is_empty() {
        return;
    }
    let mut open: Option<(&str, String)> = None;
    for line in text.split('\n') {
        let numbered = line.split_once(". ").filter(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        let (sort, rest) = match (line.strip_prefix("> "), line.strip_prefix("• "), numbered) {
            (Some(rest), ..) => ("quote", rest),
            (_, Some(rest), _) => ("bullet", rest),
            (_, _, Some((_, rest))) => ("ordered", rest),
            _ => ("section", line),
        };
        match &mut open {
            Some((same, text)) if *same == sort => {
                text.push('\n');
                text.push_str(rest);
            }
            _ => {
                close(open.take(), elements);
                open = Some((sort, rest.to_owned()));
            }
        }
    }
    close(open, elements);
}

fn close(open: Option<(&str, String)>, elements: &mut Vec<Value>) {
    let Some((sort, text)) = open else { return };
    let section = |kind: &str, text: &str| json!({ "type": kind, "elements": leaves(text, &json!({})) });
    elements.push(match sort {
        "bullet" | "ordered" => {
            let items: Vec<Value> = text.split('\n').map(|item| section("rich_text_section", item)).collect();
            json!({ "type": "rich_text_list", "style": sort, "indent": 0, "border": 0, "elements": items })
        }
        "quote" => section("rich_text_quote", &text),
        _ => section("rich_text_section", &text),
    });
}

/// Words with their styles.
fn leaves(text: &str, style: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let before = plain.chars().last();
        match token(rest, before, style) {
            Some((mut tokens, after)) => {
                push_text(&mut found, &mut plain, style);
                found.append(&mut tokens);
                rest = after;
            }
            None => {
                let mut chars = rest.chars();
                plain.extend(chars.next());
                rest = chars.as_str();
            }
        }
    }
    push_text(&mut found, &mut plain, style);
    found
}

fn push_text(found: &mut Vec<Value>, plain: &mut String, style: &Value) {
    if !plain.is_empty() {
        found.push(styled(json!({ "type": "text", "text": std::mem::take(plain) }), style));
    }
}

fn styled(mut leaf: Value, style: &Value) -> Value {
    if style.as_object().is_some_and(|style| !style.is_empty()) {
        leaf["style"] = style.clone();
    }
    leaf
}

/// Something that begins right here, and what follows it.
fn token<'a>(rest: &'a str, before: Option<char>, style: &Value) -> Option<(Vec<Value>, &'a str)> {
    if let Some(("", inside, after)) = reference(rest) {
        return Some((vec![styled(mention(inside), style)], after));
    }
    let word_starts = before.is_none_or(|c| !c.is_alphanumeric());
    if is_address(rest) && word_starts {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        return Some((vec![styled(json!({ "type": "link", "url": rest[..end] }), style)], &rest[end..]));
    }
    let first = rest.chars().next()?;
    let inside = rest[first.len_utf8()..].split_once(first).filter(|(inside, _)| !inside.is_empty());
    let (inside, after) = inside.filter(|(inside, _)| word_starts && !inside.contains('\n'))?;
    let tight = !inside.starts_with(' ') && !inside.ends_with(' ');
    let name = match first {
        ':' if inside.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-+".contains(&b)) => {
            return Some((vec![styled(json!({ "type": "emoji", "name": inside }), style)], after));
        }
        '*' if tight => "bold",
        '_' if tight => "italic",
        '~' if tight => "strike",
        '`' => "code",
        _ => return None,
    };
    let mut deeper = style.clone();
    deeper[name] = Value::Bool(true);
    let leaves = match name {
        "code" => vec![styled(json!({ "type": "text", "text": inside }), &deeper)],
        _ => leaves(inside, &deeper),
    };
    Some((leaves, after))
}

fn mention(inside: &str) -> Value {
    let id = |text: &str| text.split('|').next().unwrap_or_default().to_owned();
    match inside.split_at(1) {
        ("@", user) => json!({ "type": "user", "user_id": id(user) }),
        ("#", channel) => json!({ "type": "channel", "channel_id": id(channel) }),
        (_, special) => match special.strip_prefix("subteam^") {
            Some(group) => json!({ "type": "usergroup", "usergroup_id": id(group) }),
            None => json!({ "type": "broadcast", "range": id(special) }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_becomes_mrkdwn() {
        for (typed, text) in [
            ("a < b & c", "a &lt; b &amp; c"),
            ("<@U1> see https://example.org/?a=1&b=2 ok", "<@U1> see <https://example.org/?a=1&amp;b=2> ok"),
            ("> quoted", "&gt; quoted"),
            ("<!here> <#C1>", "<!here> <#C1>"),
        ] {
            assert_eq!(mrkdwn(typed), text);
        }
    }

    #[test]
    fn typed_text_becomes_rich_text() {
        let typed = "*bold _both_* and `code` :wave: <@U1> <!here>\n• one\n• two\n> said\n```\nlet x;\n```\nend";
        let bold = json!({ "bold": true });
        assert_eq!(
            blocks(typed)[0]["elements"],
            json!([
                { "type": "rich_text_section", "elements": [
                    { "type": "text", "text": "bold ", "style": bold },
                    { "type": "text", "text": "both", "style": { "bold": true, "italic": true } },
                    { "type": "text", "text": " and " },
                    { "type": "text", "text": "code", "style": { "code": true } },
                    { "type": "text", "text": " " },
                    { "type": "emoji", "name": "wave" },
                    { "type": "text", "text": " " },
                    { "type": "user", "user_id": "U1" },
                    { "type": "text", "text": " " },
                    { "type": "broadcast", "range": "here" },
                ] },
                { "type": "rich_text_list", "style": "bullet", "indent": 0, "border": 0, "elements": [
                    { "type": "rich_text_section", "elements": [{ "type": "text", "text": "one" }] },
                    { "type": "rich_text_section", "elements": [{ "type": "text", "text": "two" }] },
                ] },
                { "type": "rich_text_quote", "elements": [{ "type": "text", "text": "said" }] },
                { "type": "rich_text_preformatted", "border": 0, "elements": [{ "type": "text", "text": "let x;" }] },
                { "type": "rich_text_section", "elements": [{ "type": "text", "text": "end" }] },
            ])
        );
    }

    #[test]
    fn marks_inside_words_stay_what_they_are() {
        let section = json!([{ "type": "text", "text": "snake_case_name 2*3*4 10:30:00" }]);
        assert_eq!(blocks("snake_case_name 2*3*4 10:30:00")[0]["elements"][0]["elements"], section);
    }
}
