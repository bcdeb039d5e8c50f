//! What a message consists of: its text with its embeds, then each file, then each sticker.

use appservice_sdk::prelude::*;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serenity::model::channel::{MessageFlags, MessageType};
use serenity::model::id::{AttachmentId, ChannelId};

use super::embed;
use super::{FORWARD, View, component};
use crate::convert;
use crate::wire::{self, Attachment, Sticker};

/// How Discord marks a file that is hidden until asked for: by its name, and nowadays by a flag.
const SPOILER: &str = "SPOILER_";
const IS_SPOILER: u64 = 1 << 3;
/// Values of a voice message's waveform that Matrix takes.
const WAVEFORM: usize = 120;

/// Whether a program only shows that it thinks.
pub(super) fn is_thinking(said: &wire::Message) -> bool {
    said.flags.is_some_and(|flags| flags.contains(MessageFlags::LOADING))
}

/// All parts of a message; `None` when it is not for people.
pub(super) fn of(said: &wire::Message, view: &View<'_>) -> Option<Vec<Part>> {
    if is_thinking(said) {
        return None;
    }
    match said.kind.unwrap_or(MessageType::Regular) {
        MessageType::Regular
        | MessageType::InlineReply
        | MessageType::ChatInputCommand
        | MessageType::ContextMenuCommand
        | MessageType::Unknown(_)
            if super::result_of(said).is_none() =>
        {
            spoken(said, view)
        }
        MessageType::ThreadCreated => Some(vec![notice(format!("Thread: {}", said.content.as_deref().unwrap_or("…")))]),
        MessageType::PinsAdd => Some(vec![Part::Emote(Doc::text("pinned a message"))]),
        MessageType::MemberJoin => Some(vec![Part::Emote(Doc::text("joined the server"))]),
        MessageType::NitroBoost | MessageType::NitroTier1 | MessageType::NitroTier2 | MessageType::NitroTier3 => {
            Some(vec![Part::Emote(Doc::text("boosted the server"))])
        }
        // Names and topics arrive as channel updates; a thread's starter stands in the channel already.
        _ => None,
    }
}

fn spoken(said: &wire::Message, view: &View<'_>) -> Option<Vec<Part>> {
    let mut text = said.content.as_deref().map(|content| read(content, view)).unwrap_or_default();
    let by_program = said.webhook_id.is_some() || said.author.as_ref().is_some_and(|author| author.bot);
    let hidden = said.flags.is_some_and(|flags| flags.contains(MessageFlags::SUPPRESS_EMBEDS));
    if by_program && !hidden {
        said.embeds.iter().filter_map(|embed| embed::doc(embed, view)).for_each(|embed| text.append(embed));
    }
    let laid_out = component::shown(&said.components, view);
    text.append(laid_out.text);
    let forwarded = said.message_reference.as_ref().is_some_and(|reference| reference.kind == FORWARD);
    let mut files = Vec::new();
    for snapshot in said.message_snapshots.iter().filter(|_| forwarded) {
        let forwarded = &snapshot.message;
        text.append(quoted(forwarded, view));
        files.extend(forwarded.attachments.iter().map(|file| attached(file, said)));
        files.extend(component::shown(&forwarded.components, view).files);
        files.extend(forwarded.sticker_items.iter().map(|sticker| stuck(sticker, view)));
    }
    files.extend(said.attachments.iter().map(|file| attached(file, said)));
    files.extend(said.sticker_items.iter().map(|sticker| stuck(sticker, view)));
    if by_program && !hidden {
        files.extend(said.embeds.iter().filter_map(embed::picture));
    }
    files.extend(laid_out.files);
    let mut parts = Vec::with_capacity(files.len() + 1);
    if !text.is_empty() {
        parts.push(if by_program { Part::Notice(text) } else { Part::Text(text) });
    }
    parts.extend(said.poll.as_ref().map(asked));
    parts.extend(files);
    if parts.is_empty() {
        if matches!(said.kind, Some(MessageType::Unknown(_))) {
            return None;
        }
        parts.push(notice("(something that can only be seen on Discord)".to_owned()));
    }
    Some(parts)
}

/// Markdown of Discord as a text, with names wherever they are known.
pub(super) fn read(markdown: &str, view: &View<'_>) -> Doc {
    convert::read(markdown, view.names)
}

fn notice(text: String) -> Part {
    Part::Notice(Doc::text(&text))
}

