//! Refusals in Telegram's own words. <https://core.telegram.org/bots/api#making-requests>

use serde_json::{Value, json};

/// A refusal: `{"ok": false, …}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// HTTP status and `error_code`.
    pub status: u16,
    /// `Bad Request: chat not found`.
    pub description: String,
    /// `migrate_to_chat_id`, `retry_after`; null without.
    pub parameters: Value,
}

impl Refusal {
    pub(crate) fn new(status: u16, description: impl Into<String>) -> Self {
        Self { status, description: description.into(), parameters: Value::Null }
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = json!({ "ok": false, "error_code": self.status, "description": self.description });
        if !self.parameters.is_null() {
            body["parameters"] = self.parameters.clone();
        }
        body
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.description)
    }
}

impl std::error::Error for Refusal {}

/// 400, with its prefix.
pub(crate) fn bad(why: &str) -> Refusal {
    Refusal::new(400, format!("Bad Request: {why}"))
}

/// 403, with its prefix.
pub(crate) fn forbidden(why: &str) -> Refusal {
    Refusal::new(403, format!("Forbidden: {why}"))
}

/// 409, with its prefix.
pub(crate) fn conflict(why: &str) -> Refusal {
    Refusal::new(409, format!("Conflict: {why}"))
}

/// 429: whole seconds, as Telegram counts them.
pub(crate) fn too_many(seconds: u64) -> Refusal {
    let parameters = json!({ "retry_after": seconds });
    Refusal { parameters, ..Refusal::new(429, format!("Too Many Requests: retry after {seconds}")) }
}

/// The group is a supergroup now, elsewhere.
pub(crate) fn migrated(to: i64) -> Refusal {
    let parameters = json!({ "migrate_to_chat_id": to });
    Refusal { parameters, ..bad("group chat was upgraded to a supergroup chat") }
}

pub(crate) fn chat_not_found() -> Refusal {
    bad("chat not found")
}

pub(crate) fn unauthorized() -> Refusal {
    Refusal::new(401, "Unauthorized")
}

/// 502 as Telegram's own front says it.
pub(crate) fn bad_gateway() -> Refusal {
    Refusal::new(502, "Bad Gateway")
}

/// 500, said when a Bot API server restarts.
pub(crate) fn restart() -> Refusal {
    Refusal::new(500, "Internal Server Error: restart")
}
