//! The one error a client sees: an `errcode`, a plain sentence, and a status.
//! Specified in the client-server API, «Standard error response».

use std::{borrow::Cow, fmt, time::Duration};

use serde_json::{Map, Value, json};

/// A refusal or failure, as it goes out to whoever asked.
#[derive(Clone, Debug)]
pub struct MatrixError(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    status: u16,
    errcode: &'static str,
    message: Cow<'static, str>,
    extra: Map<String, Value>,
    retry_after: Option<Duration>,
}

/// What most fallible parts of the server return.
pub type Result<T, E = MatrixError> = std::result::Result<T, E>;

impl MatrixError {
    /// Any error; the constructors below name the usual ones.
    pub fn new(status: u16, errcode: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts { status, errcode, message: message.into(), extra: Map::new(), retry_after: None }))
    }

    /// Adds a field beside `errcode` and `error`.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.extra.insert(key.to_owned(), value.into());
        self
    }

    /// User-interactive authentication is needed: 401 with this body (`session`, `flows`, `params`, `completed`).
    /// When the last stage failed, build the error with [`MatrixError::forbidden`] and [`MatrixError::into_uiaa`] instead.
    pub fn uiaa(body: Map<String, Value>) -> Self {
        let mut error = Self::new(401, "", "");
        error.0.extra = body;
        error
    }

    /// The same error, told as a failed stage of user-interactive authentication.
    pub fn into_uiaa(mut self, body: Map<String, Value>) -> Self {
        self.0.status = 401;
        self.0.extra.extend(body);
        self
    }

    /// HTTP status code.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// `M_…`; empty for the first answer of user-interactive authentication.
    pub fn errcode(&self) -> &'static str {
        self.0.errcode
    }

    /// The sentence for a person.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// When to try again, for the `Retry-After` header.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The JSON body.
    pub fn body(&self) -> Value {
        let mut body = self.0.extra.clone();
        if !self.0.errcode.is_empty() {
            body.insert("errcode".to_owned(), json!(self.0.errcode));
            body.insert("error".to_owned(), json!(self.0.message));
        }
        Value::Object(body)
    }
}

