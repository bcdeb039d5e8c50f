//! Slack's `mrkdwn`: <https://docs.slack.dev/messaging/formatting-message-text>.
//!
//! `*bold* _italic_ ~strike~ `code``, fences, `>` quotes, `<url|label>`, `<@U1|name>`, `<#C1|name>`, `<!here>`,
//! `<!date^unix^form|text>`, `:emoji:`, and of HTML's escapes only `&amp;`, `&lt;` and `&gt;`.

use appservice_sdk::prelude::*;

use crate::{emoji, identity::is_web};

/// Styles deeper than this are text.
const DEEPEST: usize = 12;
/// As far as the end of a mark is looked for, in bytes.
const AHEAD: usize = 4000;

/// Reads a text.
#[must_use]
pub fn read(text: &str) -> Doc {
    let mut doc = Doc::default();
    let mut rest = text;
    while let Some(start) = rest.find("```") {
        let Some(end) = rest[start + 3..].find("```") else { break };
        doc.append(lines(rest[..start].trim_end_matches('\n')));
        let code = unescape(rest[start + 3..start + 3 + end].trim_matches('\n'));
        doc = doc.with(Block::Code { language: None, text: unlinked(&code) });
        rest = rest[start + 6 + end..].trim_start_matches('\n');
    }
    doc.append(lines(rest));
    doc
}

/// Lines outside of fences: quotes and paragraphs.
fn lines(text: &str) -> Doc {
    let mut doc = Doc::default();
    let mut run: Vec<&str> = Vec::new();
    let mut quoted = false;
    for line in text.split('\n') {
        let quote = line.strip_prefix("&gt;").or_else(|| line.strip_prefix('>'));
        if quote.is_some() != quoted {
            flush(&mut doc, &mut run, quoted);
            quoted = quote.is_some();
        }
        run.push(quote.map_or(line, |inner| inner.strip_prefix(' ').unwrap_or(inner)));
    }
    flush(&mut doc, &mut run, quoted);
    doc
}

fn flush(doc: &mut Doc, run: &mut Vec<&str>, quoted: bool) {
    let text = run.join("\n");
    run.clear();
    if text.trim().is_empty() {
        return;
    }
    let paragraph = Block::Paragraph(inlines(text.trim_matches('\n'), 0));
    doc.blocks.push(if quoted { Block::Quote(vec![paragraph]) } else { paragraph });
}

/// Running text.
#[must_use]
pub fn inline(text: &str) -> Vec<Inline> {
    inlines(text, 0)
}

