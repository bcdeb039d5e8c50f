//! From a message to the Matrix events it becomes: the text with the cards below it, cut where it is too long, and the
//! files. Pure.

pub mod card;
pub mod markdown;
pub mod mrkdwn;
pub mod telegram;
mod when;

use appservice_sdk::{content, prelude::*};

pub use self::when::{civil, unix, utc};
use crate::{
    identity::is_web,
    post::{File, From, Post, Titled},
};

/// The longest text of one Matrix event, in bytes of JSON, plain and with markup together. The whole event may have
/// 65,536 bytes, and an edit says everything twice.
const LONGEST: usize = 28_000;

/// The parts of a message, each one Matrix event.
#[must_use]
pub fn parts(post: &Post) -> Vec<Part> {
    let mut doc = Doc::default();
    if let Some(title) = &post.title {
        doc = doc.with(Block::Paragraph(vec![Inline::bold(card::titled(title))]));
    }
    doc.append(post.say.clone());
    for one in &post.cards {
        doc.append(card::doc(one));
    }
    if !post.links.is_empty() {
        doc = doc.with(Block::Paragraph(links(&post.links)));
    }
    let text = if post.silent { Part::Notice } else { Part::Text };
    let texts = content::split(quiet(doc), LONGEST, weight).into_iter().map(text);
    let files = post.files.iter().chain(post.cards.iter().flat_map(|card| &card.images));
    texts.chain(files.filter_map(media)).collect()
}

/// The bytes that a text takes in an event.
fn weight(doc: &Doc) -> usize {
    let length = |text: &str| serde_json::to_string(text).map_or(usize::MAX, |json| json.len());
    let text = doc.to_matrix();
    length(&text.body) + text.formatted_body.as_deref().map_or(0, length)
}

/// The text with nobody called: who may be called is decided apart from it.
#[must_use]
pub fn quiet(mut doc: Doc) -> Doc {
    doc.visit_mut(&mut |inline| match inline {
        Inline::Mention(mention) => {
            let sign = if mention.name.starts_with('@') { "" } else { "@" };
            *inline = Inline::text(format!("{sign}{}", mention.name));
        }
        Inline::Everyone(all) => *inline = Inline::text(all.written()),
        _ => {}
    });
    doc
}

/// Buttons in a row.
#[must_use]
pub fn links(links: &[Titled]) -> Vec<Inline> {
    let mut row = Vec::new();
    for link in links {
        if !row.is_empty() {
            row.push(Inline::text(" · "));
        }
        row.extend(card::titled(link));
    }
    row
}

/// A file as a part; `None` for an address that leads nowhere.
#[must_use]
pub fn media(file: &File) -> Option<Part> {
    let source = match &file.from {
        From::Web(url) if is_web(url) => MediaSource::Web(url.clone()),
        From::Stored(id) => MediaSource::Remote(format!("file/{id}")),
        From::Web(_) | From::Bytes(_) => return None,
    };
    let kind = file.kind.unwrap_or_else(|| kind(file));
    let caption = Some(quiet(file.caption.clone())).filter(|caption| !caption.is_empty());
    let reference = MediaRef {
        name: file.name.clone(),
        mime: file.mime.clone(),
        alt: file.alt.clone(),
        spoiler: file.spoiler,
        ..MediaRef::new(source)
    };
    Some(Part::Media { kind, file: reference, caption })
}

/// What a file is, by its type, else by its name.
#[must_use]
pub fn kind(file: &File) -> MediaKind {
    let name = file.name.as_deref().unwrap_or_default().to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let told = file.mime.as_deref().and_then(|mime| mime.split('/').next());
    match (told, ending) {
        (Some("image"), _) | (_, "png" | "jpg" | "jpeg" | "gif" | "webp") => MediaKind::Image,
        (Some("video"), _) | (_, "mp4" | "webm" | "mov") => MediaKind::Video,
        (Some("audio"), _) | (_, "mp3" | "ogg" | "flac" | "wav" | "m4a") => MediaKind::Audio,
        _ => MediaKind::File,
    }
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
