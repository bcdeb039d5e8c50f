//! Slack's own short markup, which programs write: `*bold*`, `_italic_`, `~strike~`, `` `code` ``, `<address|text>`.
//!
//! <https://docs.slack.dev/messaging/formatting-message-text>

use appservice_sdk::content::{Block, Doc, Inline, Stamp};

use super::{Names, rich, unescape};

const FENCE: &str = "```";

/// A text of mrkdwn.
pub(crate) fn read(text: &str, names: &dyn Names) -> Doc {
    let text = text.replace("\r\n", "\n");
    let mut blocks = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(FENCE) {
        let Some((code, after)) = after.split_once(FENCE) else { break };
        lines(before.strip_suffix('\n').unwrap_or(before), names, &mut blocks);
        let code = unescape(&without_marks(code.trim_matches('\n')));
        if !code.is_empty() {
            blocks.push(Block::Code { language: None, text: code });
        }
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    lines(rest, names, &mut blocks);
    Doc { blocks }.tidy()
}

/// One line of mrkdwn.
pub(crate) fn line(text: &str, names: &dyn Names) -> Vec<Inline> {
    let mut out = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            out.push(Inline::Break);
        }
        out.extend(Reader { names, open: Vec::new() }.read(line));
    }
    out
}

/// Paragraphs and quotes.
fn lines(text: &str, names: &dyn Names, out: &mut Vec<Block>) {
    let mut plain: Vec<Inline> = Vec::new();
    let mut quoted: Vec<Inline> = Vec::new();
    for line in text.split('\n') {
        let quote = line.strip_prefix("&gt;").or_else(|| line.strip_prefix('>'));
        match quote {
            Some(line) => {
                out.append(&mut rich::paragraphs(std::mem::take(&mut plain)));
                if !quoted.is_empty() {
                    quoted.push(Inline::Break);
                }
                quoted.extend(Reader { names, open: Vec::new() }.read(line.strip_prefix(' ').unwrap_or(line)));
            }
            None => {
                end_quote(&mut quoted, out);
                if !plain.is_empty() {
                    plain.push(Inline::Break);
                }
                plain.extend(Reader { names, open: Vec::new() }.read(line));
            }
        }
    }
    end_quote(&mut quoted, out);
    out.append(&mut rich::paragraphs(plain));
}

fn end_quote(quoted: &mut Vec<Inline>, out: &mut Vec<Block>) {
    let inner = rich::paragraphs(std::mem::take(quoted));
    if !inner.is_empty() {
        out.push(Block::Quote(inner));
    }
}

struct Reader<'a> {
    names: &'a dyn Names,
    /// Styles that are open around this text: none is opened within itself.
    open: Vec<char>,
}

impl Reader<'_> {
    /// One pass: a style whose end was not found once is not looked for again on this line.
    fn read(&mut self, line: &str) -> Vec<Inline> {
        let (mut out, mut text) = (Vec::new(), String::new());
        let mut hopeless: Vec<char> = Vec::new();
        let mut rest = line;
        let mut before: Option<char> = None;
        while let Some(sign) = rest.chars().next() {
            let found = match sign {
                '<' => angle(rest, self.names),
                ':' => named(rest, self.names),
                '`' | '*' | '_' | '~' if self.may_open(sign, before, rest) && !hopeless.contains(&sign) => {
                    let end = closing(rest, sign);
                    if end.is_none() {
                        hopeless.push(sign);
                    }
                    end.map(|end| (self.inside(sign, &rest[1..end]), end + 1))
                }
                _ => None,
            };
            let length = match found {
                Some((inline, length)) => {
                    flush(&mut text, &mut out);
                    out.push(inline);
                    length
                }
                None => {
                    text.push(sign);
                    sign.len_utf8()
                }
            };
            before = rest[..length].chars().next_back();
            rest = &rest[length..];
        }
        flush(&mut text, &mut out);
        out
    }

    /// Whether a style can begin here: after no letter, before no space.
    fn may_open(&self, sign: char, before: Option<char>, rest: &str) -> bool {
        !self.open.contains(&sign)
            && before.is_none_or(|before| !before.is_alphanumeric())
            && !rest[1..].starts_with(|c: char| c.is_whitespace() || c == sign)
    }

    fn inside(&mut self, sign: char, inner: &str) -> Inline {
        if sign == '`' {
            return Inline::code(unescape(&without_marks(inner)));
        }
        self.open.push(sign);
        let text = self.read(inner);
        self.open.pop();
        match sign {
            '*' => Inline::Bold(text),
            '_' => Inline::Italic(text),
            _ => Inline::Strike(text),
        }
    }
}

