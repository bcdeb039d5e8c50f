//! What an event of the network means for Matrix. Pure: [`View`] is all it knows, [`Plan`] all it wants.
//!
//! Every transaction id is derived from the bridge, the chat, the message's id, the part and the version, so that doing
//! the same plan twice gives the same events.

mod content;
mod extra;
mod message;
mod needs;
mod reaction;
mod vote;

use std::collections::HashMap;

use serde_json::json;
use sha2::{Digest, Sha256};

pub(crate) use self::needs::{needed_media, targets};
use self::{
    message::{delete, edit, message},
    reaction::{react, unreact},
};
use crate::{
    content::Directory,
    engine::pins::{self, PinChange},
    intent::{REMARK, Send},
    network::{Author, ChatDelta, ChatId, Incoming, MediaSource, MessageId, PackImage, Part, SendKey, What},
    store::{media::Uploaded, messages::MessageRow, reactions::ReactionRow},
};

/// What is known when an event is decided about.
pub(crate) struct View<'a> {
    /// `discord`
    pub(crate) bridge: &'a str,
    pub(crate) room: &'a str,
    /// The ledger's rows of the messages it speaks of, in the order of parts.
    pub(crate) rows: &'a [MessageRow],
    /// Reactions to the message it speaks of.
    pub(crate) reactions: &'a [ReactionRow],
    /// Files on the homeserver, by cache key.
    pub(crate) media: &'a HashMap<String, Uploaded>,
    /// The events that are pinned on both sides.
    pub(crate) pins: &'a [String],
    /// The newest event of the thread it stands in.
    pub(crate) latest_in_thread: Option<&'a str>,
    pub(crate) directory: &'a (dyn Directory + Sync),
}

/// Who does something in Matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Actor {
    Bot,
    /// The ghost of this remote user.
    Ghost(String),
}

/// One call to the homeserver.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// An event, and what the ledger learns from it (the event id is filled in).
    Send(Box<Sending>),
    /// A redaction, and what the ledger forgets.
    Redact { by: Actor, event_id: String, key: SendKey, forget: Forget },
}

/// An event to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Sending {
    pub(crate) by: Actor,
    pub(crate) event: Send,
    pub(crate) row: Option<MessageRow>,
    pub(crate) reaction: Option<ReactionRow>,
}

/// What goes from the ledger with a redacted event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Forget {
    Message,
    Part { id: String, part: i64 },
    Reaction,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    /// These calls, in order; and for an edit, the version of the message that is reached then.
    Do { steps: Vec<Step>, edited: Option<(String, i64)> },
    /// The room's look follows the chat's.
    Look(Box<ChatDelta>),
    /// The look of the chat is fetched anew.
    Refresh,
    /// A ghost joins or leaves.
    Member { ghost: String, joined: bool },
    /// Events are pinned, or no longer.
    Pins(PinChange),
    /// A ghost shall have this power level.
    Power { ghost: String, level: i64 },
    /// The room's emoji and stickers.
    Pack(Vec<PackImage>),
    /// The portal closes.
    Close,
    /// The message it changes may still be on its way.
    Wait(MessageId),
    /// Nothing to do.
    Skip(&'static str),
}

/// Decides.
pub(crate) fn to_matrix(incoming: &Incoming, view: &View<'_>) -> Plan {
    let mut plan = decide(incoming, view);
    if let (Plan::Do { steps, .. }, false) = (&mut plan, incoming.extra.is_empty()) {
        extra::add(&incoming.extra, steps);
    }
    plan
}

