//! Files: uploaded, or sent again by their id. <https://core.telegram.org/bots/api#sending-files>

use serde_json::{Map, Value, json};

use super::said::post;
use crate::{
    discord::picture,
    telegram::{
        Draft, Fault, Media, MediaKind,
        api::{
            ask::{Answer, Ask},
            compose::worded,
            form::Upload,
        },
        error::{Refusal, bad, too_many},
    },
};

/// The largest upload, and the largest of a photo.
const LARGEST: usize = 50 << 20;
const LARGEST_PHOTO: usize = 10 << 20;

/// What may be said about a file by whoever sends it.
const TOLD: [&str; 7] = ["duration", "width", "height", "length", "performer", "title", "emoji"];

/// What becomes part of a message: fields of a file that is there, or a new file.
enum Sent {
    Known(Map<String, Value>),
    New(Box<Media>),
}

/// The file of a parameter: `value` is an id, an address, or `attach://…`; without it the upload of that name.
fn sent(
    ask: &Ask<'_>,
    kind: MediaKind,
    value: Option<&str>,
    told: &dyn Fn(&str) -> Option<Value>,
) -> Result<Sent, Refusal> {
    let field = kind.field();
    if let Some(upload) = ask.upload(value.unwrap_or(field)) {
        return uploaded(kind, upload, told).map(|media| Sent::New(Box::new(media)));
    }
    match value {
        None | Some("") => Err(bad(&format!("there is no {} in the request", field.replace('_', " ")))),
        Some(value) if value.starts_with("attach://") => {
            Err(bad(&format!("there is no {} in the request", field.replace('_', " "))))
        }
        Some(value) if value.starts_with("http") => Err(bad("failed to get HTTP URL content")),
        Some(id) => {
            let known = ask.state.world.files.get(id);
            let known = known.ok_or_else(|| bad("wrong file identifier/HTTP URL specified"))?;
            let fits = known.fields.contains_key(field);
            fits.then(|| Sent::Known(known.fields.clone())).ok_or_else(|| bad("can't use file of the specified type"))
        }
    }
}

fn uploaded(kind: MediaKind, upload: Upload, told: &dyn Fn(&str) -> Option<Value>) -> Result<Media, Refusal> {
    let size = upload.bytes.len();
    if size > LARGEST {
        return Err(Refusal::new(413, "Request Entity Too Large"));
    }
    if size == 0 {
        return Err(bad("file must be non-empty"));
    }
    if kind == MediaKind::Photo {
        if size > LARGEST_PHOTO {
            let why =
                format!("file of size {size} bytes is too big for a photo; the maximum size is {LARGEST_PHOTO} bytes");
            return Err(bad(&why));
        }
        let webp = upload.bytes.starts_with(b"RIFF").then_some((512, 512));
        let (width, height) = picture::dimensions(&upload.bytes).or(webp).ok_or_else(|| bad("IMAGE_PROCESS_FAILED"))?;
        if width + height > 10_000 || width > height.saturating_mul(20) || height > width.saturating_mul(20) {
            return Err(bad("PHOTO_INVALID_DIMENSIONS"));
        }
    }
    let mime = upload.mime.unwrap_or_else(|| "application/octet-stream".to_owned());
    let mut media = Media::new(kind, &mime, upload.bytes);
    if matches!(kind, MediaKind::Document | MediaKind::Audio | MediaKind::Video | MediaKind::Animation) {
        media.name = Some(upload.name);
    }
    for name in needed(kind) {
        media = media.with(name, json!(0));
    }
    if kind == MediaKind::Sticker {
        for (name, value) in [("type", json!("regular")), ("is_animated", json!(false)), ("is_video", json!(false))] {
            media = media.with(name, value);
        }
    }
    for name in TOLD {
        if let Some(value) = told(name) {
            media = media.with(name, value);
        }
    }
    Ok(media)
}

/// What the object of a message always says, known or not.
fn needed(kind: MediaKind) -> &'static [&'static str] {
    match kind {
        MediaKind::Video | MediaKind::Animation => &["width", "height", "duration"],
        MediaKind::Audio | MediaKind::Voice => &["duration"],
        MediaKind::VideoNote => &["length", "duration"],
        MediaKind::Sticker => &["width", "height"],
        MediaKind::Photo | MediaKind::Document => &[],
    }
}

/// Numbers in forms are texts.
fn number(value: Value) -> Value {
    value.as_str().and_then(|text| text.parse::<i64>().ok()).map_or(value, |number| json!(number))
}

