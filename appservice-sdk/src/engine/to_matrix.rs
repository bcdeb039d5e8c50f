//! What an event of the network means for Matrix. Pure: [`View`] is all it knows, [`Plan`] all it wants.
//!
//! Every transaction id is derived from the bridge, the chat, the message's id, the part and the version, so that doing
//! the same plan twice gives the same events.

use std::collections::HashMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::text;
use crate::{
    content::{Directory, Doc},
    intent::{Relation, Send},
    network::{
        Author, ChatDelta, ChatId, Emoji, Incoming, MediaKind, MediaRef, MessageId, Part, SendKey, UserInfo, What,
    },
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
    Look(ChatDelta),
    /// The look of the chat is fetched anew.
    Refresh,
    /// A ghost joins or leaves.
    Member { ghost: String, joined: bool },
    /// The portal closes.
    Close,
    /// The message it changes may still be on its way.
    Wait(MessageId),
    /// Nothing to do.
    Skip(&'static str),
}

/// Decides.
pub(crate) fn to_matrix(incoming: &Incoming, view: &View<'_>) -> Plan {
    if matches!(incoming.from, Author::Me) {
        return Plan::Skip("an echo of what the bridge did");
    }
    match &incoming.what {
        What::Message { .. } => message(incoming, view),
        What::Edit { id, parts } => edit(incoming, id, parts, view),
        What::Delete { id } => delete(incoming, id, view),
        What::React { id, emoji, on: true } => react(incoming, id, emoji, view),
        What::React { id, emoji, on: false } => unreact(incoming, id, emoji, view),
        What::Chat(delta) => Plan::Look(delta.clone()),
        What::Member { joined } => match &incoming.from {
            Author::Them(id, _) => Plan::Member { ghost: id.to_string(), joined: *joined },
            _ => Plan::Skip("nobody came or went"),
        },
        What::Gone => Plan::Close,
        What::Resync => Plan::Refresh,
        What::Gap { note } => gap(incoming, note, view),
        What::Typing { .. } | What::Profile => Plan::Skip("nothing to send"),
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

/// First 16 hexadecimal digits of a hash over what a part says.
pub(crate) fn hash_of(value: &impl serde::Serialize) -> String {
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn message(incoming: &Incoming, view: &View<'_>) -> Plan {
    let What::Message { id, parts, reply_to, thread, profile } = &incoming.what else {
        return Plan::Skip("no message");
    };
    if rows_of(id, view).next().is_some() {
        return Plan::Skip("a message that is there already");
    }
    let event_of = |id: &MessageId| rows_of(id, view).find(|row| row.deleted == 0).map(|row| row.event_id.clone());
    let root = thread.as_ref().and_then(event_of);
    let relation = Relation {
        reply_to: reply_to.as_ref().and_then(event_of),
        thread: root.map(|root| (root.clone(), view.latest_in_thread.map_or(root, str::to_owned))),
    };
    let mut steps = Vec::with_capacity(parts.len());
    for (number, part) in (0i64..).zip(parts) {
        let mut content = content(part, profile.as_ref(), view);
        let first = Relation { reply_to: relation.reply_to.clone().filter(|_| number == 0), ..relation.clone() };
        first.write(&mut content);
        steps.push(new_part(incoming, id, Piece { number, part, content, thread: thread.as_ref() }, view));
    }
    Plan::Do { steps, edited: None }
}

/// A part that is new in Matrix.
struct Piece<'a> {
    number: i64,
    part: &'a Part,
    content: Value,
    thread: Option<&'a MessageId>,
}

fn new_part(incoming: &Incoming, id: &MessageId, piece: Piece<'_>, view: &View<'_>) -> Step {
    let Piece { number, part, content, thread } = piece;
    let note = match &incoming.what {
        What::Message { profile: Some(profile), .. } => serde_json::to_string(profile).ok(),
        _ => None,
    };
    let (author, author_id) = match &incoming.from {
        Author::Them(id, info) => (info.name.clone(), id.to_string()),
        Author::Me | Author::Nobody => (String::new(), String::new()),
    };
    let row = MessageRow {
        chat: incoming.chat.to_string(),
        id: id.to_string(),
        part: number,
        event_id: String::new(),
        room_id: view.room.to_owned(),
        thread: thread.map(ToString::to_string),
        from_matrix: 0,
        author,
        author_id,
        excerpt: excerpt(part),
        note,
        hash: hash_of(part),
        version: 0,
        deleted: 0,
        sent_at: incoming.at.0,
    };
    let kind = match part {
        Part::Media { kind: MediaKind::Sticker, file, .. } if view.media.contains_key(file.cache_key()) => "m.sticker",
        _ => "m.room.message",
    };
    let key = key(view, &incoming.chat, id.as_str(), &[&number.to_string()]);
    let event = Send { room: view.room.to_owned(), kind: kind.to_owned(), content, key, at: Some(incoming.at) };
    Step::Send(Box::new(Sending { by: actor(&incoming.from), event, row: Some(row), reaction: None }))
}

fn excerpt(part: &Part) -> String {
    match part {
        Part::Media { file, caption, .. } => match caption {
            Some(caption) => text::excerpt(caption),
            None => file.name.clone().unwrap_or_else(|| "a file".to_owned()),
        },
        Part::Location { label, .. } => label.clone().unwrap_or_else(|| "a place".to_owned()),
        Part::Text(doc) | Part::Emote(doc) | Part::Notice(doc) => text::excerpt(doc),
    }
}

fn edit(incoming: &Incoming, id: &MessageId, parts: &[Part], view: &View<'_>) -> Plan {
    let old: Vec<&MessageRow> = rows_of(id, view).collect();
    let Some(first) = old.first() else { return Plan::Wait(id.clone()) };
    if first.from_matrix != 0 {
        return Plan::Skip("an edit of a message from Matrix");
    }
    if first.deleted != 0 || incoming.at.0 < first.version {
        return Plan::Skip("an edit of what is gone, or older than the newest");
    }
    let mut steps = Vec::new();
    for (number, part) in (0i64..).zip(parts) {
        match old.iter().find(|row| row.part == number) {
            Some(row) if row.hash == hash_of(part) => {}
            Some(row) => steps.push(changed_part(incoming, row, part, view)),
            None => steps.push(added_part(incoming, id, number, part, first, view)),
        }
    }
    for row in old.iter().filter(|row| usize::try_from(row.part).is_ok_and(|part| part >= parts.len())) {
        let key = key(view, &incoming.chat, &row.id, &[&row.part.to_string(), "gone", &row.event_id]);
        let forget = Forget::Part { id: row.id.clone(), part: row.part };
        steps.push(Step::Redact { by: author(row), event_id: row.event_id.clone(), key, forget });
    }
    Plan::Do { steps, edited: Some((id.to_string(), incoming.at.0)) }
}

/// The look a message of the network wore when it came: kept in the note, for its edits.
fn worn(row: &MessageRow) -> Option<UserInfo> {
    serde_json::from_str(row.note.as_deref()?).ok()
}

fn added_part(
    incoming: &Incoming,
    id: &MessageId,
    number: i64,
    part: &Part,
    first: &MessageRow,
    view: &View<'_>,
) -> Step {
    let thread = first.thread.as_deref().map(MessageId::new);
    let content = content(part, worn(first).as_ref(), view);
    let mut step = new_part(incoming, id, Piece { number, part, content, thread: thread.as_ref() }, view);
    if let Step::Send(sending) = &mut step
        && let Sending { by, event, row: Some(row), .. } = sending.as_mut()
    {
        // A part that went and comes back is a new event: its key holds the time of the edit.
        event.key = key(view, &incoming.chat, id.as_str(), &[&number.to_string(), &incoming.at.0.to_string()]);
        *by = author(first);
        row.note.clone_from(&first.note);
        row.author.clone_from(&first.author);
        row.author_id.clone_from(&first.author_id);
    }
    step
}

fn changed_part(incoming: &Incoming, row: &MessageRow, part: &Part, view: &View<'_>) -> Step {
    let hash = hash_of(part);
    let new = content(part, worn(row).as_ref(), view);
    let mut outer = new.clone();
    if let Some(outer) = outer.as_object_mut() {
        for text in ["body", "formatted_body"] {
            if let Some(Value::String(body)) = outer.get_mut(text) {
                body.insert_str(0, "* ");
            }
        }
        outer.insert("m.mentions".to_owned(), json!({}));
        outer.insert("m.new_content".to_owned(), new);
        outer.insert("m.relates_to".to_owned(), json!({ "rel_type": "m.replace", "event_id": row.event_id }));
    }
    let version = incoming.at.0.to_string();
    let event = Send {
        room: view.room.to_owned(),
        kind: "m.room.message".to_owned(),
        content: outer,
        key: key(view, &incoming.chat, &row.id, &[&row.part.to_string(), &version, &hash]),
        at: Some(incoming.at),
    };
    let row = MessageRow { hash, excerpt: excerpt(part), version: incoming.at.0, ..row.clone() };
    Step::Send(Box::new(Sending { by: author(&row), event, row: Some(row), reaction: None }))
}

fn delete(incoming: &Incoming, id: &MessageId, view: &View<'_>) -> Plan {
    let mut rows = rows_of(id, view).peekable();
    if rows.peek().is_none() {
        return Plan::Wait(id.clone());
    }
    // A Matrix message that was split over there goes when one of its parts goes: it is one event.
    let mut steps: Vec<Step> = Vec::new();
    for row in rows.filter(|row| row.deleted == 0) {
        let key = key(view, &incoming.chat, &row.id, &[&row.part.to_string(), "delete"]);
        steps.push(Step::Redact { by: author(row), event_id: row.event_id.clone(), key, forget: Forget::Message });
    }
    Plan::Do { steps, edited: None }
}

fn react(incoming: &Incoming, id: &MessageId, emoji: &Emoji, view: &View<'_>) -> Plan {
    let Author::Them(who, _) = &incoming.from else { return Plan::Skip("a reaction by nobody") };
    let Some(on) = rows_of(id, view).next() else { return Plan::Wait(id.clone()) };
    if on.deleted != 0 {
        return Plan::Skip("a reaction to what is gone");
    }
    let mine = |row: &&ReactionRow| row.from_matrix == 0 && row.emoji == emoji.key && row.sender == who.as_str();
    if view.reactions.iter().any(|row| mine(&row)) {
        return Plan::Skip("a reaction that is there already");
    }
    let picture = emoji.image.as_ref().and_then(|image| view.media.get(&emoji_source(emoji, image)));
    let shown = match (picture, &emoji.name) {
        (Some(picture), _) => picture.mxc.clone(),
        (None, Some(name)) => format!(":{name}:"),
        (None, None) => emoji.key.clone(),
    };
    let mut content = json!({ "m.relates_to": { "rel_type": "m.annotation", "event_id": on.event_id, "key": shown } });
    if let (Some(_), Some(name)) = (picture, &emoji.name) {
        content["com.beeper.reaction.shortcode"] = json!(format!(":{name}:"));
    }
    let row = ReactionRow {
        chat: incoming.chat.to_string(),
        id: id.to_string(),
        emoji: emoji.key.clone(),
        sender: who.to_string(),
        from_matrix: 0,
        event_id: String::new(),
        room_id: view.room.to_owned(),
        shown,
    };
    // Put, taken and put again are three events: the time is part of the key.
    let key = key(view, &incoming.chat, id.as_str(), &["react", &emoji.key, who.as_str(), &incoming.at.0.to_string()]);
    let event = Send { room: view.room.to_owned(), kind: "m.reaction".to_owned(), content, key, at: Some(incoming.at) };
    let by = actor(&incoming.from);
    Plan::Do { steps: vec![Step::Send(Box::new(Sending { by, event, row: None, reaction: Some(row) }))], edited: None }
}

/// What an emoji's picture is remembered by.
pub(crate) fn emoji_source(emoji: &Emoji, image: &str) -> String {
    if emoji.name.is_some() { format!("emoji:{}", emoji.key) } else { image.to_owned() }
}

/// Taken back by its author; by nobody in particular, all of this emoji (or of any, if the key is empty) go.
fn unreact(incoming: &Incoming, id: &MessageId, emoji: &Emoji, view: &View<'_>) -> Plan {
    let gone = |row: &&ReactionRow| {
        row.from_matrix == 0
            && row.id == id.as_str()
            && match &incoming.from {
                Author::Them(who, _) => row.emoji == emoji.key && row.sender == who.as_str(),
                _ => emoji.key.is_empty() || row.emoji == emoji.key,
            }
    };
    let steps: Vec<Step> = view
        .reactions
        .iter()
        .filter(gone)
        .map(|row| Step::Redact {
            by: Actor::Ghost(row.sender.clone()),
            event_id: row.event_id.clone(),
            key: key(view, &incoming.chat, &row.id, &["unreact", &row.event_id]),
            forget: Forget::Reaction,
        })
        .collect();
    if steps.is_empty() && rows_of(id, view).next().is_none() {
        return Plan::Wait(id.clone());
    }
    Plan::Do { steps, edited: None }
}

fn gap(incoming: &Incoming, note: &str, view: &View<'_>) -> Plan {
    let key = key(view, &incoming.chat, "gap", &[&incoming.at.0.to_string(), note]);
    let content =
        json!({ "msgtype": "m.notice", "body": format!("Some messages are missing here: {note}"), "m.mentions": {} });
    let event =
        Send { room: view.room.to_owned(), kind: "m.room.message".to_owned(), content, key, at: Some(incoming.at) };
    Plan::Do {
        steps: vec![Step::Send(Box::new(Sending { by: Actor::Bot, event, row: None, reaction: None }))],
        edited: None,
    }
}

fn rows_of<'a>(id: &'a MessageId, view: &'a View<'_>) -> impl Iterator<Item = &'a MessageRow> {
    view.rows.iter().filter(move |row| row.id == id.as_str())
}

/// The content of a part, without relations.
fn content(part: &Part, profile: Option<&UserInfo>, view: &View<'_>) -> Value {
    let doc = |doc: &Doc| doc.clone().toward_matrix(view.directory);
    let mut content = match part {
        Part::Text(text) => text::write("m.text", &doc(text)),
        Part::Emote(text) => text::write("m.emote", &doc(text)),
        Part::Notice(text) => text::write("m.notice", &doc(text)),
        Part::Media { kind, file, caption } => media(*kind, file, caption.as_ref().map(doc), view),
        Part::Location { latitude, longitude, label } => json!({
            "msgtype": "m.location", "geo_uri": format!("geo:{latitude},{longitude}"), "m.mentions": {},
            "body": label.clone().unwrap_or_else(|| format!("{latitude}, {longitude}")),
        }),
    };
    if let Some(profile) = profile {
        wear(profile, &mut content, view);
    }
    content
}

fn media(kind: MediaKind, file: &MediaRef, caption: Option<Doc>, view: &View<'_>) -> Value {
    let Some(uploaded) = view.media.get(file.cache_key()) else { return unavailable(file, caption) };
    let name = file.name.clone().unwrap_or_else(|| "file".to_owned());
    let mut info = json!({ "size": uploaded.size });
    let mime = uploaded.mime.as_ref().or(file.mime.as_ref());
    let facts = [
        ("mimetype", mime.map(|mime| json!(mime))),
        ("w", file.width.map(|w| json!(w))),
        ("h", file.height.map(|h| json!(h))),
        ("duration", file.duration.map(|d| json!(d))),
    ];
    for (key, value) in facts {
        if let Some(value) = value {
            info[key] = value;
        }
    }
    if kind == MediaKind::Sticker {
        return json!({ "body": file.alt.clone().unwrap_or(name), "url": uploaded.mxc, "info": info });
    }
    let msgtype = match kind {
        MediaKind::Image | MediaKind::Sticker => "m.image",
        MediaKind::Video => "m.video",
        MediaKind::Audio => "m.audio",
        MediaKind::File => "m.file",
    };
    let mut content = match caption.filter(|caption| !caption.is_empty()) {
        Some(caption) => text::write(msgtype, &caption),
        None => json!({ "msgtype": msgtype, "body": name, "m.mentions": {} }),
    };
    content["filename"] = json!(name);
    content["url"] = json!(uploaded.mxc);
    content["info"] = info;
    if file.spoiler {
        content["page.codeberg.everypizza.msc4193.spoiler"] = json!(true);
    }
    content
}

/// A file that could not be had: its name, and its address if anybody may read it.
fn unavailable(file: &MediaRef, caption: Option<Doc>) -> Value {
    let name = file.name.as_deref().unwrap_or("a file");
    let mut body = match &file.source {
        crate::network::MediaSource::Web(url) => format!("[{name}: {url}]"),
        _ => format!("[{name} could not be carried over]"),
    };
    if let Some(caption) = caption.filter(|caption| !caption.is_empty()) {
        body = format!("{}\n{body}", caption.plain());
    }
    json!({ "msgtype": "m.notice", "body": body, "m.mentions": {} })
}

/// A look for one message alone (MSC4144), with the name in the text for clients that do not know it.
fn wear(profile: &UserInfo, content: &mut Value, view: &View<'_>) {
    let avatar = profile.avatar.as_ref().and_then(|avatar| view.media.get(avatar.cache_key()));
    let mut worn = json!({ "id": hash_of(profile), "displayname": profile.name, "has_fallback": true });
    if let Some(avatar) = avatar {
        worn["avatar_url"] = json!(avatar.mxc);
    }
    let name = html_escape(&profile.name);
    let body = content.get("body").and_then(Value::as_str).unwrap_or_default().to_owned();
    let html = match content.get("formatted_body").and_then(Value::as_str) {
        Some(html) => html.to_owned(),
        None => html_escape(&body).replace('\n', "<br>"),
    };
    content["com.beeper.per_message_profile"] = worn;
    content["body"] = json!(format!("{}: {body}", profile.name));
    content["format"] = json!("org.matrix.custom.html");
    content["formatted_body"] = json!(format!("<strong data-mx-profile-fallback>{name}: </strong>{html}"));
}

fn html_escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The files an event needs on the homeserver, with what each is remembered by.
pub(crate) fn needed_media(incoming: &Incoming) -> Vec<(String, MediaRef)> {
    let mut needed: Vec<(String, MediaRef)> = Vec::new();
    let mut need = |file: &MediaRef| needed.push((file.cache_key().to_owned(), file.clone()));
    match &incoming.what {
        What::Message { parts, profile, .. } => {
            parts.iter().filter_map(file_of).for_each(&mut need);
            profile.iter().filter_map(|profile| profile.avatar.as_ref()).for_each(need);
        }
        What::Edit { parts, .. } => parts.iter().filter_map(file_of).for_each(need),
        What::React { emoji, on: true, .. } => {
            if let Some(image) = &emoji.image {
                needed.push((emoji_source(emoji, image), MediaRef::web(image).with_id(emoji_source(emoji, image))));
            }
        }
        _ => {}
    }
    needed
}

fn file_of(part: &Part) -> Option<&MediaRef> {
    match part {
        Part::Media { file, .. } => Some(file),
        _ => None,
    }
}

/// The messages an event speaks of.
pub(crate) fn targets(incoming: &Incoming) -> Vec<&str> {
    match &incoming.what {
        What::Message { id, reply_to, thread, .. } => {
            [Some(id), reply_to.as_ref(), thread.as_ref()].into_iter().flatten().map(MessageId::as_str).collect()
        }
        What::Edit { id, .. } | What::Delete { id } | What::React { id, .. } => vec![id.as_str()],
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[path = "to_matrix_tests.rs"]
mod tests;
