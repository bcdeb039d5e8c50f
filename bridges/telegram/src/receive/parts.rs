//! What a message holds: words, files, places, polls, and what can only be named.

use appservice_sdk::content::Inline;
use appservice_sdk::prelude::*;

use super::{View, words};
use crate::look::largest;
use crate::wire::{Media, Message, Photo, Poll as WirePoll, Sticker};

/// The parts of a message; none if it says nothing the bridge knows.
pub(super) fn of(said: &Message, view: &View<'_>) -> Vec<Part> {
    if let Some(text) = said.text.as_deref() {
        return text_part(words::around(said, text, &said.entities, view));
    }
    if let Some((kind, mut file)) = file(said) {
        file.spoiler = said.has_media_spoiler.unwrap_or(false);
        let caption = said.caption.as_deref().unwrap_or_default();
        let words = words::around(said, caption, &said.caption_entities, view);
        return vec![Part::Media { kind, file, caption: (!words.is_empty()).then_some(words) }];
    }
    let part = match (said.sticker.as_ref(), said.venue.as_ref(), said.location.as_ref(), said.poll.as_ref()) {
        (Some(sticker), ..) => Some(self::sticker(sticker)),
        (None, Some(venue), ..) => Some(place(&venue.location, Some(joined(&[&venue.title, &venue.address], ", ")))),
        (None, None, Some(location), _) => {
            let live = location.live_period.is_some();
            Some(place(location, live.then(|| "Live location, as it was when it was shared".to_owned())))
        }
        (None, None, None, Some(poll)) => Some(Part::Poll(poll_of(poll))),
        (None, None, None, None) => None,
    };
    let before = words::around(said, "", &[], view);
    match (part, named(said)) {
        // What was forwarded says so in a line of its own.
        (Some(part), _) if before.is_empty() => vec![part],
        (Some(part), _) => vec![part, Part::Notice(before)],
        (None, Some(text)) => {
            let mut doc = before;
            doc.append(text);
            text_part(doc)
        }
        (None, None) => Vec::new(),
    }
}

fn text_part(doc: Doc) -> Vec<Part> {
    if doc.is_empty() { Vec::new() } else { vec![Part::Text(doc)] }
}

fn place(location: &crate::wire::Location, label: Option<String>) -> Part {
    Part::Location { latitude: location.latitude, longitude: location.longitude, label }
}

fn joined(parts: &[&str], between: &str) -> String {
    parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
}

/// The file of a message, and what it is shown as.
fn file(said: &Message) -> Option<(MediaKind, MediaRef)> {
    if let Some(photo) = largest(&said.photo) {
        return Some((MediaKind::Image, picture(photo)));
    }
    // An animation is told as a document, too.
    let kinds = [
        (said.animation.as_ref(), MediaKind::Video, "video/mp4", "animation.mp4"),
        (said.video.as_ref(), MediaKind::Video, "video/mp4", "video.mp4"),
        (said.video_note.as_ref(), MediaKind::Video, "video/mp4", "video_message.mp4"),
        (said.voice.as_ref(), MediaKind::Voice, "audio/ogg", "voice.ogg"),
        (said.audio.as_ref(), MediaKind::Audio, "audio/mpeg", "audio.mp3"),
        (said.document.as_ref(), MediaKind::File, "", "file"),
    ];
    let (media, kind, mime, name) =
        kinds.into_iter().find_map(|(media, kind, mime, name)| Some((media?, kind, mime, name)))?;
    // A picture or film sent as a file is still one.
    let told = media.mime_type.as_deref().unwrap_or(mime);
    let kind = match (kind, told.split('/').next()) {
        (MediaKind::File, Some("image")) => MediaKind::Image,
        (MediaKind::File, Some("video")) => MediaKind::Video,
        (MediaKind::File, Some("audio")) => MediaKind::Audio,
        (kind, _) => kind,
    };
    Some((kind, media_file(media, told, name)))
}

fn media_file(media: &Media, mime: &str, name: &str) -> MediaRef {
    let mut file = MediaRef::remote(media.file_id.clone());
    let title = joined(&[media.performer.as_deref().unwrap_or(""), media.title.as_deref().unwrap_or("")], " - ");
    file.name = Some(match (media.file_name.as_deref(), title.is_empty()) {
        (Some(given), _) if !given.trim().is_empty() => given.to_owned(),
        (_, false) => format!("{}.mp3", title.replace('/', "-")),
        _ => name.to_owned(),
    });
    file.mime = Some(mime).filter(|mime| !mime.is_empty()).map(str::to_owned);
    file.size = *media.file_size;
    file.width = media.width.or(*media.length);
    file.height = media.height.or(*media.length);
    file.duration = media.duration.map(|seconds| seconds.saturating_mul(1000));
    file.with_id(media.file_unique_id.clone())
}

