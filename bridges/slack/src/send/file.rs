//! Files both ways, streamed: never a whole film in memory. To Slack in three steps: ask for an address, write the bytes
//! there, say what they are and where they belong.
//!
//! The last step answers without naming the message, which is learnt from its event or from the file. What is under way
//! is remembered, so that a crash between two steps neither loses nor doubles the file.
//! <https://docs.slack.dev/reference/methods/files.completeUploadExternal>

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use appservice_sdk::prelude::*;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::plan::Payload;
use super::refusal::{Doing, sort, sort_fetch};
use crate::features::MAX_FILE;
use crate::shared::Shared;
use crate::wire::{File, read};

/// Memory: the file of a send that was completed, or is about to be.
const UPLOAD: &str = "upload/";
/// How often, and how long apart, it is asked where a file appeared.
const LOOKS: u32 = 12;
const APART: Duration = Duration::from_millis(700);
/// A file whose length nobody knows is read into memory, up to this.
const UNMEASURED: u64 = 64 * 1024 * 1024;

/// No send is repeated after so long, in milliseconds.
const FORGOTTEN: i64 = 7 * 86_400_000;

/// A file that is whole on Slack.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Uploaded {
    file: String,
    at: Timestamp,
}

impl Shared {
    /// Sends a file with its words.
    pub(super) async fn send_file(
        &self,
        attempt: &Attempt,
        payload: &Payload,
        file: &MediaRef,
    ) -> Result<Sent, SendError> {
        let key = upload_key(attempt);
        let id = match self.remote.get::<Uploaded>(&key).await? {
            Some(uploaded) => uploaded.file,
            None => {
                let id = self.upload(file).await?;
                self.remote.put(&key, &Uploaded { file: id.clone(), at: Timestamp::now() }).await?;
                id
            }
        };
        let mut body = self.dressed(payload, attempt);
        body["channel_id"] = body["channel"].take();
        if let Some(fields) = body.as_object_mut() {
            fields.remove("channel");
        }
        body["files"] = json!([{ "id": id, "title": file_name(file, None) }]);
        if !payload.blocks.is_empty() {
            body["blocks"] = payload.blocks.clone().into();
        }
        match self.api.post("files.completeUploadExternal", &body).await {
            Ok(_) => {}
            // What was written there ran out before it was used: from the beginning, next time.
            Err(error) if error.is_any(&["file_not_found", "invalid_upload"]) => {
                self.remote.forget(&key).await?;
                return Err(SendError::later(error));
            }
            Err(error) => return Err(sort(error, Doing::Sending)),
        }
        match self.place(attempt.chat(), &id).await? {
            Some(ts) => payload.sent(&ts),
            None => Err(SendError::Unsure("Slack has not shown the file yet".into())),
        }
    }

    /// Forgets files whose sends are long over.
    pub(crate) async fn forget_uploads(&self, now: Timestamp) -> Result<(), StoreError> {
        let all = self.remote.get_all::<Uploaded>(UPLOAD).await?;
        let old = all.into_iter().filter(|(_, uploaded)| uploaded.at.0.saturating_add(FORGOTTEN) < now.0);
        let batch = old.fold(Batch::new(), |batch, (key, _)| batch.forget(key));
        if batch.memory.is_empty() { Ok(()) } else { self.remote.store(batch).await }
    }

    /// Did a file arrive?
    pub(super) async fn find_file(&self, attempt: &Attempt) -> Result<Lookup, SendError> {
        let payload = Payload::read(&attempt.payload)?;
        // Nothing was completed before its id was kept.
        let Some(uploaded) = self.remote.get::<Uploaded>(&upload_key(attempt)).await? else {
            return Ok(Lookup::Absent);
        };
        match self.place(attempt.chat(), &uploaded.file).await? {
            Some(ts) => payload.sent(&ts).map(Lookup::Found),
            None => Ok(Lookup::Absent),
        }
    }

    /// The message a file appeared as. Slack takes a moment.
    async fn place(&self, chat: &ChatId, file: &str) -> Result<Option<String>, SendError> {
        for look in 0..LOOKS {
            if look > 0 {
                sleep(APART).await;
            }
            if let Some((_, _, ts)) = self.shares.find(|(at, id, _)| at == chat.as_str() && id == file) {
                return Ok(Some(ts));
            }
            match self.api.get("files.info", &[("file", file)]).await {
                Ok(answer) => {
                    if let Some(ts) = shared_in(&answer["file"]["shares"], chat.as_str()) {
                        return Ok(Some(ts));
                    }
                }
                Err(error) if error.is_any(&["file_not_found", "file_deleted"]) => {}
                Err(error) => return Err(sort(error, Doing::Uploading)),
            }
        }
        Ok(None)
    }

