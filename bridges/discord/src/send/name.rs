//! Names as Discord lets a webhook have them.
//!
//! <https://discord.com/developers/docs/resources/webhook#create-webhook>

/// Most characters of a name.
const MAX: usize = 80;
/// What Discord refuses in a name, and the same to the eye with one Cyrillic letter.
const FORBIDDEN: [(&str, usize, [char; 2]); 2] = [("discord", 4, ['о', 'О']), ("clyde", 4, ['е', 'Е'])];

/// The name a message is shown under: never empty, never refused.
pub(crate) fn shown(name: &str, user_id: &str) -> String {
    let tidy = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ");
    let visible = |name: &String| name.chars().any(|c| c.is_alphanumeric() || !c.is_control() && !c.is_whitespace());
    let name = Some(tidy(name)).filter(visible).unwrap_or_else(|| tidy(user_id));
    let name = FORBIDDEN.iter().fold(name, |name, (word, at, letters)| soften(&name, word, *at, *letters));
    shorten(&name)
}

/// Replaces one letter of each occurrence of a forbidden word.
fn soften(name: &str, word: &str, at: usize, [small, capital]: [char; 2]) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let word: Vec<char> = word.chars().collect();
    for start in 0..letters.len().saturating_sub(word.len() - 1) {
        let found = letters[start..start + word.len()].iter().zip(&word).all(|(a, b)| a.eq_ignore_ascii_case(b));
        if found {
            let letter = &mut letters[start + at];
            *letter = if letter.is_uppercase() { capital } else { small };
        }
    }
    letters.into_iter().collect()
}

fn shorten(name: &str) -> String {
    if name.chars().count() <= MAX {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(MAX - 1).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_discord_accepts() {
        let cases = [
            ("Alice", "Alice"),
            ("  Alice \n B. ", "Alice B."),
            ("", "@alice:example.org"),
            (" \u{7} ", "@alice:example.org"),
            ("Discord Fan", "Discоrd Fan"),
            ("DISCORD", "DISCОRD"),
            ("Clyde of discord", "Clydе of discоrd"),
            ("😀", "😀"),
        ];
        for (name, wanted) in cases {
            assert_eq!(shown(name, "@alice:example.org"), wanted);
        }
        for refused in ["discord", "DiScOrD", "xclydex"] {
            let name = shown(refused, "@a:b").to_lowercase();
            assert!(!name.contains("discord") && !name.contains("clyde"), "{name}");
        }
    }

    #[test]
    fn a_long_name_is_cut_by_characters_not_bytes() {
        let name = shown(&"ö".repeat(200), "@a:b");
        assert_eq!(name.chars().count(), 80);
        assert!(name.ends_with('…'));
        assert_eq!(shown(&"ö".repeat(80), "@a:b").chars().count(), 80);
    }
}