fn quoted(forwarded: &wire::Forwarded, view: &View<'_>) -> Doc {
    let mut inner = read(&forwarded.content, view).blocks;
    inner.extend(forwarded.embeds.iter().filter_map(|embed| embed::doc(embed, view)).flat_map(|doc| doc.blocks));
    inner.extend(component::shown(&forwarded.components, view).text.blocks);
    let head = Doc::paragraph(vec![Inline::italic([Inline::text("Forwarded")])]);
    if inner.is_empty() { head } else { head.with(Block::Quote(inner)) }
}

fn asked(poll: &wire::Poll) -> Part {
    let answer = |answer: &wire::PollAnswer| {
        let emoji = answer.poll_media.emoji.as_ref().and_then(|emoji| match emoji.id {
            Some(_) => emoji.name.as_ref().map(|name| format!(":{name}:")),
            None => emoji.name.clone(),
        });
        let text = answer.poll_media.text.clone().unwrap_or_else(|| "…".to_owned());
        let text = emoji.map_or_else(|| text.clone(), |emoji| format!("{emoji} {text}"));
        PollAnswer { id: answer.answer_id.to_string(), text }
    };
    let answers: Vec<PollAnswer> = poll.answers.iter().map(answer).collect();
    Part::Poll(Poll {
        question: poll.question.text.clone().unwrap_or_else(|| "…".to_owned()),
        max_choices: if poll.allow_multiselect { u32::try_from(answers.len()).unwrap_or(1).max(1) } else { 1 },
        answers,
        hidden: false,
    })
}

/// A file.
fn attached(file: &Attachment, said: &wire::Message) -> Part {
    let mime = file.content_type.as_deref().map(|mime| mime.split(';').next().unwrap_or(mime).trim().to_owned());
    let name = file.filename.strip_prefix(SPOILER).unwrap_or(&file.filename);
    let locator = Locator { channel: said.channel_id, message: said.id, file: file.id };
    let mut media = MediaRef::remote(locator.written()).with_id(format!("attachment/{}", file.id));
    media.name = Some(name.to_owned());
    media.size = file.size;
    media.width = file.width;
    media.height = file.height;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let milliseconds = file.duration_secs.map(|seconds| (seconds.max(0.0) * 1000.0) as u64);
    media.duration = milliseconds;
    media.alt.clone_from(&file.description);
    media.spoiler = name.len() < file.filename.len() || file.flags & IS_SPOILER != 0;
    let voice = said.flags.is_some_and(|flags| flags.contains(MessageFlags::IS_VOICE_MESSAGE));
    if let Some(waveform) = file.waveform.as_deref().filter(|_| voice) {
        media.waveform = loudness(waveform);
    }
    let kind = match mime.as_deref().and_then(|mime| mime.split('/').next()) {
        Some("image") => MediaKind::Image,
        Some("video") => MediaKind::Video,
        Some("audio") if voice => MediaKind::Voice,
        Some("audio") => MediaKind::Audio,
        _ => MediaKind::File,
    };
    media.mime = mime;
    Part::Media { kind, file: media, caption: None }
}

/// A waveform as Matrix has it: at most 120 values up to 1024. Discord sends bytes, at most 256.
fn loudness(waveform: &str) -> Vec<u16> {
    let bytes = BASE64_STANDARD.decode(waveform).unwrap_or_default();
    let count = bytes.len().min(WAVEFORM);
    (0..count).map(|at| u16::from(bytes[at * bytes.len() / count]) * 4).collect()
}

fn stuck(sticker: &Sticker, view: &View<'_>) -> Part {
    match view.cdn.sticker(sticker) {
        Some(file) => Part::Media { kind: MediaKind::Sticker, file, caption: None },
        // Drawn by a program that only Discord's client has.
        None => notice(format!("(moving sticker: {})", sticker.name)),
    }
}

/// Which attachment of which message. The address itself is signed anew each time Discord tells it, so it is no part of
/// this: an edit that leaves the file alone must leave the same file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Locator {
    pub(crate) channel: ChannelId,
    pub(crate) message: serenity::model::id::MessageId,
    pub(crate) file: AttachmentId,
}

impl Locator {
    fn written(self) -> String {
        format!("attachment {} {} {}", self.channel, self.message, self.file)
    }

    /// Reads what [`Locator::written`] wrote; an address is none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut words = text.strip_prefix("attachment ")?.split(' ');
        let mut next = || words.next()?.parse::<std::num::NonZeroU64>().ok();
        Some(Self { channel: next()?.into(), message: next()?.into(), file: next()?.into() })
    }
}
