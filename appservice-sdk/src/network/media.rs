//! Files by reference. Authors pass references; the bytes flow through the SDK in streams, hashed and cached.

use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::FetchError;

/// What a file is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Sound.
    Audio,
    /// Somebody's voice, recorded as a message (MSC3245).
    Voice,
    /// Anything else.
    File,
    /// A sticker.
    Sticker,
}

/// Where the bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaSource {
    /// On the homeserver: `mxc://server/id`. Read with [`super::Remote::download`].
    Matrix(String),
    /// On the network: whatever [`super::Session::fetch`] understands, usually an address.
    Remote(String),
    /// At a web address anybody may read.
    Web(String),
}

/// A file by reference, with what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaRef {
    /// Where the bytes are.
    pub source: MediaSource,
    /// The network's lasting id of this file (attachment id, avatar hash), under which the upload is remembered.
    /// `None`: the source is the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// File name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// MIME type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
    /// How loud a voice message is over its length, each from 0 to 1024; at most 120 values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waveform: Vec<u16>,
    /// Description for people who cannot see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Hidden until asked for.
    #[serde(default)]
    pub spoiler: bool,
}

impl MediaRef {
    /// A file of which only the place is known.
    #[must_use]
    pub fn new(source: MediaSource) -> Self {
        Self {
            source,
            id: None,
            name: None,
            mime: None,
            size: None,
            width: None,
            height: None,
            duration: None,
            waveform: Vec::new(),
            alt: None,
            spoiler: false,
        }
    }

    /// A file on the network.
    pub fn remote(locator: impl Into<String>) -> Self {
        Self::new(MediaSource::Remote(locator.into()))
    }

    /// A file at a public web address.
    pub fn web(url: impl Into<String>) -> Self {
        Self::new(MediaSource::Web(url.into()))
    }

    /// The same file under the network's lasting id.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// What the upload is remembered by.
    #[must_use]
    pub fn cache_key(&self) -> &str {
        match (&self.id, &self.source) {
            (Some(id), _) => id,
            (None, MediaSource::Matrix(at) | MediaSource::Remote(at) | MediaSource::Web(at)) => at,
        }
    }
}

/// Bytes on their way.
pub struct MediaStream {
    /// MIME type, if the source told it.
    pub mime: Option<String>,
    /// Bytes, if the source told it.
    pub size: Option<u64>,
    /// The bytes.
    pub body: Pin<Box<dyn Stream<Item = Result<Bytes, FetchError>> + Send>>,
}

impl MediaStream {
    /// A stream of unknown type and size.
    pub fn new(body: impl Stream<Item = Result<Bytes, FetchError>> + Send + 'static) -> Self {
        Self { mime: None, size: None, body: Box::pin(body) }
    }

    /// Bytes already at hand.
    pub fn from_bytes(bytes: impl Into<Bytes>, mime: Option<String>) -> Self {
        let bytes = bytes.into();
        let size = u64::try_from(bytes.len()).ok();
        Self { mime, size, body: Box::pin(stream::iter([Ok(bytes)])) }
    }

    /// Reads it whole, at most `max` bytes.
    ///
    /// # Errors
    /// `TooLarge` beyond `max`; what the source answers otherwise.
    pub async fn collect(mut self, max: u64) -> Result<Bytes, FetchError> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.body.next().await {
            whole.extend_from_slice(&chunk?);
            if u64::try_from(whole.len()).unwrap_or(u64::MAX) > max {
                return Err(FetchError::TooLarge { max });
            }
        }
        Ok(whole.freeze())
    }
}
