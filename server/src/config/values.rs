//! Kinds of values that say more than text and number do, and the sentences for wrong ones.

use std::{fmt, str::FromStr};

use ruma::RoomVersionId;
use serde::{Deserialize, Deserializer, de};

/// A number of bytes, written as a number or as `"50M"`: K, M and G stand for 2^10, 2^20 and 2^30.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = text.trim().trim_end_matches(['B', 'b']).trim_end_matches('i').trim_end();
        let (digits, shift) = match plain.chars().last().map(|last| last.to_ascii_uppercase()) {
            Some('K') => (&plain[..plain.len() - 1], 10),
            Some('M') => (&plain[..plain.len() - 1], 20),
            Some('G') => (&plain[..plain.len() - 1], 30),
            _ => (plain, 0),
        };
        let number: Option<u64> = digits.trim().parse().ok();
        number
            .and_then(|number| number.checked_mul(1 << shift))
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a size; write a number of bytes or something like \"50M\""))
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// An address beginning with `http://` or `https://`, kept without the slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url(String);

impl Url {
    /// The address, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Url {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let parsed = url::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        match parsed {
            Some(url) if url.query().is_none() && url.fragment().is_none() => {
                Ok(Self(text.trim_end_matches('/').to_owned()))
            }
            _ => Err(de::Error::custom(format!(
                "`{text}` is not an address; write something like \"https://matrix.example.org\""
            ))),
        }
    }
}

/// An empty text is «not set».
pub(super) fn optional<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        return Ok(None);
    }
    T::deserialize(de::value::StringDeserializer::<D::Error>::new(text)).map(Some)
}

/// A list, or one text with commas between its items, as it comes from the environment.
pub(super) fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "it is not a list of texts; write it as [\"one\", \"two\"]")]
    enum Form {
        Items(Vec<String>),
        Joined(String),
    }
    Ok(match Form::deserialize(from)? {
        Form::Items(items) => items,
        Form::Joined(text) => {
            text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
        }
    })
}

/// A room version this server makes rooms of.
pub(super) fn room_version<'de, D: Deserializer<'de>>(from: D) -> Result<RoomVersionId, D::Error> {
    let text = String::deserialize(from)?;
    match text.parse::<u8>() {
        Ok(6..=12) => RoomVersionId::try_from(text.as_str()).map_err(de::Error::custom),
        _ => Err(de::Error::custom(format!("`{text}` is not a room version here; write one of \"6\" to \"12\""))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_letters() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("1000", Some(1000)),
            ("50M", Some(50 << 20)),
            ("50 MiB", Some(50 << 20)),
            ("2g", Some(2 << 30)),
            ("10KB", Some(10 << 10)),
            ("M", None),
            ("1.5M", None),
            ("-1", None),
            ("many", None),
            ("99999999999999999999", None),
            ("18446744073709551615K", None),
        ] {
            assert_eq!(text.parse::<Size>().ok(), bytes.map(Size), "{text}");
        }
    }
}