fn picture(photo: &Photo) -> MediaRef {
    let mut file = MediaRef::remote(photo.file_id.clone());
    file.name = Some("photo.jpg".to_owned());
    file.mime = Some("image/jpeg".to_owned());
    file.size = *photo.file_size;
    (file.width, file.height) = (*photo.width, *photo.height);
    file.with_id(photo.file_unique_id.clone())
}

/// A sticker as clients of Matrix can show it: a picture as it is, a film as a film, and of an animation (a kind of
/// drawing that only Telegram knows) its still picture.
fn sticker(sticker: &Sticker) -> Part {
    let emoji = sticker.emoji.as_deref().unwrap_or("Sticker").to_owned();
    let (is_animated, is_video) = (sticker.is_animated.unwrap_or(false), sticker.is_video.unwrap_or(false));
    let mut file = MediaRef::remote(sticker.file_id.clone()).with_id(sticker.file_unique_id.clone());
    (file.width, file.height, file.size) = (*sticker.width, *sticker.height, *sticker.file_size);
    file.alt = Some(emoji.clone());
    let (kind, mime, ending) = match (is_animated, is_video, sticker.thumbnail.as_ref()) {
        (true, _, Some(still)) => {
            file = MediaRef::remote(still.file_id.clone()).with_id(still.file_unique_id.clone());
            (file.width, file.height, file.alt) = (*still.width, *still.height, Some(emoji.clone()));
            (MediaKind::Sticker, None, "")
        }
        (true, _, None) => return Part::Text(Doc::text(&emoji)),
        (false, true, _) => (MediaKind::Video, Some("video/webm"), ".webm"),
        (false, false, _) => (MediaKind::Sticker, Some("image/webp"), ".webp"),
    };
    file.mime = mime.map(str::to_owned);
    // A sticker's name is what a screen reader reads.
    file.name = Some(if kind == MediaKind::Video { format!("sticker{ending}") } else { emoji });
    Part::Media { kind, file, caption: None }
}

/// A poll in the SDK's words; an answer's id is its place.
fn poll_of(poll: &WirePoll) -> Poll {
    let answers = poll.options.iter().enumerate();
    Poll {
        question: poll.question.clone(),
        answers: answers.map(|(at, option)| PollAnswer { id: at.to_string(), text: option.text.clone() }).collect(),
        max_choices: match poll.allows_multiple_answers.unwrap_or(false) {
            true => u32::try_from(poll.options.len()).unwrap_or(1).max(1),
            false => 1,
        },
        hidden: false,
    }
}

/// The ids of a poll's answers, in order.
pub(crate) fn poll_answers(poll: &WirePoll) -> Vec<String> {
    (0..poll.options.len()).map(|at| at.to_string()).collect()
}

/// What has no place in Matrix, by its name.
fn named(said: &Message) -> Option<Doc> {
    let only = |what: &str| {
        Some(Doc::paragraph(vec![Inline::italic([Inline::text(format!(
            "{what}, which can only be seen on Telegram"
        ))])]))
    };
    if let Some(contact) = said.contact.as_ref() {
        let name = joined(&[&contact.first_name, contact.last_name.as_deref().unwrap_or("")], " ");
        return Some(Doc::text(&format!("👤 {}", joined(&[&name, &contact.phone_number], ", "))));
    }
    if let Some(dice) = said.dice.as_ref() {
        return Some(Doc::text(&format!("{} {}", dice.emoji, dice.value)));
    }
    if let Some(list) = said.checklist.as_ref() {
        let task = |task: &crate::wire::Task| {
            let mark = if task.completion_date.is_some() { "☑" } else { "☐" };
            vec![Block::Paragraph(Inline::lines(&format!("{mark} {}", task.text)))]
        };
        let title = Doc::paragraph(vec![Inline::bold(Inline::lines(&list.title))]);
        return Some(title.with(Block::List { start: None, items: list.tasks.iter().map(task).collect() }));
    }
    if let Some(titled) = said.game.as_ref().or(said.invoice.as_ref()) {
        let sign = if said.game.is_some() { "🎮" } else { "🧾" };
        let text = joined(&[&format!("{sign} {}", titled.title), titled.description.as_deref().unwrap_or("")], "\n");
        return Some(Doc::text(&text));
    }
    match () {
        () if said.story.is_some() => only("A story"),
        () if said.paid_media.is_some() => only("Something to be paid for"),
        () if said.giveaway.is_some() => only("A giveaway"),
        () => None,
    }
}
