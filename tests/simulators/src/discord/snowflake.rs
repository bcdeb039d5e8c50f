//! Snowflakes: Discord's ids, which carry their own time. <https://discord.com/developers/docs/reference#snowflakes>

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

/// The first second of 2015, in Unix milliseconds: where Discord starts counting.
const EPOCH: u64 = 1_420_070_400_000;

/// The id of anything on Discord; a string in JSON because JavaScript cannot hold 64 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Snowflake(pub u64);

impl Snowflake {
    /// The smallest id that something made at `unix_ms` can have.
    pub fn at(unix_ms: u64) -> Self {
        Self(unix_ms.saturating_sub(EPOCH) << 22)
    }

    /// When the thing was made, in Unix milliseconds.
    pub fn time(self) -> u64 {
        (self.0 >> 22) + EPOCH
    }
}

impl fmt::Display for Snowflake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Snowflake {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl Serialize for Snowflake {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Snowflake {
    /// Discord takes ids as numbers too.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => text.parse().map_err(D::Error::custom),
            Value::Number(number) => number.as_u64().map(Self).ok_or_else(|| D::Error::custom("not a snowflake")),
            _ => Err(D::Error::custom("not a snowflake")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_documentation_is_read_the_same() {
        assert_eq!(Snowflake(175_928_847_299_117_063).time(), 1_462_015_105_796);
    }

    #[test]
    fn an_id_is_a_string_in_json() {
        assert_eq!(serde_json::to_string(&Snowflake(7)).unwrap(), "\"7\"");
        assert_eq!(serde_json::from_str::<Snowflake>("7").unwrap(), Snowflake(7));
        assert_eq!(serde_json::from_str::<Snowflake>("\"7\"").unwrap(), Snowflake(7));
    }
}