fn inlines(text: &str, depth: usize) -> Vec<Inline> {
    let mut out = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(letter) = rest.chars().next() {
        let special = match letter {
            '<' => angle(rest),
            '`' => {
                span(rest, '`', before).map(|(inner, length)| (vec![Inline::code(unlinked(&unescape(inner)))], length))
            }
            '*' | '_' | '~' if depth < DEEPEST => span(rest, letter, before)
                .map(|(inner, length)| (vec![styled(letter, inlines(inner, depth + 1))], length)),
            ':' => short_name(rest),
            _ => None,
        };
        if let Some((found, length)) = special {
            out.extend(Inline::lines(&unescape(&std::mem::take(&mut plain))));
            out.extend(found);
            before = rest[..length].chars().next_back();
            rest = &rest[length..];
        } else {
            plain.push(letter);
            before = Some(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    out.extend(Inline::lines(&unescape(&plain)));
    out
}

fn styled(mark: char, inner: Vec<Inline>) -> Inline {
    match mark {
        '*' => Inline::Bold(inner),
        '_' => Inline::Italic(inner),
        _ => Inline::Strike(inner),
    }
}

/// What stands between two marks on one line, and the length of it all. A mark within a word is none.
fn span(rest: &str, mark: char, before: Option<char>) -> Option<(&str, usize)> {
    let part = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let inner = &rest[1..];
    if part(before) || inner.starts_with([' ', '\n', mark]) {
        return None;
    }
    let inner = &inner[..inner.floor_char_boundary(AHEAD)];
    let line = &inner[..inner.find('\n').unwrap_or(inner.len())];
    let end = line.match_indices(mark).map(|(at, _)| at).find(|&at| {
        let closes = mark == '`' || !line[..at].ends_with(' ');
        at > 0 && closes && (mark == '`' || !part(line[at + 1..].chars().next()))
    })?;
    Some((&inner[..end], end + 2))
}

/// `<…>`
fn angle(rest: &str) -> Option<(Vec<Inline>, usize)> {
    let rest = &rest[..rest.floor_char_boundary(AHEAD)];
    let end = rest.find('>').filter(|&end| end > 1)?;
    let inner = rest[1..end].trim();
    if inner.contains(['<', '\n']) {
        return None;
    }
    let (target, label) = inner.split_once('|').map_or((inner, None), |(target, label)| (target, Some(label)));
    Some((vec![target_inline(target, label.filter(|label| !label.is_empty()))?], end + 1))
}

fn target_inline(target: &str, label: Option<&str>) -> Option<Inline> {
    let named = |sign: &str, id: &str| {
        let name = label.unwrap_or(id);
        Inline::text(if name.starts_with(sign) { unescape(name) } else { format!("{sign}{}", unescape(name)) })
    };
    if let Some(user) = target.strip_prefix('@') {
        return Some(named("@", user));
    }
    if let Some(channel) = target.strip_prefix('#') {
        return Some(named("#", channel));
    }
    if let Some(call) = target.strip_prefix('!') {
        return Some(special(call, label));
    }
    let url = unescape(target);
    let known = is_web(&url) || url.starts_with("mailto:") || url.starts_with("tel:");
    known.then(|| match label {
        Some(label) => Inline::link(url, Inline::lines(&unescape(label))),
        None => Inline::url(url),
    })
}

fn special(call: &str, label: Option<&str>) -> Inline {
    let mut pieces = call.split('^');
    match (pieces.next().unwrap_or_default(), pieces.next()) {
        ("date", Some(unix)) => match unix.parse() {
            Ok(unix) => Inline::Timestamp(appservice_sdk::content::Stamp { unix, style: 'f' }),
            Err(_) => Inline::text(unescape(label.unwrap_or(call))),
        },
        ("subteam", Some(id)) => {
            let name = unescape(label.unwrap_or(id));
            Inline::text(if name.starts_with('@') { name } else { format!("@{name}") })
        }
        (name @ ("here" | "channel" | "everyone" | "all"), _) => Inline::text(format!("@{name}")),
        _ => Inline::text(unescape(label.unwrap_or(call))),
    }
}

fn short_name(rest: &str) -> Option<(Vec<Inline>, usize)> {
    let end = rest[1..].find(':').filter(|end| (1..=40).contains(end))?;
    let name = &rest[1..=end];
    let known =
        name.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || b"_+-".contains(&letter));
    let character = known.then(|| emoji::character(name)).flatten()?;
    Some((vec![Inline::text(character)], end + 2))
}

/// The three escapes that Slack has.
#[must_use]
pub fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Code in which Slack has put addresses in angles.
fn unlinked(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find("<http") {
        out.push_str(&rest[..start]);
        let Some(end) = rest[start..].find('>') else { break };
        let inner = &rest[start + 1..start + end];
        out.push_str(inner.split('|').next_back().unwrap_or(inner));
        rest = &rest[start + end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn mrkdwn_is_read() {
        for (text, html) in [
            ("plain & simple", "plain &amp; simple"),
            ("*b* _i_ ~s~ `c`", "<strong>b</strong> <em>i</em> <del>s</del> <code>c</code>"),
            ("*bold _both_*", "<strong>bold <em>both</em></strong>"),
            ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
            ("* not bold *", "* not bold *"),
            ("**", "**"),
            ("<https://x.org|the *label*>", r#"<a href="https://x.org">the *label*</a>"#),
            ("<https://x.org?a=1&amp;b=2>", r#"<a href="https://x.org?a=1&amp;b=2">https://x.org?a=1&amp;b=2</a>"#),
            ("<mailto:a@b.c|a@b.c>", r#"<a href="mailto:a@b.c">a@b.c</a>"#),
            ("<@U1> <@U2|bob> <#C1|general>", "@U1 @bob #general"),
            ("<!here> <!subteam^S1|@ops>", "@here @ops"),
            ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 &lt; 2 &amp;&amp; 3 &gt; 2"),
            ("1 < 2", "1 &lt; 2"),
            ("one\ntwo", "one<br>two"),
            (":rocket: :unknown_thing: 10:20:30", "🚀 :unknown_thing: 10:20:30"),
            ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        ] {
            assert_eq!(read(text).to_html().replace("<br />", "<br>"), html, "{text}");
        }
    }

    #[test]
    fn quotes_and_fences_are_blocks() {
        let doc = read("before\n&gt; said\n> more\nafter\n```\nlet x = &lt;1&gt;;\n```\nend");
        let kinds: Vec<_> = doc
            .blocks
            .iter()
            .map(|block| match block {
                Block::Paragraph(_) => "text",
                Block::Quote(_) => "quote",
                Block::Code { text, .. } if text == "let x = <1>;" => "code",
                _ => "other",
            })
            .collect();
        assert_eq!(kinds, ["text", "quote", "text", "code", "text"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[*_~`<>|!@#:& a-c\\nä]{0,80}") {
            let _ = read(&text).to_html();
        }
    }
}
