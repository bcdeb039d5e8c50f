//! Files both ways, streamed: never a whole film in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use appservice_sdk::prelude::*;
use futures_util::StreamExt as _;
use reqwest::Body;
use reqwest::multipart::{Form, Part as FormPart};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serenity::http::Route;
use serenity::model::guild::PremiumTier;
use serenity::model::id::ChannelId;

use super::Failed;
use super::refusal::sort_fetch;
use crate::receive::Locator;
use crate::rest::*;
use crate::shared::Shared;
use crate::wire::Message;

const MIB: u64 = 1024 * 1024;

/// The largest file a guild accepts, by how much it is boosted.
/// <https://discord.com/developers/docs/reference#uploading-files>
pub(crate) fn largest(tier: Option<PremiumTier>) -> u64 {
    match tier {
        Some(PremiumTier::Tier2) => 50 * MIB,
        Some(PremiumTier::Tier3) => 100 * MIB,
        _ => 10 * MIB,
    }
}

impl Shared {
    /// Posts a form with one file.
    pub(super) async fn upload<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
        mut body: Value,
        file: &MediaRef,
        channel: ChannelId,
    ) -> Result<T, Failed> {
        // Waiting first: once the file is under way, a limit would have it read twice.
        self.rest.settle(&call).await.map_err(Failed::Rest)?;
        let max = self.atlas.largest_file(channel);
        if file.size.is_some_and(|size| size > max) {
            return Err(SendError::Refused(Refusal::TooLarge { max }).into());
        }
        let stream = self.remote.download(file).await.map_err(SendError::from)?;
        let name = file_name(file, stream.mime.as_deref());
        body["attachments"] = json!([{ "id": 0, "filename": name, "description": file.alt }]);
        let (part, trouble) = part(stream, max).await?;
        let form = Form::new().text("payload_json", body.to_string()).part("files[0]", part.file_name(name));
        let sent = self.rest.form(call, form).await;
        // A file that broke off never arrived whole, so nothing was posted.
        match (sent, trouble.take()) {
            (Err(_), Some(error)) => Err(SendError::from(error).into()),
            (sent, _) => sent.map_err(Failed::Rest),
        }
    }

    /// Reads a file of Discord. An attachment's address that has run out is asked for once more.
    pub(crate) async fn download(&self, media: &MediaRef) -> Result<MediaStream, FetchError> {
        let (MediaSource::Remote(source) | MediaSource::Web(source)) = &media.source else {
            return Err(FetchError::Missing);
        };
        if let Some(picture) = self.picture_of_emoji(source).await {
            return picture;
        }
        let Some(locator) = Locator::read(source) else { return self.rest.file(source).await };
        if let Some(address) = self.addresses.of(locator.file) {
            match self.rest.file(&address).await {
                Err(FetchError::Missing | FetchError::Refused(_)) => self.addresses.forget(locator.file),
                other => return other,
            }
        }
        let route = Route::ChannelMessage { channel_id: locator.channel, message_id: locator.message };
        let said: Message = self.rest.call(Call::get(route)).await.map_err(sort_fetch)?;
        self.addresses.learn(&said);
        let address = self.addresses.of(locator.file).ok_or(FetchError::Missing)?;
        self.rest.file(&address).await
    }
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

/// A form's part that flows. Discord wants to know the length beforehand; a file whose length nobody knows is read first.
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
            FormPart::stream_with_length(Body::wrap_stream(body), size)
        }
        None => FormPart::bytes(stream.collect(max).await?.to_vec()),
    };
    match part.mime_str(&mime) {
        Ok(part) => Ok((part, trouble)),
        Err(error) => Err(SendError::Bug(error.into())),
    }
}

/// A name with an ending that tells what it is; Discord shows a picture only then.
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
    let named = if given.contains('.') { given } else { format!("{given}{ending}") };
    if file.spoiler { format!("SPOILER_{named}") } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gets_a_name_that_discord_shows() {
        let file = |name: Option<&str>, mime: Option<&str>, spoiler| MediaRef {
            name: name.map(str::to_owned),
            mime: mime.map(str::to_owned),
            spoiler,
            ..MediaRef::web("x")
        };
        let cases = [
            (file(Some("a.png"), Some("image/png"), false), "a.png"),
            (file(Some("a.png"), None, true), "SPOILER_a.png"),
            (file(None, Some("image/jpeg"), false), "file.jpg"),
            (file(Some("../x"), Some("text/plain; charset=utf-8"), false), "..x"),
            (file(Some(" "), None, false), "file"),
        ];
        for (file, wanted) in cases {
            assert_eq!(file_name(&file, None), wanted);
        }
    }

    #[tokio::test]
    async fn a_file_larger_than_it_said_is_noticed() {
        let body = futures_util::stream::iter([Ok(Bytes::from_static(b"12345")), Ok(Bytes::from_static(b"6"))]);
        let stream = MediaStream { size: Some(5), ..MediaStream::new(body) };
        assert!(part(stream, 100).await.is_ok());
        let stream = MediaStream { size: Some(500), ..MediaStream::new(futures_util::stream::empty()) };
        assert!(matches!(part(stream, 100).await, Err(SendError::Refused(Refusal::TooLarge { max: 100 }))));
    }
}
