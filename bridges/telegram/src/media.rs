//! Files of Telegram, read in streams.

use appservice_sdk::prelude::*;
use serde_json::json;
use tokio_util::io::ReaderStream;

use crate::features::DOWNLOAD;
use crate::rest::RestError;
use crate::send::refusal::sort_fetch;
use crate::shared::Shared;
use crate::wire::{Each, File, Sticker};

/// What a custom emoji's locator begins with.
pub(crate) const EMOJI: &str = "emoji:";

impl Shared {
    /// Reads a file by its id, or a custom emoji's picture.
    pub(crate) async fn fetch(&self, media: &MediaRef) -> Result<MediaStream, FetchError> {
        let (MediaSource::Remote(source) | MediaSource::Web(source)) = &media.source else {
            return Err(FetchError::Missing);
        };
        let custom = match source.strip_prefix(EMOJI) {
            Some(id) => Some(self.emoji(id).await?),
            None => None,
        };
        let id = custom.as_deref().unwrap_or(source);
        if self.config.is_public_api() && media.size.is_some_and(|size| size > DOWNLOAD) {
            return Err(FetchError::TooLarge { max: DOWNLOAD });
        }
        let found: Result<File, RestError> = self.rest.call("getFile", &json!({ "file_id": id })).await;
        let file = found.map_err(sort_fetch)?;
        let path = file.file_path.as_deref().ok_or(FetchError::Missing)?;
        let mut stream = match path.starts_with('/') {
            true => self.local(path).await?,
            false => self.rest.file(path).await?,
        };
        stream.mime = media.mime.clone().or(stream.mime).or_else(|| by_ending(path).map(str::to_owned));
        stream.size = stream.size.or(*file.file_size);
        Ok(stream)
    }

    /// The file of a custom emoji: its picture, or the still one of an animation.
    async fn emoji(&self, id: &str) -> Result<String, FetchError> {
        let body = json!({ "custom_emoji_ids": [id] });
        let found: Result<Each<Sticker>, RestError> = self.rest.call("getCustomEmojiStickers", &body).await;
        let stickers = found.map_err(sort_fetch)?;
        let sticker = stickers.first().ok_or(FetchError::Missing)?;
        let moves = sticker.is_animated.unwrap_or(false) || sticker.is_video.unwrap_or(false);
        match (moves, sticker.thumbnail.as_ref()) {
            (true, Some(still)) => Ok(still.file_id.clone()),
            (true, None) => Err(FetchError::Missing),
            (false, _) => Ok(sticker.file_id.clone()),
        }
    }

    /// A file of a `telegram-bot-api --local` on this machine: only below the folder the operator named.
    async fn local(&self, path: &str) -> Result<MediaStream, FetchError> {
        let Some(folder) = &self.config.local_files else {
            return Err(FetchError::Refused(
                "the bot's own telegram-bot-api keeps its files on its disk: set bridges.telegram.local_files to its \
                 folder"
                    .to_owned(),
            ));
        };
        let refused = || FetchError::Refused("the file is not below bridges.telegram.local_files".to_owned());
        let folder = tokio::fs::canonicalize(folder).await.map_err(FetchError::later)?;
        let path = tokio::fs::canonicalize(path).await.map_err(|_| FetchError::Missing)?;
        if !path.starts_with(folder) {
            return Err(refused());
        }
        let file = tokio::fs::File::open(path).await.map_err(FetchError::later)?;
        let size = file.metadata().await.ok().map(|told| told.len());
        let body = futures_util::StreamExt::map(ReaderStream::new(file), |chunk| chunk.map_err(FetchError::later));
        Ok(MediaStream { size, ..MediaStream::new(body) })
    }
}

/// What a file is, by the end of its path: Telegram's file server does not say.
fn by_ending(path: &str) -> Option<&'static str> {
    let ending = path.rsplit_once('.')?.1.to_ascii_lowercase();
    Some(match ending.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mp3" => "audio/mpeg",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "m4a" => "audio/mp4",
        "pdf" => "application/pdf",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_is_told_by_its_path() {
        assert_eq!(by_ending("photos/file_1.JPG"), Some("image/jpeg"));
        assert_eq!(by_ending("voice/file_2.oga"), Some("audio/ogg"));
        assert_eq!(by_ending("x"), None);
    }
}
