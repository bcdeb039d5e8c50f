//! Refusals: `{"ok": false, "error": "…"}` with status 200, as Slack says no.

use serde_json::{Map, Value, json};

/// What Slack answers instead of doing it.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The machine's word: `channel_not_found`.
    pub error: String,
    /// What else the answer says.
    pub extra: Map<String, Value>,
}

/// A refusal with nothing but its word.
pub(crate) fn no(error: &str) -> Refusal {
    Refusal { error: error.to_owned(), extra: Map::new() }
}

impl Refusal {
    /// With another field.
    #[must_use]
    pub(crate) fn and(mut self, name: &str, value: Value) -> Self {
        self.extra.insert(name.to_owned(), value);
        self
    }

    /// With lines for a person: `[ERROR] missing required field: channel`.
    #[must_use]
    pub(crate) fn because(self, lines: &[String]) -> Self {
        self.and("response_metadata", json!({ "messages": lines }))
    }

    /// The body.
    pub(crate) fn body(&self) -> Value {
        let mut body = self.extra.clone();
        body.insert("ok".to_owned(), Value::Bool(false));
        body.insert("error".to_owned(), Value::String(self.error.clone()));
        Value::Object(body)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the simulated Slack refused: {}", self.error)
    }
}

impl std::error::Error for Refusal {}
