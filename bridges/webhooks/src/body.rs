//! The body of a request: JSON, a form, parts, or plain text, whatever it calls itself.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::{
    dialect::Refusal,
    post::{File, From},
};

/// The most parts that a multipart body may have.
const MAX_PARTS: usize = 100;

/// A body, read.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The JSON it is, or that its field `payload`, `payload_json` or `data` holds.
    pub json: Option<Value>,
    /// The fields of a form, in order.
    pub fields: Vec<(String, String)>,
    /// Files, each with the name of its part.
    pub files: Vec<(String, File)>,
    /// The body as text, when it is text.
    pub text: Option<String>,
}

impl Body {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] for parts that are broken.
    pub async fn read(request: &HttpRequest) -> Result<Self, Refusal> {
        let kind = request.header("content-type").unwrap_or_default();
        if kind.to_ascii_lowercase().starts_with("multipart/form-data") {
            return parts(kind, request.body.clone()).await;
        }
        let text = std::str::from_utf8(&request.body).ok().map(str::to_owned);
        let mut body = Self { text, ..Self::default() };
        let Some(text) = body.text.as_deref() else { return Ok(body) };
        if kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            let fields = form(text);
            body.json = within(&fields).or_else(|| json(text));
            // JSON that calls itself a form, as `curl -d` sends it, has no fields.
            body.fields = if body.json.is_some() && within(&fields).is_none() { Vec::new() } else { fields };
        } else {
            body.json = json(text);
        }
        Ok(body)
    }

    /// A field of the form.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The object it holds; the fields of a form count as one whose values are texts.
    #[must_use]
    pub fn object(&self) -> Option<Map<String, Value>> {
        match &self.json {
            Some(Value::Object(object)) => Some(object.clone()),
            Some(_) => None,
            None if self.fields.is_empty() => None,
            None => Some(self.fields.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect()),
        }
    }
}

/// `a=1&b=2`, decoded.
#[must_use]
pub fn form(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent(&text.replace('+', " "));
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// `%C3%A4` → `ä`; what is no escape stays.
#[must_use]
pub fn percent(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

async fn parts(kind: &str, bytes: Bytes) -> Result<Body, Refusal> {
    let boundary = multer::parse_boundary(kind).map_err(|_| Refusal::Unreadable)?;
    let whole = async move { Ok::<_, std::convert::Infallible>(bytes) };
    let mut parts = multer::Multipart::new(futures(whole), boundary);
    let mut body = Body::default();
    while let Some(part) = parts.next_field().await.map_err(|_| Refusal::Unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let mime = part.content_type().map(ToString::to_string);
        let bytes = part.bytes().await.map_err(|_| Refusal::Unreadable)?;
        match file {
            Some(file) => {
                let file = File { name: Some(base(&file)), mime, ..File::new(From::Bytes(bytes)) };
                body.files.push((name, file));
            }
            None => body.fields.push((name, String::from_utf8_lossy(&bytes).into_owned())),
        }
        if body.files.len() + body.fields.len() > MAX_PARTS {
            return Err(Refusal::TooLarge);
        }
    }
    body.json = within(&body.fields);
    Ok(body)
}

/// One piece as a stream.
fn futures<T>(one: impl Future<Output = T> + Send) -> impl futures_util::Stream<Item = T> + Send {
    futures_util::stream::once(one)
}

/// A file name without folders.
fn base(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned()
}

fn within(fields: &[(String, String)]) -> Option<Value> {
    let named = |name: &str| fields.iter().find(|(known, _)| known == name);
    let (_, text) = ["payload", "payload_json", "data"].into_iter().find_map(named)?;
    json(text).filter(Value::is_object)
}

/// JSON, if need be after its line breaks and tabs inside texts were escaped, which scripts forget.
#[must_use]
pub fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(&repaired(text)).ok())
}

fn repaired(text: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\n' if inside => out.push_str("\\n"),
            '\r' if inside => out.push_str("\\r"),
            '\t' if inside => out.push_str("\\t"),
            _ => out.push(letter),
        }
        inside ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    async fn read(kind: &str, body: &str) -> Result<Body, Refusal> {
        let request = HttpRequest {
            method: "POST".into(),
            path: "/".into(),
            query: String::new(),
            headers: vec![("content-type".into(), kind.into())],
            body: body.to_owned().into(),
            peer: None,
            trusted: false,
        };
        Body::read(&request).await
    }

    #[tokio::test]
    async fn json_is_found_wherever_senders_put_it() {
        for (kind, sent) in [
            ("application/json", r#"{"a": "b\tc"}"#),
            ("", "{\"a\": \"b\tc\"}"),
            ("text/plain", "{\"a\": \"b\tc\"}"),
            ("application/x-www-form-urlencoded", r#"{"a": "b\tc"}"#),
            ("application/x-www-form-urlencoded", "payload=%7B%22a%22%3A+%22b%5Ctc%22%7D"),
            (
                "multipart/form-data; boundary=X",
                "--X\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{\"a\": \"b\\tc\"}\r\n--X--\r\n",
            ),
        ] {
            assert_eq!(read(kind, sent).await.unwrap().json, Some(json!({ "a": "b\tc" })), "{sent}");
        }
    }

    #[tokio::test]
    async fn files_come_under_any_part_name() {
        let sent = "--X\r\nContent-Disposition: form-data; name=\"_odd\"; filename=\"../a.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n\
                    --X\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\nhi\r\n--X--\r\n";
        let body = read("multipart/form-data; boundary=X", sent).await.unwrap();
        assert_eq!(body.field("content"), Some("hi"));
        assert_eq!(body.files.len(), 1);
        assert_eq!(body.files[0].1.name.as_deref(), Some("a.txt"));
        assert_eq!(body.files[0].1.from, From::Bytes(Bytes::from_static(b"hello")));
    }

    #[tokio::test]
    async fn broken_parts_are_refused() {
        for kind in ["multipart/form-data", "multipart/form-data; boundary=Y"] {
            assert_eq!(read(kind, "--X\r\nnonsense").await.unwrap_err(), Refusal::Unreadable, "{kind}");
        }
    }

    #[test]
    fn forms_are_decoded() {
        assert_eq!(
            form("a+b=%C3%A4&c&%zz=%"),
            [("a b".into(), "ä".into()), ("c".into(), String::new()), ("%zz".into(), "%".into())]
        );
    }
}
