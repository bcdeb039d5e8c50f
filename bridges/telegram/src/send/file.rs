//! Files to Telegram, streamed: never a whole film in memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use appservice_sdk::prelude::*;
use futures_util::StreamExt as _;
use reqwest::Body as Bytes;
use reqwest::multipart::{Form, Part as FormPart};
use serde_json::{Value, json};

use super::plan::{Body, Shown};
use super::refusal::{Doing, sort};
use super::{Target, captioned, merge};
use crate::convert::Written;
use crate::features::{LOCAL, UPLOAD};
use crate::rest::{Reason, RestError};
use crate::shared::Shared;
use crate::wire::Message;

/// Why one call did not bring a message.
pub(crate) enum Failed {
    Rest(RestError),
    Send(SendError),
}

impl From<SendError> for Failed {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

impl From<RestError> for Failed {
    fn from(error: RestError) -> Self {
        Self::Rest(error)
    }
}

impl Shared {
    /// Sends a file with its words. What Telegram cannot make a picture of is sent as a document.
    pub(super) async fn upload(
        &self,
        target: &Target,
        shown: Shown,
        file: &MediaRef,
        caption: &Written,
    ) -> Result<Message, Failed> {
        match self.upload_as(target, shown, file, caption).await {
            Err(Failed::Rest(error)) if shown != Shown::Document && error.is(Reason::BadFile) => {
                self.upload_as(target, Shown::Document, file, caption).await
            }
            other => other,
        }
    }

    async fn upload_as(
        &self,
        target: &Target,
        shown: Shown,
        file: &MediaRef,
        caption: &Written,
    ) -> Result<Message, Failed> {
        // Waiting first: once the file is under way, a limit would have it read twice.
        self.rest.settle(target.chat)?;
        let (method, field) = shown.method();
        let mut fields = target.fields();
        if !caption.text.is_empty() {
            merge(&mut fields, captioned(caption));
        }
        merge(&mut fields, described(shown, file));
        let (part, trouble) = self.part(file).await?;
        let form = form(&fields).part(field, part);
        let sent = self.rest.form(target.chat, method, form).await;
        // A file that broke off never arrived whole, so nothing was sent.
        match (sent, trouble.take()) {
            (Err(_), Some(error)) => Err(SendError::from(error).into()),
            (sent, _) => Ok(sent?),
        }
    }

    /// Puts another file in the place of a message's.
    pub(super) async fn replace(&self, chat: i64, id: i32, body: &Body) -> Result<(), SendError> {
        let Body::File { shown, file, caption } = body else { return Ok(()) };
        let kind = match shown {
            Shown::Voice | Shown::Sticker => {
                return Err(SendError::unsupported("putting this file in place of another"));
            }
            other => other.method().1,
        };
        let mut media = json!({ "type": kind, "media": "attach://file" });
        merge(&mut media, captioned(caption));
        merge(&mut media, described(*shown, file));
        let fields = json!({ "chat_id": chat, "message_id": id, "media": media });
        let (part, _) = self.part(file).await?;
        let sent: Result<Value, RestError> =
            self.rest.form(chat, "editMessageMedia", form(&fields).part("file", part)).await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) if error.is(Reason::NotModified) => Ok(()),
            Err(error) => Err(sort(error, Doing::Editing)),
        }
    }

    /// A picture for a chat.
    pub(super) async fn picture(&self, chat: i64, file: &MediaRef) -> Result<(), SendError> {
        let (part, _) = self.part(file).await?;
        let form = form(&json!({ "chat_id": chat })).part("photo", part);
        match self.rest.form::<Value>(chat, "setChatPhoto", form).await {
            Ok(_) => Ok(()),
            Err(error) if error.is(Reason::NotModified) => Ok(()),
            Err(error) => Err(sort(error, Doing::Changing)),
        }
    }

    async fn part(&self, file: &MediaRef) -> Result<(FormPart, Trouble), SendError> {
        let max = if self.config.is_public_api() { UPLOAD } else { LOCAL };
        if file.size.is_some_and(|size| size > max) {
            return Err(SendError::Refused(Refusal::TooLarge { max }));
        }
        let stream = self.remote.download(file).await?;
        let name = file_name(file, stream.mime.as_deref());
        let (part, trouble) = part(stream, max).await?;
        Ok((part.file_name(name), trouble))
    }
}