fn with_file(draft: Draft, sent: Sent, spoiler: bool) -> Draft {
    let mut draft = match sent {
        Sent::Known(fields) => fields.into_iter().fold(draft, |draft, (name, value)| draft.field(&name, value)),
        Sent::New(media) => Draft { media: Some(*media), ..draft },
    };
    if spoiler {
        draft = draft.field("has_media_spoiler", json!(true));
    }
    draft
}

fn one(ask: &mut Ask<'_>, kind: MediaKind, right: &str) -> Answer {
    let chat = ask.writable(right)?;
    let told = |name: &str| {
        let value = ask.form.params.get(name).cloned()?;
        Some(if matches!(name, "performer" | "title" | "emoji") { value } else { number(value) })
    };
    let value = ask.text(kind.field());
    let file = sent(ask, kind, value.as_deref(), &told)?;
    let draft = with_file(ask.draft(&chat)?, file, ask.flag("has_spoiler"));
    let captioned = !matches!(kind, MediaKind::Sticker | MediaKind::VideoNote);
    let mut draft = if captioned { worded(draft, "caption", ask.caption(None)?) } else { draft };
    if ask.flag("show_caption_above_media") && captioned {
        draft = draft.field("show_caption_above_media", json!(true));
    }
    post(ask, draft)
}

macro_rules! single {
    ($($(#[$doc:meta])* $name:ident: $kind:ident, $right:literal;)*) => {
        $($(#[$doc])* pub(super) fn $name(ask: &mut Ask<'_>) -> Answer { one(ask, MediaKind::$kind, $right) })*
    };
}

single! {
    /// `sendPhoto`
    photo: Photo, "can_send_photos";
    /// `sendVideo`
    video: Video, "can_send_videos";
    /// `sendAnimation`
    animation: Animation, "can_send_other_messages";
    /// `sendAudio`
    audio: Audio, "can_send_audios";
    /// `sendVoice`
    voice: Voice, "can_send_voice_notes";
    /// `sendVideoNote`
    video_note: VideoNote, "can_send_video_notes";
    /// `sendDocument`
    document: Document, "can_send_documents";
    /// `sendSticker`
    sticker: Sticker, "can_send_other_messages";
}

/// The draft of one `InputMedia`.
pub(super) fn input(ask: &Ask<'_>, part: &Value, place: &Draft) -> Result<Draft, Refusal> {
    let kind = part["type"].as_str().and_then(MediaKind::named);
    let kind = kind.ok_or_else(|| bad("can't parse InputMedia: type must be one of the known"))?;
    let told = |name: &str| part.get(name).cloned();
    let media = part["media"].as_str();
    let file = sent(ask, kind, Some(media.ok_or_else(|| bad("can't parse InputMedia: media not found"))?), &told)?;
    let draft = with_file(place.clone(), file, part["has_spoiler"] == true);
    Ok(worded(draft, "caption", ask.caption(Some(part))?))
}

/// `sendMediaGroup`: the first parts may stand in the chat though the whole is refused.
pub(super) fn group(ask: &mut Ask<'_>) -> Answer {
    let chat = ask.writable("can_send_photos")?;
    let parts = ask.list("media")?;
    if !(2..=10).contains(&parts.len()) {
        let why = if parts.len() > 10 {
            "too many messages to send as an album"
        } else {
            "there must be 2-10 items in an album"
        };
        return Err(bad(why));
    }
    let kinds: Vec<&str> = parts.iter().filter_map(|part| part["type"].as_str()).collect();
    let apart = |kind: &str| matches!(kind, "document" | "audio");
    let mixed = kinds.iter().any(|kind| apart(kind)) && kinds.iter().any(|kind| *kind != kinds[0]);
    if mixed || kinds.contains(&"animation") {
        return Err(bad("can't use the media of the specified type in the album"));
    }
    let place = ask.draft(&chat)?;
    let mut drafts = parts.iter().map(|part| input(ask, part, &place)).collect::<Result<Vec<_>, _>>()?;
    let mid = |fault: &Fault| matches!(fault, Fault::TooManyMidAlbum { .. });
    let fault = ask.state.faults.strikes("sendMediaGroup", mid);
    if let Some(Fault::TooManyMidAlbum { sent, .. }) = &fault {
        drafts.truncate(*sent);
    }
    let ids = ask.world().album(drafts)?;
    if let Some(Fault::TooManyMidAlbum { retry_after, .. }) = fault {
        return Err(too_many(retry_after));
    }
    ids.into_iter().map(|id| super::said::shown(ask, chat.id, id)).collect()
}
