//! Requests a network answers itself (webhooks, public pictures), in plain types: no web framework is named here.

use bytes::Bytes;

/// A request on the bridge's listener.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// The whole path, still percent-encoded: `/hooks/ab%20c`.
    pub path: String,
    /// The query without `?`, still encoded; empty if none.
    pub query: String,
    /// Names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The body, bounded by the configuration.
    pub body: Bytes,
    /// The peer's address, as far as the socket tells.
    pub peer: Option<String>,
    /// Whether the caller carried the `hs_token`. Always true below `/_bridge/`.
    pub trusted: bool,
}

impl HttpRequest {
    /// First header of this name (given in lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// First query parameter of this name, decoded.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// 100-599.
    pub status: u16,
    /// In order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl HttpResponse {
    /// An empty answer.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// An answer with a body of this type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self { status, headers: vec![("content-type".into(), content_type.into())], body: body.into() }
    }

    /// Plain text.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", text.into())
    }

    /// JSON.
    #[must_use]
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::new(status, "application/json", value.to_string())
    }

    /// 404, in the form Matrix uses.
    #[must_use]
    pub fn not_found() -> Self {
        Self::json(404, &serde_json::json!({ "errcode": "M_NOT_FOUND", "error": "There is nothing here." }))
    }
}
