//! Places in the stream as clients carry them: `s{position}` or, from `/sync`, `s{position}_{typing}`, with a third
//! number while messages to the device are still waiting.
//! Every endpoint that pages takes either.

use std::fmt;

use crate::{
    error::{MatrixError, Result},
    store::Pos,
};

/// Up to where a client has seen everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// Everything up to here has been seen.
    pub pos: Pos,
    /// Every change of who is typing up to here has been seen.
    pub typing: i64,
    /// Every message to the device up to here has been seen.
    pub to_device: Pos,
}

impl Token {
    /// A place between events: right after `pos`.
    #[must_use]
    pub fn after(pos: Pos) -> Self {
        Self { pos, typing: 0, to_device: pos }
    }

    /// Reads a token.
    ///
    /// # Errors
    /// 400 `M_INVALID_PARAM` for anything this server does not write.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = || MatrixError::invalid_param("This token does not come from this server.");
        let body = text.strip_prefix('s').ok_or_else(invalid)?;
        let mut parts = body.split('_');
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<i64>().ok()).flatten().ok_or_else(invalid)
        };
        let pos = Pos(number(parts.next().unwrap_or_default())?);
        let typing = parts.next().map_or(Ok(0), number)?;
        let to_device = parts.next().map_or(Ok(pos), |text| number(text).map(Pos))?;
        if parts.next().is_some() { Err(invalid()) } else { Ok(Self { pos, typing, to_device }) }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.pos.0)?;
        if self.typing != 0 || self.to_device != self.pos {
            write!(f, "_{}", self.typing)?;
        }
        if self.to_device != self.pos {
            write!(f, "_{}", self.to_device.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written_and_nothing_else_is() {
        for (text, expected) in [
            ("s12", Some((12, 0, 12))),
            ("s12_34", Some((12, 34, 12))),
            ("s12_34_5", Some((12, 34, 5))),
            ("s12_0_5", Some((12, 0, 5))),
            ("s0", Some((0, 0, 0))),
            ("", None),
            ("12", None),
            ("s", None),
            ("s-1", None),
            ("s+1", None),
            ("s1_", None),
            ("s1_2_3_4", None),
            ("t12", None),
            ("s99999999999999999999", None),
        ] {
            let read = Token::parse(text).ok();
            assert_eq!(read.map(|token| (token.pos.0, token.typing, token.to_device.0)), expected, "{text}");
            if let Some(token) = read {
                assert_eq!(token.to_string(), text);
            }
        }
    }
}
