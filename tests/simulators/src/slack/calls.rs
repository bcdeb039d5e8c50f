//! The record of every request.

use serde_json::Value;

/// One request and what became of it.
#[derive(Clone, Debug)]
pub struct Call {
    /// Unix microseconds of the simulated clock.
    pub time: u64,
    /// `chat.postMessage`; `upload`, `file` and `response_url` are the addresses that are no methods.
    pub method: String,
    /// Query, form and JSON as one object, without the token.
    pub args: Value,
    /// The status answered; 0 when the connection was cut instead.
    pub status: u16,
    /// The word of a refusal.
    pub error: Option<String>,
    /// Whether it was done, whatever was answered.
    pub done: bool,
}
