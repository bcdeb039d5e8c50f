//! `[text](address)`: the second half of it.

use appservice_sdk::content::Inline;

/// The address behind `](`, and the length of all that up to `)`: `](https://…)`, `](<https://…>)`, `](https://… "title")`.
pub(super) fn target(text: &str) -> Option<(&str, usize)> {
    let inside = text.strip_prefix("](")?;
    let address = inside.trim_start_matches(' ');
    let (url, rest) = match address.strip_prefix('<') {
        Some(address) => {
            let end = address.find(['<', '>', '\n', ' ']).filter(|&end| address[end..].starts_with('>'))?;
            (&address[..end], &address[end + 1..])
        }
        None => address.split_at(bare(address)?),
    };
    let has_scheme = ["https://", "http://"].iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme));
    let rest = untitled(rest.trim_start_matches(' ')).strip_prefix(')')?;
    has_scheme.then_some((url, text.len() - rest.len()))
}

/// Where an address without angle brackets ends: at white space or a bracket that was not opened in it.
fn bare(address: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, c) in address.char_indices() {
        match c {
            '(' => open += 1,
            ')' if open == 0 => return Some(at),
            ')' => open -= 1,
            '<' | '\n' | '[' | ']' => return None,
            _ if c.is_whitespace() => return Some(at),
            _ => {}
        }
    }
    None
}

/// What follows a title in quotation marks.
fn untitled(text: &str) -> &str {
    let title = text.strip_prefix('"').and_then(|title| {
        let end = title.find(['"', '\n', '['])?;
        title[end..].strip_prefix('"')
    });
    title.unwrap_or(text)
}

/// Whether the words of a link are an address themselves.
pub(super) fn hides_address(text: &[Inline]) -> bool {
    text.iter()
        .any(|inline| matches!(inline, Inline::Link(_)) || inline.styled().is_some_and(|text| hides_address(text)))
}
