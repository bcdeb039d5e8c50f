//! What a homeserver said no with.

/// A lasting refusal by the homeserver. (What may pass is waited out and never seen.)
#[derive(Clone, Debug, thiserror::Error)]
#[error("{errcode}: {message} (HTTP {status})")]
pub struct MatrixError {
    /// HTTP status.
    pub status: u16,
    /// `M_FORBIDDEN`, …
    pub errcode: String,
    /// The homeserver's sentence.
    pub message: String,
}

impl MatrixError {
    pub(crate) fn from_body(status: u16, body: &[u8]) -> Self {
        let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |key: &str| value.get(key).and_then(|v| v.as_str()).map(str::to_owned);
        Self {
            status,
            errcode: text("errcode").unwrap_or_else(|| "M_UNKNOWN".to_owned()),
            message: text("error").unwrap_or_else(|| "no reason given".to_owned()),
        }
    }

    pub(crate) fn local(message: impl Into<String>) -> Self {
        Self { status: 0, errcode: "M_UNKNOWN".to_owned(), message: message.into() }
    }

    /// Whether it is this error.
    #[must_use]
    pub fn is(&self, errcode: &str) -> bool {
        self.errcode == errcode
    }

    /// Whether the thing is simply not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.status == 404
    }
}
