//! What a sender of ntfy gave: in headers, in the query, or as JSON, under every name that ntfy knows.

use appservice_sdk::prelude::*;
use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::STANDARD_NO_PAD};
use serde_json::{Map, Value};

use super::{
    super::{objects, text},
    MAX_TEXT,
};
use crate::{
    body::{self, Body},
    post::Titled,
};

/// Each name with its other spellings, as headers and in the query.
const NAMES: [(&str, &[&str]); 14] = [
    ("title", &["x-title", "title", "t"]),
    ("message", &["x-message", "message", "m"]),
    ("priority", &["x-priority", "priority", "prio", "p"]),
    ("tags", &["x-tags", "tags", "tag", "ta"]),
    ("click", &["x-click", "click"]),
    ("icon", &["x-icon", "icon"]),
    ("attach", &["x-attach", "attach", "a"]),
    ("filename", &["x-filename", "filename", "file", "f"]),
    ("markdown", &["x-markdown", "markdown", "md"]),
    ("delay", &["x-delay", "delay", "x-at", "at", "x-in", "in"]),
    ("actions", &["x-actions", "actions", "action"]),
    ("email", &["x-email", "x-e-mail", "email", "e-mail", "mail", "e"]),
    ("call", &["x-call", "call"]),
    ("sequence_id", &["x-sequence-id", "sequence-id", "sequence_id", "sid"]),
];

/// What was given.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The topic.
    pub topic: String,
    /// Values by ntfy's own names.
    pub values: Map<String, Value>,
    /// The body, when it is the text.
    pub body: String,
    /// The body, when it is a file.
    pub file: Option<Bytes>,
    /// Its type.
    pub mime: Option<String>,
    /// Whether the body calls itself Markdown.
    pub is_markdown: bool,
}

impl Given {
    /// Reads a request to a topic, or one without whose JSON names it.
    #[must_use]
    pub fn of(request: &HttpRequest, body: &Body, topic: &str) -> Self {
        if topic.is_empty() {
            let values = body.json.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
            return Self { topic: text(&values, "topic").unwrap_or_default(), values, ..Self::default() };
        }
        let mut given = Self { topic: topic.to_owned(), ..Self::default() };
        let query = body::form(&request.query);
        for (name, spellings) in NAMES {
            let header = spellings.iter().find_map(|spelling| request.header(spelling)).map(decoded);
            let asked =
                || query.iter().find(|(known, _)| spellings.contains(&known.as_str())).map(|(_, value)| value.clone());
            if let Some(value) = header.or_else(asked).filter(|value| !value.is_empty()) {
                given.values.insert(name.to_owned(), Value::String(value));
            }
        }
        let kind = request.header("content-type").unwrap_or_default();
        given.is_markdown = kind.starts_with("text/markdown");
        given.take_body(request, body, kind);
        given
    }

    /// A body is a file when it is named, long or no text.
    fn take_body(&mut self, request: &HttpRequest, body: &Body, kind: &str) {
        if request.method == "GET" || request.body.is_empty() {
            return;
        }
        match &body.text {
            Some(text) if !self.values.contains_key("filename") && text.len() <= MAX_TEXT => self.body = text.clone(),
            _ => {
                self.file = Some(request.body.clone());
                let useful = !kind.is_empty() && !kind.starts_with("application/x-www-form-urlencoded");
                self.mime = useful.then(|| kind.to_owned());
            }
        }
    }

    /// A value by ntfy's own name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        text(&self.values, name)
    }

    /// The text: of the parameter, in which `\n` is a line break, else the body.
    #[must_use]
    pub fn message(&self) -> String {
        match self.get("message") {
            Some(message) => message.replace("\\n", "\n").trim().to_owned(),
            None => self.body.trim().to_owned(),
        }
    }

    /// The tags.
    #[must_use]
    pub fn tags(&self) -> Vec<String> {
        match self.values.get("tags") {
            Some(Value::Array(tags)) => tags.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(tags)) => {
                tags.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Actions that lead somewhere: as JSON, or `view, Label, https://…; …`.
    #[must_use]
    pub fn actions(&self) -> Vec<Titled> {
        let written = self.get("actions").unwrap_or_default();
        let mut holder = Map::new();
        let json = self.values.get("actions").filter(|value| value.is_array()).cloned();
        if let Some(list) = json.or_else(|| serde_json::from_str(&written).ok()) {
            holder.insert("actions".to_owned(), list);
            let view = |action: &Map<String, Value>| text(action, "action").is_none_or(|action| action == "view");
            return objects(&holder, "actions")
                .filter(|action| view(action))
                .filter_map(|action| {
                    Some(Titled::link(text(action, "label").unwrap_or_default(), text(action, "url")?))
                })
                .collect();
        }
        written.split(';').filter_map(short_action).collect()
    }
}

fn short_action(action: &str) -> Option<Titled> {
    let mut positional = Vec::new();
    let mut named = Map::new();
    for piece in action.split(',').map(|piece| piece.trim().trim_matches(['"', '\''])) {
        match piece.split_once('=') {
            Some((key, value)) if matches!(key.trim(), "action" | "label" | "url" | "clear") => {
                named.insert(key.trim().to_owned(), Value::String(value.trim_matches(['"', '\'']).to_owned()));
            }
            _ => positional.push(piece),
        }
    }
    let pick =
        |name: &str, at: usize| text(&named, name).or_else(|| positional.get(at).map(|piece| (*piece).to_owned()));
    (pick("action", 0)? == "view").then(|| Some(Titled::link(pick("label", 1)?, pick("url", 2)?)))?
}

/// `Authorization: Basic …`
#[must_use]
pub fn basic(request: &HttpRequest) -> Option<(String, String)> {
    let from_query = || request.param("auth").and_then(|auth| STANDARD_NO_PAD.decode(auth.trim_end_matches('=')).ok());
    let header = request.header("authorization").map(str::to_owned);
    let header = header.or_else(|| from_query().and_then(|auth| String::from_utf8(auth).ok()))?;
    let (scheme, coded) = header.split_once(' ')?;
    let plain = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(coded.trim()).ok())??;
    let plain = String::from_utf8(plain).ok()?;
    plain.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

/// A header's value, of which RFC 2047's `=?UTF-8?B?…?=` and `=?UTF-8?Q?…?=` are decoded.
#[must_use]
pub fn decoded(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(start) = rest.find("=?") {
        out.push_str(&rest[..start]);
        let Some((text, length)) = word(&rest[start..]) else {
            out.push_str("=?");
            rest = &rest[start + 2..];
            continue;
        };
        out.push_str(&text);
        rest = &rest[start + length..];
        // White space between two words is none.
        if rest.trim_start().starts_with("=?") {
            rest = rest.trim_start();
        }
    }
    out.push_str(rest);
    out
}

fn word(text: &str) -> Option<(String, usize)> {
    let mut pieces = text[2..].splitn(3, '?');
    let (charset, coding, rest) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let end = rest.find("?=")?;
    let coded = &rest[..end];
    let bytes = match coding {
        "B" | "b" => STANDARD.decode(coded).ok()?,
        "Q" | "q" => body::percent(&coded.replace('_', " ").replace('=', "%")).into_bytes(),
        _ => return None,
    };
    Some((String::from_utf8_lossy(&bytes).into_owned(), 2 + charset.len() + 1 + coding.len() + 1 + end + 2))
}
