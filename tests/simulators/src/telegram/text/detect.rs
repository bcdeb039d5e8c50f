//! What Telegram finds in a text by itself: links, user names, hashtags, commands.

use serde_json::{Value, json};

use super::{Formatted, units};

/// Adds an entity for each word that is one, where none stands yet.
pub(super) fn links(formatted: &mut Formatted) {
    let mut at = 0;
    let mut found = vec![];
    for word in formatted.text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let shown = bare.trim_start_matches(['(', '"', '«']);
        let skipped = units(bare) - units(shown);
        let shown = shown.trim_end_matches([',', '.', '!', '?', ')', '"', '»', ':', ';']);
        if let Some(kind) = kind_of(shown) {
            found.push(json!({"type": kind, "offset": at + skipped, "length": units(shown)}));
        }
        at += units(word);
    }
    found.retain(|entity| !formatted.entities.iter().any(|other| overlap(other, entity)));
    formatted.entities.extend(found);
}

/// Whether a piece of formatting leaves no room for a link.
fn overlap(there: &Value, link: &Value) -> bool {
    const ROOMY: [&str; 7] =
        ["bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote"];
    let span = |entity: &Value| {
        let from = entity["offset"].as_u64().unwrap_or_default();
        (from, from + entity["length"].as_u64().unwrap_or_default())
    };
    let ((from, to), (begin, end)) = (span(there), span(link));
    from < end && begin < to && !ROOMY.contains(&there["type"].as_str().unwrap_or_default())
}

fn kind_of(word: &str) -> Option<&'static str> {
    let rest = |mark: char| word.strip_prefix(mark).filter(|rest| !rest.is_empty());
    let plain = |text: &str| text.chars().all(|symbol| symbol.is_ascii_alphanumeric() || symbol == '_');
    if let Some(name) = rest('@') {
        return (plain(name) && (4..=32).contains(&name.len())).then_some("mention");
    }
    if let Some(tag) = rest('#') {
        return tag.chars().all(|symbol| symbol.is_alphanumeric() || symbol == '_').then_some("hashtag");
    }
    if let Some(command) = rest('/') {
        return command.split('@').all(plain).then_some("bot_command");
    }
    let address = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://"));
    address.is_some_and(|address| address.len() > 1).then_some("url")
}