fn decide(incoming: &Incoming, view: &View<'_>) -> Plan {
    if matches!(incoming.from, Author::Me) {
        return Plan::Skip("an echo of what the bridge did");
    }
    match &incoming.what {
        What::Message { .. } => message(incoming, view),
        What::Edit { id, parts } => edit(incoming, id, parts, view),
        What::Delete { id } => delete(incoming, id, view),
        What::React { id, emoji, on: true } => react(incoming, id, emoji, view),
        What::React { id, emoji, on: false } => unreact(incoming, id, emoji, view),
        What::Chat(delta) => Plan::Look(Box::new(delta.clone())),
        What::Member { joined } => match &incoming.from {
            Author::Them(id, _) => Plan::Member { ghost: id.to_string(), joined: *joined },
            _ => Plan::Skip("nobody came or went"),
        },
        What::Gone => Plan::Close,
        What::Resync => Plan::Refresh,
        What::Gap { note } => gap(incoming, note, view),
        What::Typing { .. } | What::Profile => Plan::Skip("nothing to send"),
        What::Vote { poll, answers } => vote::vote(incoming, poll, answers, view),
        What::PollEnd { poll } => vote::end(incoming, poll, view),
        What::Pin { id, on } => pin(id, *on, view),
        What::Pins { ids } => Plan::Pins(pins::between(view.pins, &events(ids, view))),
        What::Power { level } => match &incoming.from {
            Author::Them(id, _) => Plan::Power { ghost: id.to_string(), level: *level },
            _ => Plan::Skip("power of nobody"),
        },
        What::Pack { images } => Plan::Pack(images.clone()),
        What::Found(_) | What::Moved { .. } => Plan::Skip("dealt with before"),
    }
}

fn actor(from: &Author) -> Actor {
    match from {
        Author::Them(id, _) => Actor::Ghost(id.to_string()),
        Author::Me | Author::Nobody => Actor::Bot,
    }
}

fn author(row: &MessageRow) -> Actor {
    match row.from_matrix == 0 && !row.author_id.is_empty() {
        true => Actor::Ghost(row.author_id.clone()),
        false => Actor::Bot,
    }
}

fn key(view: &View<'_>, chat: &ChatId, id: &str, more: &[&str]) -> SendKey {
    SendKey::derive(&[&[view.bridge, chat.as_str(), id], more].concat())
}

/// What tells whether a part changed. A file with a lasting id is the same file wherever its address leads today.
fn hash_of_part(part: &Part) -> String {
    let mut part = part.clone();
    if let Part::Media { file, .. } = &mut part
        && let Some(id) = &file.id
    {
        file.source = MediaSource::Remote(id.clone());
    }
    hash_of(&part)
}

/// First 16 hexadecimal digits of a hash over what a part says.
pub(crate) fn hash_of(value: &impl serde::Serialize) -> String {
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn gap(incoming: &Incoming, note: &str, view: &View<'_>) -> Plan {
    let key = key(view, &incoming.chat, "gap", &[&incoming.at.0.to_string(), note]);
    let content = json!({ "msgtype": "m.notice", "body": format!("Some messages are missing here: {note}"), "m.mentions": {}, REMARK: true });
    let event =
        Send { room: view.room.to_owned(), kind: "m.room.message".to_owned(), content, key, at: Some(incoming.at) };
    Plan::Do {
        steps: vec![Step::Send(Box::new(Sending { by: Actor::Bot, event, row: None, reaction: None }))],
        edited: None,
    }
}

fn pin(id: &MessageId, on: bool, view: &View<'_>) -> Plan {
    let event = events(std::slice::from_ref(id), view);
    match (event.is_empty(), on) {
        (true, true) => Plan::Wait(id.clone()),
        (_, true) => Plan::Pins(PinChange { add: event, remove: Vec::new() }),
        (_, false) => Plan::Pins(PinChange { add: Vec::new(), remove: event }),
    }
}

/// The first events of messages, as far as they are known.
fn events(ids: &[MessageId], view: &View<'_>) -> Vec<String> {
    let first = |id| rows_of(id, view).find(|row| row.deleted == 0).map(|row| row.event_id.clone());
    ids.iter().filter_map(first).collect()
}

fn rows_of<'a>(id: &'a MessageId, view: &'a View<'_>) -> impl Iterator<Item = &'a MessageRow> {
    view.rows.iter().filter(move |row| row.id == id.as_str())
}

#[cfg(test)]
mod tests;
