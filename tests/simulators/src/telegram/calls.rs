//! The record of every request.

use serde_json::Value;

/// One request and what became of it.
#[derive(Clone, Debug)]
pub struct Call {
    /// Unix milliseconds of the simulated clock.
    pub time: u64,
    /// `sendMessage`, however the client spelled it; empty for a method that does not exist.
    pub method: &'static str,
    /// The parameters, from wherever they came; forms and queries carry texts only.
    pub params: Value,
    /// The names of uploaded files.
    pub files: Vec<String>,
    /// The status answered; 0 when the connection was cut instead.
    pub status: u16,
    /// Whether the answer never came.
    pub cut: bool,
    /// What was answered, or would have been.
    pub answer: Value,
}
