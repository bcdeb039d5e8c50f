//! Which calls a message takes, decided without looking at anything but the message.

use appservice_sdk::content::Inline;
use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::convert::{self, Heading, MAX_CAPTION, MAX_ENTITIES, MAX_TEXT, Written, units};

/// How many answers a poll may have.
const ANSWERS: std::ops::RangeInclusive<usize> = 2..=12;
/// Most units of a poll's question and of each answer.
const QUESTION: usize = 300;
const ANSWER: usize = 100;
/// The largest picture that is shown as one.
const PHOTO: u64 = 10 * 1024 * 1024;
/// The longest sum of a picture's sides, and how many times longer one may be than the other.
const SIDES: u32 = 10_000;
const RATIO: u32 = 20;

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub(crate) body: Body,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reply: Option<Answered>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) thread: Option<MessageId>,
}

/// What is said. Read, sent and dropped: its size is no matter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a handful exist at a time")]
pub(crate) enum Body {
    Text(Written),
    File { shown: Shown, file: MediaRef, caption: Written },
    Location { latitude: f64, longitude: f64 },
    Poll { question: String, answers: Vec<PollAnswer>, multiple: bool },
}

/// The message that is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answered {
    pub(crate) message: MessageId,
    pub(crate) part: u32,
}

/// What Telegram shows a file as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shown {
    Photo,
    Video,
    Animation,
    Audio,
    Voice,
    Document,
    Sticker,
}

impl Payload {
    /// Reads a plan back.
    pub(crate) fn read(value: &Value) -> Result<Self, SendError> {
        serde_json::from_value(value.clone())
            .map_err(|error| SendError::Bug(anyhow::anyhow!("a plan does not read: {error}")))
    }
}

impl Shown {
    /// The method that sends it, and its field's name.
    pub(crate) fn method(self) -> (&'static str, &'static str) {
        match self {
            Self::Photo => ("sendPhoto", "photo"),
            Self::Video => ("sendVideo", "video"),
            Self::Animation => ("sendAnimation", "animation"),
            Self::Audio => ("sendAudio", "audio"),
            Self::Voice => ("sendVoice", "voice"),
            Self::Document => ("sendDocument", "document"),
            Self::Sticker => ("sendSticker", "sticker"),
        }
    }

    /// Telegram takes only some formats for each; everything can be a document.
    fn of(kind: MediaKind, file: &MediaRef) -> Self {
        let mime = file.mime.as_deref().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        match (kind, mime) {
            (MediaKind::Sticker, "image/webp") => Self::Sticker,
            (MediaKind::Image | MediaKind::Sticker, "image/gif") => Self::Animation,
            (MediaKind::Image | MediaKind::Sticker, "image/jpeg" | "image/png" | "image/webp" | "")
                if is_photo(file) =>
            {
                Self::Photo
            }
            (MediaKind::Video, "video/mp4") => Self::Video,
            (MediaKind::Voice, "audio/ogg" | "audio/mpeg" | "audio/mp4") => Self::Voice,
            (MediaKind::Audio | MediaKind::Voice, "audio/mpeg" | "audio/mp4" | "audio/x-m4a") => Self::Audio,
            _ => Self::Document,
        }
    }
}

/// Whether Telegram makes a picture of it.
fn is_photo(file: &MediaRef) -> bool {
    let (Some(width), Some(height)) = (file.width, file.height) else {
        return file.size.is_none_or(|size| size <= PHOTO);
    };
    let (short, long) = (width.min(height).max(1), width.max(height));
    file.size.is_none_or(|size| size <= PHOTO) && width.saturating_add(height) <= SIDES && long / short < RATIO
}

