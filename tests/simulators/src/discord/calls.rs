//! The record of every REST request.

use serde_json::Value;

/// One request and what became of it.
#[derive(Clone, Debug)]
pub struct Call {
    /// Unix milliseconds of the simulated clock.
    pub time: u64,
    /// Method and route: `POST /channels/{channel}/messages`.
    pub route: &'static str,
    /// Method and path as asked, secrets and all.
    pub path: String,
    /// The JSON body, or `payload_json`; null without.
    pub body: Value,
    /// What is to stand in the audit log, still percent-encoded.
    pub reason: Option<String>,
    /// The names of uploaded files.
    pub files: Vec<String>,
    /// The status answered; 0 when the connection was cut instead.
    pub status: u16,
    /// Whether the answer never came.
    pub cut: bool,
}
