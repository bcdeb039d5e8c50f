//! Parameters: from the query, a form, JSON, or `multipart/form-data` with files.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use serde_json::{Map, Value};

use crate::telegram::error::{Refusal, bad};

/// Parameters and files of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    pub(crate) params: Map<String, Value>,
    pub(crate) files: Vec<Upload>,
}

/// An uploaded file.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// The field it came in.
    pub(crate) field: String,
    pub(crate) name: String,
    pub(crate) mime: Option<String>,
    pub(crate) bytes: Bytes,
}

impl Form {
    /// Reads them all; what the body says goes over what the query says.
    pub(crate) async fn read(query: &str, content_type: Option<&str>, body: Bytes) -> Result<Self, Refusal> {
        let mut form = Self::default();
        form.pairs(query.as_bytes());
        let kind = content_type.unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("multipart/form-data") {
            form.multipart(content_type.unwrap_or_default(), body).await?;
        } else if kind.starts_with("application/json") {
            if !body.is_empty() {
                let json = serde_json::from_slice(&body).map_err(|_| bad("can't parse JSON object"))?;
                let Value::Object(fields) = json else { return Err(bad("can't parse JSON object")) };
                form.params.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
            }
        } else {
            form.pairs(&body);
        }
        Ok(form)
    }

    fn pairs(&mut self, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        for (name, value) in text.split('&').filter_map(|pair| pair.split_once('=')) {
            self.params.insert(decoded(name), Value::String(decoded(value)));
        }
    }

    async fn multipart(&mut self, content_type: &str, body: Bytes) -> Result<(), Refusal> {
        let broken = |_| bad("can't parse multipart/form-data");
        let boundary = multer::parse_boundary(content_type).map_err(broken)?;
        let mut parts = multer::Multipart::new(stream::iter([Ok::<_, Infallible>(body)]), boundary);
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let field = part.name().unwrap_or_default().to_owned();
            let name = part.file_name().map(str::to_owned);
            let mime = part.content_type().map(ToString::to_string);
            let bytes = part.bytes().await.map_err(broken)?;
            match name {
                Some(name) => self.files.push(Upload { field, name, mime, bytes }),
                None => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    self.params.insert(field, Value::String(text));
                }
            }
        }
        Ok(())
    }
}

/// Undoes the encoding of forms; what is not UTF-8 is replaced.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let hex = |at: usize| u8::from_str_radix(std::str::from_utf8(bytes.get(at..at + 2)?).ok()?, 16).ok();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match hex(at + 1).filter(|_| *byte == b'%') {
            Some(value) => {
                plain.push(value);
                at += 3;
            }
            None => {
                plain.push(if *byte == b'+' { b' ' } else { *byte });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn parameters_come_from_everywhere() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n7\r\n\
                    --b\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\n\r\nPNG\r\n--b--\r\n";
        let multipart = Form::read("x=%C3%A4+b", Some("multipart/form-data; boundary=b"), body.into()).await.unwrap();
        assert_eq!((&multipart.params["chat_id"], &multipart.params["x"]), (&"7".into(), &"ä b".into()));
        assert_eq!((multipart.files[0].field.as_str(), &multipart.files[0].bytes[..]), ("photo", b"PNG".as_slice()));
        let json = Form::read("", Some("application/json"), "{\"a\":1,\"b\":null}".into()).await.unwrap();
        assert_eq!((json.params["a"].as_i64(), json.params.contains_key("b")), (Some(1), false));
    }
}