    /// The first two steps; gives the file's id.
    async fn upload(&self, file: &MediaRef) -> Result<String, SendError> {
        if file.size.is_some_and(|size| size > MAX_FILE) {
            return Err(SendError::Refused(Refusal::TooLarge { max: MAX_FILE }));
        }
        let stream = self.remote.download(file).await?;
        let name = file_name(file, stream.mime.as_deref());
        let (size, body, trouble) = flowing(stream).await?;
        let length = size.to_string();
        let mut arguments = vec![("filename", name.as_str()), ("length", length.as_str())];
        arguments.extend(file.alt.as_deref().filter(|alt| !alt.is_empty()).map(|alt| ("alt_txt", alt)));
        let answer = self.api.get("files.getUploadURLExternal", &arguments).await;
        let answer = answer.map_err(|error| sort(error, Doing::Uploading))?;
        let (Some(url), Some(id)) = (answer["upload_url"].as_str(), answer["file_id"].as_str()) else {
            return Err(SendError::later("Slack named no address for the file"));
        };
        let written = self.api.upload(url, size, body).await;
        match (written, trouble.take()) {
            (Err(_), Some(error)) => Err(error.into()),
            (written, _) => written.map(|()| id.to_owned()).map_err(|error| sort(error, Doing::Uploading)),
        }
    }

    /// Reads a file of Slack, or the picture of a custom emoji.
    pub(crate) async fn fetch(&self, media: &MediaRef) -> Result<MediaStream, FetchError> {
        let source = match &media.source {
            MediaSource::Remote(source) => source,
            MediaSource::Web(_) | MediaSource::Matrix(_) => return self.remote.download(media).await,
        };
        if let Some(name) = source.strip_prefix("emoji:") {
            self.atlas.know_emoji().await.map_err(sort_fetch)?;
            return match self.atlas.emoji(name) {
                crate::atlas::Custom::Picture { url, .. } => self.remote.download(&MediaRef::web(url)).await,
                _ => Err(FetchError::Missing),
            };
        }
        let id = source.strip_prefix("file ").ok_or(FetchError::Missing)?;
        let answer = self.api.get("files.info", &[("file", id)]).await.map_err(sort_fetch)?;
        let file: File = read(&answer["file"]);
        let address = file.url_private_download.or(file.url_private).ok_or(FetchError::Missing)?;
        let stream = self.api.download(&address).await?;
        let is_page = |mime: Option<&str>| mime.is_some_and(|mime| mime.starts_with("text/html"));
        if is_page(stream.mime.as_deref()) && !is_page(file.mimetype.as_deref()) {
            // Whom Slack does not know it shows the page for signing in, with status 200.
            return Err(FetchError::Refused("Slack does not show the file to the bot (files:read)".to_owned()));
        }
        Ok(stream)
    }
}

fn upload_key(attempt: &Attempt) -> String {
    format!("{UPLOAD}{}", attempt.key)
}

/// The message by which a file was shared in a channel.
fn shared_in(shares: &Value, channel: &str) -> Option<String> {
    ["public", "private"].iter().find_map(|kind| {
        let there = shares[*kind][channel].as_array()?;
        there.iter().find_map(|share| share["ts"].as_str()).map(str::to_owned)
    })
}

/// What went wrong with a file while it was sent.
#[derive(Clone, Default)]
struct Broken(Arc<Mutex<Option<FetchError>>>);

impl Broken {
    fn tell(&self, error: FetchError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    fn take(&self) -> Option<FetchError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Slack wants to know the length beforehand; a file whose length nobody knows is read first.
async fn flowing(stream: MediaStream) -> Result<(u64, reqwest::Body, Broken), SendError> {
    let broken = Broken::default();
    match stream.size {
        Some(size) if size > MAX_FILE => Err(SendError::Refused(Refusal::TooLarge { max: MAX_FILE })),
        Some(size) => {
            let (told, seen) = (broken.clone(), AtomicU64::new(0));
            let body = stream.body.map(move |chunk| {
                let chunk = chunk.and_then(|bytes| {
                    let length = bytes.len() as u64;
                    let before = seen.fetch_add(length, Ordering::Relaxed);
                    if before + length > size { Err(FetchError::TooLarge { max: size }) } else { Ok(bytes) }
                });
                chunk.map_err(|error| {
                    told.tell(error);
                    std::io::Error::other("the file broke off")
                })
            });
            Ok((size, reqwest::Body::wrap_stream(body), broken))
        }
        None => {
            let bytes = stream.collect(UNMEASURED).await?;
            Ok((bytes.len() as u64, reqwest::Body::from(bytes), broken))
        }
    }
}

/// A name with an ending that tells what it is.
fn file_name(file: &MediaRef, mime: Option<&str>) -> String {
    let mime = file.mime.as_deref().or(mime).unwrap_or_default();
    let given = file.name.as_deref().unwrap_or_default().chars().filter(|c| !c.is_control() && *c != '/');
    let given: String = given.take(200).collect();
    let given = if given.trim().is_empty() { "file".to_owned() } else { given };
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
        assert_eq!(file_name(&file(Some("a.png"), Some("image/png")), None), "a.png");
        assert_eq!(file_name(&file(None, Some("image/jpeg")), None), "file.jpg");
        assert_eq!(file_name(&file(Some("../x"), None), Some("text/plain; charset=utf-8")), "..x");
        assert_eq!(file_name(&file(Some(" "), None), None), "file");
    }

    #[test]
    fn the_message_of_a_file_is_found_in_its_channel_only() {
        let shares = json!({"private": {"C1": [{"ts": "1.000001"}]}, "public": {"C2": [{"ts": "2.000001"}]}});
        assert_eq!(shared_in(&shares, "C1").as_deref(), Some("1.000001"));
        assert_eq!(shared_in(&shares, "C2").as_deref(), Some("2.000001"));
        assert_eq!(shared_in(&shares, "C3"), None);
        assert_eq!(shared_in(&Value::Null, "C1"), None);
    }
}