/// What is known of a file, as far as Telegram wants to know it.
fn described(shown: Shown, file: &MediaRef) -> Value {
    let mut fields = json!({});
    if matches!(shown, Shown::Photo | Shown::Video | Shown::Animation) && file.spoiler {
        fields["has_spoiler"] = true.into();
    }
    if matches!(shown, Shown::Video | Shown::Animation)
        && let (Some(width), Some(height)) = (file.width, file.height)
    {
        (fields["width"], fields["height"]) = (width.into(), height.into());
    }
    if let (Shown::Video | Shown::Animation | Shown::Audio | Shown::Voice, Some(duration)) = (shown, file.duration) {
        fields["duration"] = duration.div_ceil(1000).into();
    }
    fields
}

/// Fields of a form: texts as they are, everything else as JSON.
fn form(fields: &Value) -> Form {
    let all = fields.as_object().into_iter().flatten();
    all.fold(Form::new(), |form, (name, value)| match value {
        Value::String(text) => form.text(name.clone(), text.clone()),
        other => form.text(name.clone(), other.to_string()),
    })
}

/// What went wrong with a file while it was sent.
#[derive(Clone, Default)]
struct Trouble(Arc<Mutex<Option<FetchError>>>);

impl Trouble {
    fn tell(&self, error: FetchError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    fn take(&self) -> Option<FetchError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A form's part that flows. A file whose length nobody knows is read first.
async fn part(stream: MediaStream, max: u64) -> Result<(FormPart, Trouble), SendError> {
    let trouble = Trouble::default();
    let mime = stream.mime.clone().unwrap_or_else(|| "application/octet-stream".to_owned());
    let part = match stream.size {
        Some(size) if size > max => return Err(SendError::Refused(Refusal::TooLarge { max })),
        Some(size) => {
            let (told, seen) = (trouble.clone(), AtomicU64::new(0));
            let body = stream.body.map(move |chunk| {
                let chunk = chunk.and_then(|bytes| {
                    let before = seen.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    if before + bytes.len() as u64 > size { Err(FetchError::TooLarge { max: size }) } else { Ok(bytes) }
                });
                chunk.map_err(|error| {
                    told.tell(error);
                    std::io::Error::other("the file broke off")
                })
            });
            FormPart::stream_with_length(Bytes::wrap_stream(body), size)
        }
        None => FormPart::bytes(stream.collect(max).await?.to_vec()),
    };
    match part.mime_str(&mime) {
        Ok(part) => Ok((part, trouble)),
        Err(error) => Err(SendError::Bug(error.into())),
    }
}

/// A name with an ending that tells what it is.
fn file_name(file: &MediaRef, mime: Option<&str>) -> String {
    let mime = file.mime.as_deref().or(mime).unwrap_or_default();
    let given: String =
        file.name.as_deref().unwrap_or("file").chars().filter(|c| !c.is_control() && *c != '/').collect();
    let ending = match mime.split(';').next().unwrap_or_default().trim() {
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "image/webp" => ".webp",
        "video/mp4" => ".mp4",
        "video/webm" => ".webm",
        "audio/ogg" => ".ogg",
        "audio/mpeg" => ".mp3",
        "audio/mp4" => ".m4a",
        "text/plain" => ".txt",
        _ => "",
    };
    let given = if given.trim().is_empty() { "file".to_owned() } else { given };
    if given.contains('.') { given } else { format!("{given}{ending}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gets_a_name_that_tells_what_it_is() {
        let file = |name: Option<&str>, mime: Option<&str>| MediaRef {
            name: name.map(str::to_owned),
            mime: mime.map(str::to_owned),
            ..MediaRef::web("x")
        };
        let cases = [
            (file(Some("a.png"), Some("image/png")), "a.png"),
            (file(None, Some("image/jpeg")), "file.jpg"),
            (file(Some("../x"), Some("text/plain; charset=utf-8")), "..x"),
            (file(Some(" "), None), "file"),
        ];
        for (file, wanted) in cases {
            assert_eq!(file_name(&file, None), wanted);
        }
    }

    #[test]
    fn what_is_known_of_a_film_is_told_in_whole_seconds() {
        let mut file = MediaRef::web("x");
        (file.width, file.height, file.duration, file.spoiler) = (Some(4), Some(3), Some(1500), true);
        let told = described(Shown::Video, &file);
        assert_eq!(told, json!({"has_spoiler": true, "width": 4, "height": 3, "duration": 2}));
        assert_eq!(described(Shown::Document, &file), json!({}));
    }
}