/// The calls a message takes.
///
/// # Errors
/// There is nothing in it that Telegram could show.
pub(crate) fn plan(message: &Outgoing, template: &str) -> Result<Vec<Value>, SendError> {
    let sender = &message.sender;
    let heading = Heading::new(template, &sender.name, &sender.user_id);
    let bodies: Vec<Body> = message.parts.iter().flat_map(|part| bodies(part, &heading)).collect();
    if bodies.is_empty() {
        return Err(SendError::Refused(Refusal::Format("an empty message".to_owned())));
    }
    let answered =
        |known: &Known| Answered { message: known.id.clone(), part: if known.from_matrix { 0 } else { known.part } };
    let mut reply = message.reply_to.as_ref().map(answered);
    let thread = message.thread.as_ref().map(|root| root.id.clone());
    let payloads = bodies.into_iter().map(|body| Payload { body, reply: reply.take(), thread: thread.clone() });
    let plan: Result<Vec<Value>, _> = payloads.map(serde_json::to_value).collect();
    plan.map_err(|error| SendError::Bug(error.into()))
}

fn bodies(part: &Part, heading: &Heading) -> Vec<Body> {
    match part {
        Part::Text(doc) | Part::Notice(doc) => texts(doc, heading),
        Part::Emote(doc) => {
            let heading = Heading { before: "* ".to_owned(), after: " ".to_owned(), name: heading.name.clone() };
            texts(doc, &heading)
        }
        Part::Media { kind, file, caption } => {
            let file = MediaRef { alt: None, ..file.clone() };
            files(*kind, file, caption.clone().unwrap_or_default(), heading)
        }
        Part::Poll(poll) => asked(poll, heading),
        Part::Location { latitude, longitude, label } => {
            let said = Doc::paragraph(label.as_deref().map(Inline::lines).unwrap_or_default());
            let mut all = texts_or_name(&said, heading);
            all.push(Body::Location { latitude: *latitude, longitude: *longitude });
            all
        }
    }
}

fn texts(doc: &Doc, heading: &Heading) -> Vec<Body> {
    if doc.clone().tidy().is_empty() {
        return Vec::new();
    }
    convert::write(doc, heading, |_| MAX_TEXT).into_iter().map(Body::Text).collect()
}

/// The text; the name alone where there is none.
fn texts_or_name(doc: &Doc, heading: &Heading) -> Vec<Body> {
    let texts = texts(doc, heading);
    let name = convert::written(&Doc::default(), heading);
    match texts.is_empty() && !name.text.is_empty() {
        true => vec![Body::Text(name)],
        false => texts,
    }
}

/// A file with its words; words that are too long for a caption follow as messages of their own.
fn files(kind: MediaKind, file: MediaRef, words: Doc, heading: &Heading) -> Vec<Body> {
    let shown = Shown::of(kind, &file);
    if shown == Shown::Sticker {
        let mut all = texts_or_name(&words, heading);
        all.push(Body::File { shown, file, caption: Written::default() });
        return all;
    }
    let caption = convert::written(&words, heading);
    if units(&caption.text) <= MAX_CAPTION && caption.entities.len() <= MAX_ENTITIES {
        return vec![Body::File { shown, file, caption }];
    }
    let mut all = vec![Body::File { shown, file, caption: convert::written(&Doc::default(), heading) }];
    all.extend(texts(&words, heading));
    all
}

/// A poll as Telegram's own, if it fits; as text otherwise.
fn asked(poll: &Poll, heading: &Heading) -> Vec<Body> {
    let name = convert::written(&Doc::default(), heading).text;
    let question = if name.is_empty() { poll.question.clone() } else { format!("{name} {}", poll.question) };
    let fits = ANSWERS.contains(&poll.answers.len())
        && units(&question) <= QUESTION
        && poll.answers.iter().all(|answer| !answer.text.trim().is_empty() && units(&answer.text) <= ANSWER);
    match fits {
        true => {
            vec![Body::Poll { question, answers: poll.answers.clone(), multiple: poll.max_choices > 1 }]
        }
        false => texts(&poll.as_text(), heading),
    }
}

#[cfg(test)]
mod tests;
