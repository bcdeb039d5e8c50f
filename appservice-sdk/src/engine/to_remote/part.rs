//! What a Matrix message says, as a part of a message of the network.

use serde_json::Value;

use super::{Plan, View};
use crate::{
    content::Doc,
    engine::{event::MatrixEvent, poll, text},
    network::{MediaKind, MediaRef, MediaSource, Part, Refusal},
};

/// Marks a file as somebody's voice (MSC3245).
const VOICE: &str = "org.matrix.msc3245.voice";
/// Most values of a waveform.
const LOUDNESS: usize = 120;

pub(super) fn part(event: &MatrixEvent, content: &Value, view: &View<'_>) -> Result<Part, Box<Plan>> {
    let msgtype = content.get("msgtype").and_then(Value::as_str).unwrap_or_default();
    let doc = || text::read(content).toward_remote(view.directory);
    match (event.kind.as_str(), msgtype) {
        (poll::START | "m.poll.start", _) => asked(content, view),
        ("m.sticker", _) => media(MediaKind::Sticker, content, view),
        (_, "m.image") => media(MediaKind::Image, content, view),
        (_, "m.video") => media(MediaKind::Video, content, view),
        (_, "m.audio") if content.get(VOICE).is_some() => media(MediaKind::Voice, content, view),
        (_, "m.audio") => media(MediaKind::Audio, content, view),
        (_, "m.file") => media(MediaKind::File, content, view),
        (_, "m.location") => location(content).ok_or_else(|| Box::new(Plan::Skip("a place without coordinates"))),
        (_, "m.notice") => Ok(Part::Notice(doc())),
        (_, "m.emote") => Ok(Part::Emote(doc())),
        (_, "m.key.verification.request") => Err(Box::new(Plan::Skip("a verification request"))),
        _ => match doc() {
            doc if doc.is_empty() => Err(Box::new(Plan::Skip("an empty message"))),
            doc => Ok(Part::Text(doc)),
        },
    }
}

fn media(kind: MediaKind, content: &Value, view: &View<'_>) -> Result<Part, Box<Plan>> {
    let refuse = |why: Refusal| Err(Box::new(Plan::Refuse(why)));
    let text = |key: &str| content.get(key).and_then(Value::as_str);
    let info = |key: &str| content.get("info").and_then(|info| info.get(key));
    let number = |key: &str| info(key).and_then(Value::as_u64);
    if content.get("file").is_some() {
        return refuse(Refusal::Format("an encrypted file".to_owned()));
    }
    let Some(url) = text("url") else { return Err(Box::new(Plan::Skip("a file without an address"))) };
    if !view.features.files {
        return refuse(Refusal::Unsupported("sending files"));
    }
    let mut file = MediaRef::new(MediaSource::Matrix(url.to_owned()));
    file.name = text("filename").or_else(|| text("body")).map(str::to_owned);
    file.mime = info("mimetype").and_then(Value::as_str).map(str::to_owned);
    file.size = number("size");
    file.width = number("w").and_then(|w| u32::try_from(w).ok());
    file.height = number("h").and_then(|h| u32::try_from(h).ok());
    file.duration = number("duration");
    file.waveform = waveform(content);
    file.duration = file.duration.or_else(|| content.pointer("/org.matrix.msc1767.audio/duration")?.as_u64());
    file.spoiler = content.get("page.codeberg.everypizza.msc4193.spoiler").and_then(Value::as_bool).unwrap_or(false);
    if let (Some(max), Some(size)) = (view.features.max_file, file.size)
        && size > max
    {
        return refuse(Refusal::TooLarge { max });
    }
    // The body is a caption only when it says something else than the name: MSC2530, now specified.
    let caption = text("filename").is_some_and(|name| text("body").is_some_and(|body| body != name));
    let caption: Option<Doc> = caption.then(|| text::read(content).toward_remote(view.directory));
    Ok(Part::Media { kind, file, caption: caption.filter(|doc| !doc.is_empty()) })
}

fn location(content: &Value) -> Option<Part> {
    let uri = content.get("geo_uri").and_then(Value::as_str)?.strip_prefix("geo:")?;
    let (latitude, rest) = uri.split_once(',')?;
    let longitude = rest.split([',', ';']).next()?;
    let label = content.get("body").and_then(Value::as_str).map(str::to_owned);
    Some(Part::Location { latitude: latitude.parse().ok()?, longitude: longitude.parse().ok()?, label })
}

/// How loud a voice message is: MSC3246 has any number of values from 0 to 1024.
fn waveform(content: &Value) -> Vec<u16> {
    let values = content.pointer("/org.matrix.msc1767.audio/waveform").and_then(Value::as_array);
    let values: Vec<u16> = values
        .into_iter()
        .flatten()
        .filter_map(Value::as_f64)
        .map(|value| value.clamp(0.0, 1024.0))
        .filter_map(|value| format!("{value:.0}").parse().ok())
        .collect();
    let step = values.len().div_ceil(LOUDNESS).max(1);
    values.chunks(step).filter_map(|some| some.iter().max().copied()).collect()
}

/// A poll, or its text where the network has none.
fn asked(content: &Value, view: &View<'_>) -> Result<Part, Box<Plan>> {
    match poll::read(content) {
        Some(poll) if view.features.poll => Ok(Part::Poll(poll)),
        Some(poll) => Ok(Part::Text(poll.as_text())),
        None => Err(Box::new(Plan::Skip("a poll that asks nothing"))),
    }
}
