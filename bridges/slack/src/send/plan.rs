//! Which calls a message takes, decided without looking at anything but the message.

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::poll;
use crate::config::Replies;
use crate::convert::{self, Writing};
use crate::ids;

/// Most characters of a name.
const MAX_NAME: usize = 80;
/// Most characters that are quoted of a message that is answered.
const QUOTED: usize = 80;

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub(crate) name: String,
    /// For notifications.
    pub(crate) text: String,
    pub(crate) blocks: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) thread: Option<Thread>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<MediaRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) poll: Option<Poll>,
}

/// The thread something is said in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thread {
    pub(crate) root: String,
    /// Whether the channel sees it, too.
    #[serde(default)]
    pub(crate) broadcast: bool,
}

/// What is kept with a message: the poll it is, whose tally is written anew with every vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) poll: Poll,
}

/// What the plan depends on besides the message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) replies: Replies,
    /// The workspace's address.
    pub(crate) workspace: &'a str,
}

impl Payload {
    /// Reads a plan back.
    pub(crate) fn read(value: &Value) -> Result<Self, SendError> {
        serde_json::from_value(value.clone())
            .map_err(|error| SendError::Bug(anyhow::anyhow!("a plan does not read: {error}")))
    }
}

/// The calls a message takes: its text in pieces Slack accepts, or a file with its words.
///
/// # Errors
/// There is nothing in it that Slack could show.
pub(crate) fn plan(message: &Outgoing, place: &Place<'_>) -> Result<Vec<Value>, SendError> {
    let how = Writing { may_ping_everyone: message.may_ping_everyone, workspace: place.workspace };
    let name = shown(&message.sender.name, &message.sender.user_id);
    let thread = thread(message, place.replies);
    let mut quote = message.reply_to.as_ref().filter(|_| thread.is_none()).map(|answered| quoted(answered, place));
    let mut payloads = Vec::new();
    for part in &message.parts {
        let plain = Payload {
            name: name.clone(),
            text: String::new(),
            blocks: Vec::new(),
            thread: thread.clone(),
            file: None,
            poll: None,
        };
        if let Part::Poll(asked) = part {
            payloads.push(poll::payload(asked, plain));
            continue;
        }
        let (mut text, file) = spoken(part);
        if let Some(quote) = quote.take() {
            text = quote.append_to(text);
        }
        let mut pieces = convert::write(&text, &how).into_iter();
        if let Some(file) = file {
            let words = pieces.next();
            let (text, blocks) = words.map(|words| (words.text, vec![words.block])).unwrap_or_default();
            payloads.push(Payload { text, blocks, file: Some(file), ..plain.clone() });
        }
        payloads.extend(pieces.map(|piece| Payload { text: piece.text, blocks: vec![piece.block], ..plain.clone() }));
    }
    // The channel needs to see only that there is an answer.
    for payload in payloads.iter_mut().skip(1) {
        if let Some(thread) = &mut payload.thread {
            thread.broadcast = false;
        }
    }
    if payloads.is_empty() {
        return Err(SendError::Refused(Refusal::Format("an empty message".to_owned())));
    }
    let plan: Result<Vec<Value>, _> = payloads.iter().map(serde_json::to_value).collect();
    plan.map_err(|error| SendError::Bug(error.into()))
}

/// Where a message stands: its thread; the thread of what it answers; or nowhere in particular.
fn thread(message: &Outgoing, replies: Replies) -> Option<Thread> {
    let valid = |ts: &MessageId| ids::micros(ts.as_str()).map(|_| ts.to_string());
    if let Some(root) = message.thread.as_ref().and_then(|root| valid(root.thread.as_ref().unwrap_or(&root.id))) {
        return Some(Thread { root, broadcast: false });
    }
    let answered = message.reply_to.as_ref()?;
    let root = valid(answered.thread.as_ref().unwrap_or(&answered.id))?;
    match replies {
        Replies::Quote => None,
        Replies::Thread => Some(Thread { root, broadcast: false }),
        Replies::Broadcast => Some(Thread { root, broadcast: true }),
    }
}

/// The message that is answered, as a quote above the answer.
struct Quote(Block);

impl Quote {
    fn append_to(self, text: Doc) -> Doc {
        let mut doc = Doc { blocks: vec![self.0] };
        doc.append(text);
        doc
    }
}

fn quoted(answered: &Known, place: &Place<'_>) -> Quote {
    let url = ids::permalink(place.workspace, answered.chat.as_str(), Some(answered.id.as_str()));
    let author = Inline::link(url, vec![Inline::text(one_line(&answered.author, QUOTED))]);
    let mut line = vec![Inline::Bold(vec![author])];
    if !answered.excerpt.is_empty() {
        line.push(Inline::text(format!(": {}", one_line(&answered.excerpt, QUOTED))));
    }
    Quote(Block::Quote(vec![Block::Paragraph(line)]))
}

/// What a part says, and the file it carries.
fn spoken(part: &Part) -> (Doc, Option<MediaRef>) {
    match part {
        Part::Text(text) | Part::Notice(text) => (text.clone(), None),
        Part::Emote(text) => (emote(text), None),
        Part::Media { file, caption, .. } => (caption.clone().unwrap_or_default(), Some(file.clone())),
        Part::Poll(poll) => (poll.as_text(), None),
        Part::Location { latitude, longitude, label } => {
            let address = format!(
                "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=16/{latitude}/{longitude}"
            );
            let mut text = label.as_deref().map(Inline::lines).unwrap_or_default();
            if !text.is_empty() {
                text.push(Inline::Break);
            }
            text.push(Inline::url(address));
            (Doc::paragraph(text), None)
        }
    }
}

/// `/me waves` stands in italics below the sender's name.
fn emote(text: &Doc) -> Doc {
    let blocks = text.blocks.iter().map(|block| match block {
        Block::Paragraph(text) => Block::Paragraph(vec![Inline::Italic(text.clone())]),
        other => other.clone(),
    });
    Doc { blocks: blocks.collect() }
}

/// The name a message is shown under: never empty, never too long.
fn shown(name: &str, user_id: &str) -> String {
    let visible = |name: &String| name.chars().any(|c| !c.is_control() && !c.is_whitespace() && c != '\u{200b}');
    let name = Some(one_line(name, MAX_NAME)).filter(visible).unwrap_or_else(|| one_line(user_id, MAX_NAME));
    if name.is_empty() { "Matrix".to_owned() } else { name }
}

fn one_line(text: &str, max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max {
        return line;
    }
    line.chars().take(max - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
