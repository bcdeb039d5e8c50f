//! Files: what people send, what the bot uploads, and where both are fetched from.
//! <https://core.telegram.org/bots/api#getfile>

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::state::Shared;
use crate::discord::picture;

/// How long a `file_path` is good for, in seconds.
const PATH_LIFETIME: i64 = 3600;

/// A file as it is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct File {
    #[serde(with = "base64_bytes")]
    pub(crate) bytes: Bytes,
    /// What Telegram says it weighs; tests may claim more than there is.
    pub(crate) size: u64,
    pub(crate) path: String,
    /// When `getFile` last gave its path.
    pub(crate) asked: Option<i64>,
    /// The fields that show it in a message.
    pub(crate) fields: Map<String, Value>,
}

/// What sort of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// A compressed picture.
    Photo,
    /// A video.
    Video,
    /// A GIF, or a video without sound.
    Animation,
    /// Music.
    Audio,
    /// A voice message.
    Voice,
    /// A round video.
    VideoNote,
    /// Any file.
    Document,
    /// A sticker.
    Sticker,
}

impl MediaKind {
    /// The field of `Message`, and of the sending method.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Video => "video",
            Self::Animation => "animation",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::VideoNote => "video_note",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }

    pub(crate) fn named(field: &str) -> Option<Self> {
        use MediaKind::{Animation, Audio, Document, Photo, Sticker, Video, VideoNote, Voice};
        [Photo, Video, Animation, Audio, Voice, VideoNote, Document, Sticker]
            .into_iter()
            .find(|kind| kind.field() == field)
    }

    /// How the file ids of its sort begin, and the folder and ending of its paths.
    fn marks(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Photo => ("AgACAgIAAxkB", "photos", "jpg"),
            Self::Video => ("BAACAgIAAxkB", "videos", "mp4"),
            Self::Animation => ("CgACAgIAAxkB", "animations", "mp4"),
            Self::Audio => ("CQACAgIAAxkB", "music", "mp3"),
            Self::Voice => ("AwACAgIAAxkB", "voice", "oga"),
            Self::VideoNote => ("DQACAgIAAxkB", "video_notes", "mp4"),
            Self::Document => ("BQACAgIAAxkB", "documents", "bin"),
            Self::Sticker => ("CAACAgIAAxkB", "stickers", "webp"),
        }
    }
}

/// A file before it is sent.
#[derive(Clone, Debug)]
pub struct Media {
    pub(crate) kind: MediaKind,
    pub(crate) name: Option<String>,
    pub(crate) mime: String,
    pub(crate) bytes: Bytes,
    pub(crate) size: Option<u64>,
    /// More fields of the object in the message: `duration`, `emoji`, `performer` ….
    pub(crate) more: Map<String, Value>,
    /// Whether it is covered until tapped.
    pub(crate) spoiler: bool,
}

impl Media {
    /// A file of a sort.
    pub fn new(kind: MediaKind, mime: &str, bytes: impl Into<Bytes>) -> Self {
        Self {
            kind,
            name: None,
            mime: mime.to_owned(),
            bytes: bytes.into(),
            size: None,
            more: Map::new(),
            spoiler: false,
        }
    }

    /// A picture of one colour.
    pub fn photo(colour: [u8; 3]) -> Self {
        Self::new(MediaKind::Photo, "image/png", picture::square(colour))
    }

    /// A file with a name.
    pub fn document(name: &str, mime: &str, bytes: impl Into<Bytes>) -> Self {
        Self { name: Some(name.to_owned()), ..Self::new(MediaKind::Document, mime, bytes) }
    }

    /// A short video of one colour.
    pub fn video() -> Self {
        Self::moving(MediaKind::Video)
    }

    /// A round video.
    pub fn video_note() -> Self {
        Self::moving(MediaKind::VideoNote).with("length", json!(64))
    }

    /// A GIF, which Telegram makes a video without sound.
    pub fn animation() -> Self {
        Self::moving(MediaKind::Animation)
    }

    fn moving(kind: MediaKind) -> Self {
        let media = Self::new(kind, "video/mp4", include_bytes!("samples/video.mp4").as_slice());
        media.with("width", json!(64)).with("height", json!(64)).with("duration", json!(1))
    }

    /// A voice message.
    pub fn voice() -> Self {
        let media = Self::new(MediaKind::Voice, "audio/ogg", include_bytes!("samples/voice.ogg").as_slice());
        media.with("duration", json!(1))
    }

    /// A piece of music.
    pub fn audio(title: &str) -> Self {
        let media = Self::new(MediaKind::Audio, "audio/mpeg", include_bytes!("samples/audio.mp3").as_slice());
        media.with("duration", json!(1)).with("title", json!(title)).with("performer", json!("Ada"))
    }

    /// A sticker that stands still: WebP.
    pub fn sticker(emoji: &str) -> Self {
        Self::sticker_of("image/webp", include_bytes!("samples/sticker.webp"), emoji)
    }

    /// An animated sticker: gzipped Lottie, `.tgs`.
    pub fn animated_sticker(emoji: &str) -> Self {
        let media = Self::sticker_of("application/x-tgsticker", include_bytes!("samples/sticker.tgs"), emoji);
        media.with("is_animated", json!(true))
    }