/// Refusals by name.
impl MatrixError {
    /// 403 `M_FORBIDDEN`.
    pub fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(403, "M_FORBIDDEN", message)
    }

    /// 403 `M_GUEST_ACCESS_FORBIDDEN`.
    pub fn guest_forbidden() -> Self {
        Self::new(403, "M_GUEST_ACCESS_FORBIDDEN", "Guests may not do this.")
    }

    /// 404 `M_NOT_FOUND`.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(404, "M_NOT_FOUND", message)
    }

    /// 400 `M_NOT_JSON`: the body is not JSON at all.
    pub fn not_json(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "M_NOT_JSON", message)
    }

    /// 400 `M_BAD_JSON`: JSON of the wrong shape.
    pub fn bad_json(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "M_BAD_JSON", message)
    }

    /// 400 `M_MISSING_PARAM`.
    pub fn missing_param(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "M_MISSING_PARAM", message)
    }

    /// 400 `M_INVALID_PARAM`.
    pub fn invalid_param(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "M_INVALID_PARAM", message)
    }

    /// 401 `M_MISSING_TOKEN`.
    pub fn missing_token() -> Self {
        Self::new(401, "M_MISSING_TOKEN", "This needs an access token.")
    }

    /// 401 `M_UNKNOWN_TOKEN`: signed out for good.
    pub fn unknown_token() -> Self {
        Self::new(401, "M_UNKNOWN_TOKEN", "This access token is not known.").with("soft_logout", false)
    }

    /// 401 `M_UNKNOWN_TOKEN` with `soft_logout`: the token ran out, the device is still there.
    pub fn expired_token() -> Self {
        Self::new(401, "M_UNKNOWN_TOKEN", "This access token has expired.").with("soft_logout", true)
    }

    /// 429 `M_LIMIT_EXCEEDED`, with `Retry-After` and `retry_after_ms`.
    pub fn limit_exceeded(after: Duration) -> Self {
        let millis = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        let mut error =
            Self::new(429, "M_LIMIT_EXCEEDED", "Too many requests, please wait.").with("retry_after_ms", millis);
        error.0.retry_after = Some(after);
        error
    }

    /// 413 `M_TOO_LARGE`.
    pub fn too_large(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(413, "M_TOO_LARGE", message)
    }

    /// 404 `M_UNRECOGNIZED`: nothing is served here.
    pub fn unrecognized() -> Self {
        Self::new(404, "M_UNRECOGNIZED", "This server does not know this request.")
    }

    /// 405 `M_UNRECOGNIZED`: something is served here, with another method.
    pub fn method_not_allowed() -> Self {
        Self::new(405, "M_UNRECOGNIZED", "This request is not made with this method.")
    }

    /// 400 `M_EXCLUSIVE`: the name belongs to an application service (or is not the asking one's).
    pub fn exclusive(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "M_EXCLUSIVE", message)
    }

    /// 400 `M_USER_IN_USE`.
    pub fn user_in_use() -> Self {
        Self::new(400, "M_USER_IN_USE", "This user name is taken.")
    }

    /// 400 `M_INVALID_USERNAME`.
    pub fn invalid_username(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "M_INVALID_USERNAME", message)
    }

    /// 400 `M_UNKNOWN_DEVICE`: an application service speaks as a device its user does not have.
    pub fn unknown_device() -> Self {
        Self::new(400, "M_UNKNOWN_DEVICE", "This user has no such device.")
    }

    /// 400 `M_ROOM_IN_USE`: the alias is taken.
    pub fn room_in_use() -> Self {
        Self::new(400, "M_ROOM_IN_USE", "This alias is taken.")
    }

    /// 400 `M_BAD_STATE`: the change does not fit the present state.
    pub fn bad_state(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "M_BAD_STATE", message)
    }

    /// 400 `M_BAD_ALIAS`.
    pub fn bad_alias(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "M_BAD_ALIAS", message)
    }

    /// 400 `M_DUPLICATE_ANNOTATION`: the same reaction by the same person is there already.
    #[must_use]
    pub fn duplicate_annotation() -> Self {
        Self::new(400, "M_DUPLICATE_ANNOTATION", "You have reacted to this message so already.")
    }

    /// 400 `M_INVALID_ROOM_STATE`: the initial state of a new room contradicts itself.
    pub fn invalid_room_state(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "M_INVALID_ROOM_STATE", message)
    }

    /// 400 `M_UNSUPPORTED_ROOM_VERSION`.
    pub fn unsupported_room_version() -> Self {
        Self::new(400, "M_UNSUPPORTED_ROOM_VERSION", "This server does not make rooms of this version.")
    }

    /// 400 `M_INCOMPATIBLE_ROOM_VERSION`: a join to a room of a version not served here.
    pub fn incompatible_room_version(version: &str) -> Self {
        Self::new(400, "M_INCOMPATIBLE_ROOM_VERSION", "This server does not take part in rooms of this version.")
            .with("room_version", version)
    }

    /// 400 `M_UNKNOWN`.
    pub fn unknown(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "M_UNKNOWN", message)
    }

    /// 500 `M_UNKNOWN`: our fault. The cause is logged here, once, and never shown.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed inside");
        Self::new(500, "M_UNKNOWN", "Something went wrong inside the server.")
    }
}

impl fmt::Display for MatrixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.0.status, self.0.errcode, self.0.message)
    }
}

impl std::error::Error for MatrixError {}

impl From<ruma::IdParseError> for MatrixError {
    fn from(error: ruma::IdParseError) -> Self {
        Self::invalid_param(format!("An identifier is not valid: {error}."))
    }
}

impl From<anyhow::Error> for MatrixError {
    fn from(error: anyhow::Error) -> Self {
        Self::internal(format_args!("{error:#}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_code_and_sentence() {
        let body = MatrixError::forbidden("No.").with("room_id", "!a").body();
        assert_eq!(body, json!({"errcode": "M_FORBIDDEN", "error": "No.", "room_id": "!a"}));
    }

    #[test]
    fn a_limit_says_when_to_come_back() {
        let error = MatrixError::limit_exceeded(Duration::from_millis(1500));
        assert_eq!(error.body()["retry_after_ms"], 1500);
        assert_eq!(error.retry_after(), Some(Duration::from_millis(1500)));
    }

    #[test]
    fn the_first_answer_of_interactive_authentication_carries_no_code() {
        let body = Map::from_iter([("session".to_owned(), json!("s"))]);
        assert_eq!(MatrixError::uiaa(body.clone()).body(), json!({"session": "s"}));
        let failed = MatrixError::forbidden("Wrong password.").into_uiaa(body);
        assert_eq!((failed.status(), failed.errcode()), (401, "M_FORBIDDEN"));
        assert_eq!(failed.body()["session"], "s");
    }
}
