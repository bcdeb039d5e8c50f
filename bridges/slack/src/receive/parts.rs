//! What a message consists of: its text with what programs hang on it, each file, each picture, and what Slack found
//! behind its links.

use appservice_sdk::prelude::*;

use super::is_program;
use crate::convert::block::Picture;
use crate::convert::{Names, attachment, block, mrkdwn};
use crate::wire::{File, Message};

/// Most values of a waveform, and what each is at most.
const WAVES: usize = 120;

/// All parts of a message, at least one.
pub(super) fn of(said: &Message, names: &dyn Names) -> Vec<Part> {
    let (mut text, mut pictures) = spoken(said, names);
    let mut unfurls = Vec::new();
    for hung in &said.attachments {
        let (doc, more) = attachment::read(hung, names);
        if attachment::is_unfurl(hung) {
            unfurls.extend((!doc.is_empty()).then_some(Part::Notice(doc)));
        } else {
            text.append(doc);
            pictures.extend(more);
        }
    }
    let mut files: Vec<Part> = said.files.iter().map(file).collect();
    files.extend(pictures.into_iter().map(picture));
    let mut parts = Vec::new();
    match files.as_mut_slice() {
        [Part::Media { caption, .. }] if !text.is_empty() && !is_program(said) => *caption = Some(text),
        _ if !text.is_empty() => parts.push(worded(said, text)),
        _ => {}
    }
    parts.append(&mut files);
    parts.append(&mut unfurls);
    if parts.is_empty() {
        parts.push(Part::Notice(Doc::text("(something that can only be seen on Slack)")));
    }
    parts
}

/// What the message itself says: its blocks if they say anything, else its text.
fn spoken(said: &Message, names: &dyn Names) -> (Doc, Vec<Picture>) {
    let (text, pictures) = block::read(&said.blocks, names);
    if text.is_empty() && pictures.is_empty() { (mrkdwn::read(&said.text, names), pictures) } else { (text, pictures) }
}

fn worded(said: &Message, text: Doc) -> Part {
    let about = [
        "channel_archive",
        "channel_unarchive",
        "group_archive",
        "group_unarchive",
        "huddle_thread",
        "sh_room_created",
    ];
    if said.is("me_message") {
        Part::Emote(text)
    } else if is_program(said) || about.iter().any(|subtype| said.is(subtype)) {
        Part::Notice(text)
    } else {
        Part::Text(text)
    }
}

/// A file, known by its id: its address is asked for when the file is read.
fn file(file: &File) -> Part {
    let name = file.name.as_deref().or(file.title.as_deref()).filter(|name| !name.trim().is_empty()).unwrap_or("file");
    match file.mode.as_deref() {
        Some("tombstone") => return Part::Notice(Doc::text("(a file that was deleted)")),
        Some("hidden_by_limit") => {
            return Part::Notice(Doc::text("(a file that the workspace's plan does not show any more)"));
        }
        _ => {}
    }
    if file.is_external || file.mode.as_deref() == Some("external") || file.url_private.is_none() {
        return elsewhere(file, name);
    }
    let mut media = MediaRef::remote(format!("file {}", file.id)).with_id(format!("file/{}", file.id));
    media.name = Some(name.to_owned());
    media.size = file.size;
    media.width = file.original_w;
    media.height = file.original_h;
    media.duration = file.duration_ms;
    media.alt.clone_from(&file.alt_txt);
    let kind = kind(file);
    if kind == MediaKind::Voice {
        media.waveform = waveform(&file.audio_wave_samples);
    }
    media.mime.clone_from(&file.mimetype);
    Part::Media { kind, file: media, caption: None }
}

/// A file that lies elsewhere, or that we are not shown.
fn elsewhere(file: &File, name: &str) -> Part {
    let text = match file.permalink.as_deref().or(file.url_private.as_deref()) {
        Some(url) => vec![Inline::link(url, vec![Inline::text(name)])],
        None => vec![Inline::text(format!("(file: {name})"))],
    };
    Part::Notice(Doc::paragraph(text))
}

fn kind(file: &File) -> MediaKind {
    let main = file.mimetype.as_deref().and_then(|mime| mime.split('/').next());
    match (file.subtype.as_deref(), main) {
        (Some("slack_audio"), _) => MediaKind::Voice,
        (_, Some("image")) => MediaKind::Image,
        (_, Some("video")) => MediaKind::Video,
        (_, Some("audio")) => MediaKind::Audio,
        _ => MediaKind::File,
    }
}

/// Slack counts loudness to 100, Matrix to 1024.
fn waveform(samples: &[f64]) -> Vec<u16> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1024 before")]
    let value = |sample: &f64| (sample.clamp(0.0, 100.0) * 10.24) as u16;
    samples.iter().filter(|sample| sample.is_finite()).map(value).take(WAVES).collect()
}

fn picture(picture: Picture) -> Part {
    let own = picture.url.starts_with("file ");
    let mut file = if own { MediaRef::remote(&picture.url) } else { MediaRef::web(&picture.url) };
    file.alt = picture.alt;
    Part::Media { kind: MediaKind::Image, file, caption: None }
}