    /// A video sticker: WebM.
    pub fn video_sticker(emoji: &str) -> Self {
        Self::sticker_of("video/webm", include_bytes!("samples/sticker.webm"), emoji).with("is_video", json!(true))
    }

    fn sticker_of(mime: &str, bytes: &'static [u8], emoji: &str) -> Self {
        let media = Self::new(MediaKind::Sticker, mime, bytes);
        let kind = [("is_animated", json!(false)), ("is_video", json!(false)), ("type", json!("regular"))];
        let media = kind.into_iter().fold(media, |media, (name, value)| media.with(name, value));
        let media = media.with("width", json!(512)).with("height", json!(512));
        media.with("emoji", json!(emoji)).with("set_name", json!("harbour"))
    }

    /// A field of the object in the message.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// Claims a size, so that a test need not make a large file.
    #[must_use]
    pub fn weighing(self, size: u64) -> Self {
        Self { size: Some(size), ..self }
    }

    /// Covered until tapped.
    #[must_use]
    pub fn spoiler(self) -> Self {
        Self { spoiler: true, ..self }
    }

    /// The files to keep, and the fields that show them in a message.
    pub(crate) fn stored(self, number: i64) -> (Vec<(String, File)>, Map<String, Value>) {
        let (mark, folder, ending) = self.kind.marks();
        let ending = match (self.mime.as_str(), &self.name) {
            ("application/x-tgsticker", _) => "tgs",
            ("video/webm", _) if self.kind == MediaKind::Sticker => "webm",
            (_, Some(name)) => name.rsplit_once('.').map_or(ending, |(_, ending)| ending),
            _ => ending,
        };
        let size = self.size.unwrap_or(self.bytes.len() as u64);
        let id = file_id(mark, number, "x");
        let file = |part: &str| File {
            bytes: self.bytes.clone(),
            size,
            path: format!("{folder}/file_{number}{part}.{ending}"),
            ..File::default()
        };
        let mut files = vec![(id.clone(), file(""))];
        let mut fields = self.fields(&id, size);
        if self.kind == MediaKind::Photo {
            let small = file_id(mark, number, "m");
            let (width, height) = picture::dimensions(&self.bytes).unwrap_or((64, 64));
            let sized = |id: &str, width: u32, height: u32| json!({"file_id": id, "file_unique_id": unique(id), "file_size": size, "width": width, "height": height});
            let sizes = [sized(&small, (width / 2).max(1), (height / 2).max(1)), sized(&id, width, height)];
            fields.insert("photo".to_owned(), json!(sizes));
            files.push((small, file("m")));
        }
        for (_, file) in &mut files {
            file.fields.clone_from(&fields);
        }
        (files, fields)
    }

    fn fields(&self, id: &str, size: u64) -> Map<String, Value> {
        let mut object = json!({"file_id": id, "file_unique_id": unique(id), "file_size": size});
        if !matches!(self.kind, MediaKind::Sticker | MediaKind::VideoNote) {
            object["mime_type"] = json!(self.mime);
        }
        if let Some(name) = &self.name {
            object["file_name"] = json!(name);
        }
        for (name, value) in &self.more {
            object[name] = value.clone();
        }
        let mut fields = Map::new();
        fields.insert(self.kind.field().to_owned(), object.clone());
        if self.kind == MediaKind::Animation {
            // For clients that know no animations, Telegram shows it as a document too.
            fields.insert("document".to_owned(), object);
        }
        if self.spoiler {
            fields.insert("has_media_spoiler".to_owned(), json!(true));
        }
        fields
    }
}

fn file_id(mark: &str, number: i64, part: &str) -> String {
    let digest = Sha256::digest(format!("{number}{part}"));
    format!("{mark}{}", BASE64_URL_SAFE_NO_PAD.encode(&digest[..30]))
}

/// The id of a file that is the same for every bot.
pub(crate) fn unique(file_id: &str) -> String {
    format!("AQAD{}", BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(file_id)[..9]))
}

/// `GET /file/bot{token}/{path}`.
pub(crate) async fn serve(path: web::Path<(String, String)>, shared: web::Data<Arc<Shared>>) -> HttpResponse {
    let (token, path) = path.into_inner();
    let found = shared.look(|state| {
        if token != state.world.token {
            return Err(super::error::unauthorized());
        }
        let now = state.world.clock.date();
        let fresh = |file: &&File| file.asked.is_some_and(|asked| asked + PATH_LIFETIME > now);
        let found = state.world.files.values().filter(fresh).find(|file| file.path == path);
        found.map(|file| file.bytes.clone()).ok_or_else(|| super::error::Refusal::new(404, "Not Found"))
    });
    match found {
        Ok(bytes) => HttpResponse::Ok().content_type("application/octet-stream").body(bytes),
        Err(refusal) if refusal.status == 401 => HttpResponse::Unauthorized().json(refusal.body()),
        Err(refusal) => HttpResponse::NotFound().json(refusal.body()),
    }
}

/// Bytes as base64, for the state file.
mod base64_bytes {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use bytes::Bytes;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map(Bytes::from).map_err(D::Error::custom)
    }
}
