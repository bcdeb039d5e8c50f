//! A shared secret: random, compared in constant time, never printed.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A secret that two sides share, such as an `as_token`.
///
/// There is no `PartialEq` on purpose: the only way to compare is [`Token::matches`].
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A new secret of 32 random bytes, written as 43 characters of unpadded base64url.
    pub fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
    }

    /// Takes over a secret that was made elsewhere.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// Whether `offered` is this secret. The time taken tells nothing but the length.
    pub fn matches(&self, offered: &str) -> bool {
        self.0.as_bytes().ct_eq(offered.as_bytes()).into()
    }

    /// The secret itself, for the `Authorization` header and the file. Never log it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The SHA-256 of the secret: what may be kept in a database or used as a key of a map.
    pub fn hash(&self) -> [u8; 32] {
        hash(&self.0)
    }
}

/// The SHA-256 of a secret as somebody offered it.
pub fn hash(offered: &str) -> [u8; 32] {
    Sha256::digest(offered.as_bytes()).into()
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("«…»")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_tokens_are_long_and_differ() {
        let (one, other) = (Token::random(), Token::random());
        assert_eq!(one.reveal().len(), 43);
        assert!(!one.matches(other.reveal()));
    }

    #[test]
    fn a_token_matches_itself_only() {
        let token = Token::new("wfghWEGh3wgWHEf3478sHFWE");
        for (offered, same) in [
            ("wfghWEGh3wgWHEf3478sHFWE", true),
            ("wfghWEGh3wgWHEf3478sHFWF", false),
            ("wfghWEGh3wgWHEf3478sHFW", false),
            ("", false),
        ] {
            assert_eq!(token.matches(offered), same, "{offered}");
        }
    }

    #[test]
    fn a_token_never_prints_itself() {
        assert_eq!(format!("{:?}", Token::new("secret")), "«…»");
    }
}
