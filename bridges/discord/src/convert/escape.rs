//! Literal text that stays literal.

/// Keeps signs apart, unseen.
const NOTHING: char = '\u{200b}';

/// Adds literal text without addresses to a line of markdown. Whether a line begins here is told by what `out` ends with.
pub(super) fn text(text: &str, may_ping_everyone: bool, out: &mut String) {
    let mut begins = out.is_empty() || out.ends_with('\n');
    let mut before = out.chars().next_back();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        if begins && let Some(length) = line_sign(rest) {
            // A number's own characters cannot be escaped, but its full stop can.
            out.push_str(&rest[..length - 1]);
            out.push('\\');
            out.push_str(&rest[length - 1..length]);
            rest = &rest[length..];
            begins = false;
            before = None;
            continue;
        }
        if needs_escape(c, before, after) {
            out.push('\\');
        }
        out.push(c);
        if c == '@' && !may_ping_everyone && ["everyone", "here"].iter().any(|call| after.starts_with(call)) {
            out.push(NOTHING);
        }
        begins &= c == ' ';
        before = Some(c);
        rest = after;
    }
}

/// Code in which so many backticks in a row, which would end it, are kept apart unseen.
pub(super) fn apart(code: &str, too_many: usize) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find('`') {
        let ticks = rest[at..].bytes().take_while(|&byte| byte == b'`').count();
        out.push_str(&rest[..at]);
        for tick in 0..ticks {
            if tick > 0 && ticks >= too_many {
                out.push(NOTHING);
            }
            out.push('`');
        }
        rest = &rest[at + ticks..];
    }
    out.push_str(rest);
    out
}

/// Literal text that is no beginning of a line and calls nobody.
pub(super) fn line(line: &str, out: &mut String) {
    out.push(NOTHING);
    let from = out.len() - NOTHING.len_utf8();
    text(line, false, out);
    out.remove(from);
}

/// The length of a sign that would make the line something else than text: `#`, `>`, `-`, `+`, `1.`
fn line_sign(text: &str) -> Option<usize> {
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(' ');
    match text.as_bytes()[0] {
        b'#' | b'>' => Some(1),
        b'-' if text.starts_with("-#") || ends(&text[1..]) => Some(1),
        b'+' if ends(&text[1..]) => Some(1),
        b'0'..=b'9' => {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let stop = text[digits..].strip_prefix('.')?;
            ends(stop).then_some(digits + 1)
        }
        _ => None,
    }
}

fn needs_escape(c: char, before: Option<char>, after: &str) -> bool {
    match c {
        '\\' | '*' | '_' | '`' | '[' | ']' => true,
        // Single, they mean nothing; at the end, what follows may make them two.
        '~' | '|' => after.is_empty() || after.starts_with(c) || before == Some(c),
        '<' => after.starts_with(|next: char| next.is_ascii_alphabetic() || "@#:/".contains(next)),
        _ => false,
    }
}