fn flush(text: &mut String, out: &mut Vec<Inline>) {
    if !text.is_empty() {
        out.push(Inline::text(unescape(text)));
        text.clear();
    }
}

/// Where the sign that `rest` begins with comes again at the end of a word.
fn closing(rest: &str, sign: char) -> Option<usize> {
    let inner = &rest[1..];
    let mut from = 0;
    while let Some(found) = inner[from..].find(sign) {
        let at = from + found;
        let before = inner[..at].chars().next_back().is_some_and(|c| sign == '`' || !c.is_whitespace());
        let after = inner[at + 1..].chars().next();
        if at > 0 && before && after.is_none_or(|c| !c.is_alphanumeric() && c != sign) {
            return Some(at + 1);
        }
        from = at + 1;
    }
    None
}

/// What stands between `<` and `>`, and how many bytes that is.
fn angle(rest: &str, names: &dyn Names) -> Option<(Inline, usize)> {
    let end = rest.find('>')?;
    let inner = &rest[1..end];
    if inner.is_empty() || inner.contains('<') {
        return None;
    }
    let (target, label) = match inner.split_once('|') {
        Some((target, label)) => (target, Some(unescape(label)).filter(|label| !label.is_empty())),
        None => (inner, None),
    };
    let label = label.as_deref();
    let inline = match target.chars().next()? {
        '@' => rich::user(&target[1..], label, names),
        '#' => rich::channel(&target[1..], label, names),
        '!' => special(&target[1..], label, names),
        _ => {
            let url = unescape(target);
            let label = label.filter(|label| *label != url && Some(*label) != url.strip_prefix("mailto:"));
            rich::link(&url, label)
        }
    };
    Some((inline, end + 1))
}

fn special(target: &str, label: Option<&str>, names: &dyn Names) -> Inline {
    let mut words = target.split('^');
    match words.next().unwrap_or_default() {
        range @ ("here" | "channel" | "everyone") => Inline::Everyone(rich::everyone(range)),
        "subteam" => rich::group(words.next().unwrap_or_default(), label, names),
        "date" => match words.next().and_then(|unix| unix.parse().ok()) {
            Some(unix) => Inline::Timestamp(Stamp { unix, style: 'f' }),
            None => Inline::text(label.unwrap_or("?")),
        },
        other => Inline::text(label.map_or_else(|| format!("<!{other}>"), str::to_owned)),
    }
}

/// `:name:` of an emoji that exists.
fn named(rest: &str, names: &dyn Names) -> Option<(Inline, usize)> {
    const LONGEST: usize = 100;
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '\'');
    let inner = &rest[1..];
    let mut end = inner.find(|c| !is_name(c)).filter(|end| *end > 0 && *end <= LONGEST)?;
    if inner[end..].starts_with("::skin-tone-") {
        end = end + 2 + inner[end + 2..].find(':')?;
    }
    if !inner[end..].starts_with(':') {
        return None;
    }
    let name = &inner[..end];
    let inline = rich::named_emoji(name, names);
    let found = !matches!(&inline, Inline::Text(text) if text.starts_with(':'));
    found.then_some((inline, end + 2))
}

/// Code holds addresses in angle brackets all the same.
fn without_marks(code: &str) -> String {
    let mut out = String::new();
    let mut rest = code;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        match after.split_once('>') {
            Some((inner, after)) => {
                out.push_str(inner.split_once('|').map_or(inner, |(_, label)| label));
                rest = after;
            }
            None => {
                out.push('<');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}
