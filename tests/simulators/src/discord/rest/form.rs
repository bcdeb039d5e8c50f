//! Bodies: JSON, or `multipart/form-data` with `payload_json` and `files[n]`.
//! <https://discord.com/developers/docs/reference#uploading-files>

use bytes::Bytes;
use serde_json::Value;

use crate::discord::error::{self, Refusal};

/// A body taken apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    /// The JSON; null when there was none.
    pub(crate) json: Value,
    pub(crate) files: Vec<Upload>,
}

/// An uploaded file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Upload {
    /// The `n` of `files[n]`.
    pub(crate) n: u64,
    pub(crate) filename: String,
    pub(crate) content_type: Option<String>,
    pub(crate) bytes: Bytes,
}

impl Form {
    pub(crate) fn parse(content_type: Option<&str>, body: &Bytes) -> Result<Self, Refusal> {
        if let Some(boundary) = content_type.and_then(boundary) {
            return multipart(&boundary, body);
        }
        if body.is_empty() {
            return Ok(Self::default());
        }
        let json = serde_json::from_slice(body).map_err(|_| error::not_json())?;
        Ok(Self { json, files: vec![] })
    }
}

fn boundary(content_type: &str) -> Option<String> {
    let (kind, params) = content_type.split_once(';')?;
    let given = params.split(';').find_map(|param| param.trim().strip_prefix("boundary="))?;
    (kind.trim() == "multipart/form-data").then(|| given.trim_matches('"').to_owned())
}

fn multipart(boundary: &str, body: &Bytes) -> Result<Form, Refusal> {
    let mut form = Form::default();
    let mut fields = serde_json::Map::new();
    for part in parts(boundary, body) {
        let head_end = find(&part, b"\r\n\r\n").ok_or_else(error::not_json)?;
        let head = String::from_utf8_lossy(&part[..head_end]).into_owned();
        let bytes = part.slice(head_end + 4..);
        let name = disposition(&head, "name").unwrap_or_default();
        let index = name.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']')).and_then(|n| n.parse().ok());
        match (name.as_str(), disposition(&head, "filename"), index) {
            ("payload_json", ..) => form.json = serde_json::from_slice(&bytes).map_err(|_| error::not_json())?,
            (_, Some(filename), n) => {
                let n = n.unwrap_or(form.files.len() as u64);
                form.files.push(Upload { n, filename, content_type: header(&head, "content-type"), bytes });
            }
            _ => {
                fields.insert(name, Value::String(String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
    if form.json.is_null() && !fields.is_empty() {
        form.json = Value::Object(fields);
    }
    Ok(form)
}

/// The parts between the boundaries, without the line breaks around them.
fn parts(boundary: &str, body: &Bytes) -> Vec<Bytes> {
    let delimiter = format!("--{boundary}");
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(next) = find(&body[at..], delimiter.as_bytes()) {
        starts.push(at + next);
        at += next + delimiter.len();
    }
    let between = starts.windows(2).map(|pair| (pair[0] + delimiter.len() + 2, pair[1].saturating_sub(2)));
    between.filter(|(from, to)| from <= to).map(|(from, to)| body.slice(from..to)).collect()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = 0;
    while let Some(next) = haystack.get(at..)?.iter().position(|byte| *byte == first) {
        at += next;
        if haystack[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn header(head: &str, wanted: &str) -> Option<String> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, v)| v.trim().to_owned())
}

/// A parameter of Content-Disposition, plain or as RFC 5987 writes it (`filename*=utf-8''…`).
fn disposition(head: &str, wanted: &str) -> Option<String> {
    let line = header(head, "content-disposition")?;
    let plain = format!("; {wanted}=\"");
    if let Some((_, rest)) = line.split_once(&plain) {
        let mut text = String::new();
        let mut chars = rest.chars();
        loop {
            match chars.next()? {
                '"' => return Some(text.replace("%22", "\"")),
                '\\' => text.push(chars.next()?),
                other => text.push(other),
            }
        }
    }
    let extended = format!("; {wanted}*=");
    let (_, rest) = line.split_once(&extended)?;
    let value = rest.split(';').next()?;
    Some(percent_decoded(value.rsplit_once('\'').map_or(value, |(_, text)| text)))
}

/// Undoes percent-encoding; what is not UTF-8 is replaced.
pub(crate) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let hex = |at: usize| text.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match hex(at + 1).filter(|_| *byte == b'%') {
            Some(value) => {
                decoded.push(value);
                at += 3;
            }
            None => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multipart_body_is_json_and_files() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"files[3]\"; filename*=utf-8''k%C3%A4se.txt\r\n\
                    Content-Type: text/plain\r\n\r\none\r\ntwo\r\n\
                    --b\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{\"content\":\"x\"}\r\n--b--\r\n";
        let form = Form::parse(Some("multipart/form-data; boundary=b"), &Bytes::from(body)).unwrap();
        assert_eq!(form.json["content"], "x");
        let file = &form.files[0];
        assert_eq!((file.n, file.filename.as_str(), &file.bytes[..]), (3, "käse.txt", b"one\r\ntwo".as_slice()));
        assert_eq!(file.content_type.as_deref(), Some("text/plain"));
    }

    #[test]
    fn a_body_that_is_not_json_is_refused() {
        assert_eq!(Form::parse(Some("application/json"), &Bytes::from("{")).unwrap_err().code, 50109);
        assert!(Form::parse(None, &Bytes::new()).unwrap().json.is_null());
    }
}
