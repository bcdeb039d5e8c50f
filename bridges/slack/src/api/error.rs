//! What can go wrong with a call, before it is known what the call was for. Bodies and addresses stay out: they may hold
//! what people said, and tokens.

use std::fmt;
use std::time::Duration;

use slack_morphism::errors::SlackClientError;

/// How long to wait when Slack does not say.
const USUAL_WAIT: Duration = Duration::from_secs(1);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// Too many calls (`429`): nothing was done.
    Limited { after: Duration },
    /// The request never left: nothing was done.
    Unreached(String),
    /// Nobody knows what was done.
    Unsure(String),
    /// Slack's own word (`ok: false`).
    Said {
        code: String,
        /// What is missing, for `missing_scope`; what is wrong, for `invalid_blocks`.
        detail: Option<String>,
    },
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limited { after } => write!(f, "Slack asks to wait {} s", after.as_secs()),
            Self::Unreached(why) => write!(f, "Slack cannot be reached: {why}"),
            Self::Unsure(why) => write!(f, "Slack's answer is missing: {why}"),
            Self::Said { code, detail: None } => write!(f, "Slack says {code}"),
            Self::Said { code, detail: Some(detail) } => write!(f, "Slack says {code} ({detail})"),
        }
    }
}

impl std::error::Error for ApiError {}

impl ApiError {
    pub(crate) fn said(code: impl Into<String>) -> Self {
        Self::Said { code: code.into(), detail: None }
    }

    /// Slack's word in an answer that did not come through the library.
    pub(super) fn read(code: &str, answer: &serde_json::Value) -> Self {
        Self::Said { detail: detail(code, answer), code: code.to_owned() }
    }

    /// Slack's word, if it said one.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Said { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether Slack said one of these.
    pub(crate) fn is_any(&self, codes: &[&str]) -> bool {
        self.code().is_some_and(|code| codes.contains(&code))
    }

    /// Whether asking again later may help.
    pub(crate) fn passes(&self) -> bool {
        match self {
            Self::Said { code, .. } => super::error::passing(code),
            _ => true,
        }
    }

    pub(super) fn from_client(error: SlackClientError) -> Self {
        match error {
            SlackClientError::RateLimitError(limit) => Self::Limited { after: limit.retry_after.unwrap_or(USUAL_WAIT) },
            SlackClientError::ApiError(error) => {
                let body = error.http_response_body.as_deref().unwrap_or_default();
                let body = serde_json::from_str(body).unwrap_or_default();
                Self::Said { detail: detail(&error.code, &body), code: error.code }
            }
            SlackClientError::HttpError(error) => Self::Unsure(format!("status {}", error.status_code.as_u16())),
            SlackClientError::ProtocolError(_) => Self::Unsure("it was not to be understood".to_owned()),
            SlackClientError::HttpProtocolError(error) => match error.cause {
                // What hyper calls a connection that never came about.
                Some(cause) if cause.to_string().contains("(Connect)") => Self::Unreached("no connection".to_owned()),
                _ => Self::Unsure("the connection broke off".to_owned()),
            },
            other => Self::Unsure(match other {
                SlackClientError::EndOfStream(_) => "the connection ended".to_owned(),
                _ => "the connection broke off".to_owned(),
            }),
        }
    }
}

/// Words that mean «not now».
pub(super) fn passing(code: &str) -> bool {
    matches!(
        code,
        "ratelimited"
            | "rate_limited"
            | "internal_error"
            | "fatal_error"
            | "request_timeout"
            | "service_unavailable"
            | "team_added_to_org"
            | "org_login_required"
    )
}

/// A `429` of a request that did not go through the library.
pub(super) fn limited(answer: &reqwest::Response) -> Option<ApiError> {
    if answer.status() != reqwest::StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let told = answer.headers().get("retry-after").and_then(|after| after.to_str().ok()?.parse().ok());
    Some(ApiError::Limited { after: told.map_or(USUAL_WAIT, Duration::from_secs) })
}

fn detail(code: &str, body: &serde_json::Value) -> Option<String> {
    match code {
        "missing_scope" => body["needed"].as_str().map(str::to_owned),
        _ => {
            let said = body["response_metadata"]["messages"].as_array()?;
            let said: Vec<&str> = said.iter().filter_map(serde_json::Value::as_str).take(3).collect();
            (!said.is_empty()).then(|| said.join("; "))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_missing_scope_is_named() {
        assert_eq!(detail("missing_scope", &json!({ "needed": "pins:write" })).as_deref(), Some("pins:write"));
        let body = json!({"response_metadata":{"messages":["[ERROR] a","[ERROR] b"]}});
        assert_eq!(detail("invalid_blocks", &body).as_deref(), Some("[ERROR] a; [ERROR] b"));
        assert_eq!(detail("x", &json!(null)), None);
    }
}
