//! Counting as Telegram counts: in units of UTF-16.

/// How long a text is.
pub(crate) fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The beginning of a text, at most `most` units long; with an ellipsis where something was left out.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    if units(text) <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let fits = |c: &char| {
        let fits = c.len_utf16() <= left;
        left = left.saturating_sub(c.len_utf16());
        fits
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

/// A text in which places are found by units.
pub(super) struct Measured<'a> {
    text: &'a str,
    /// For each unit, and the end, the byte its character begins at.
    bytes: Vec<usize>,
}

impl<'a> Measured<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        for (at, c) in text.char_indices() {
            bytes.extend(std::iter::repeat_n(at, c.len_utf16()));
        }
        bytes.push(text.len());
        Self { text, bytes }
    }

    /// How many units there are.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - 1
    }

    /// From one unit to another. A place within a character counts as its beginning.
    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        let byte = |unit: usize| self.bytes[unit.min(self.len())];
        let (from, to) = (byte(from), byte(to));
        if from < to { &self.text[from..to] } else { "" }
    }

    /// The first unit of the character that this unit belongs to.
    pub(super) fn floor(&self, unit: usize) -> usize {
        let unit = unit.min(self.len());
        match unit > 0 && unit < self.len() && self.bytes[unit] == self.bytes[unit - 1] {
            true => unit - 1,
            false => unit,
        }
    }

    /// The unit at or after this one at which a character ends.
    pub(super) fn ceil(&self, unit: usize) -> usize {
        let unit = unit.min(self.len());
        if self.floor(unit) == unit { unit } else { unit + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_beyond_the_first_plane_count_twice() {
        assert_eq!(units("a😀é"), 4);
        let text = Measured::new("a😀b");
        assert_eq!((text.slice(0, 1), text.slice(1, 3), text.slice(3, 4)), ("a", "😀", "b"));
        assert_eq!((text.floor(2), text.ceil(2)), (1, 3));
        assert_eq!((text.slice(2, 1), text.slice(9, 20), text.slice(1, 99)), ("", "", "😀b"));
    }

    #[test]
    fn a_text_is_shortened_between_characters() {
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("abcd", 3), "ab…");
        assert_eq!(shortened("😀😀😀", 4), "😀…");
        assert!(units(&shortened("😀😀😀", 3)) <= 3);
    }
}
