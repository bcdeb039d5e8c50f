//! What a Matrix event means for the network. Pure: [`View`] is all it knows, [`Plan`] all it wants.

use serde_json::Value;

use super::{
    event::{MatrixEvent, Targets},
    text,
};
use crate::{
    content::{Directory, Doc},
    network::{
        ChatId, Emoji, Features, Known, MediaKind, MediaRef, MediaSource, OnBehalf, Outgoing, Part, React, Refusal,
        Timestamp,
    },
    store::{messages::MessageRow, reactions::ReactionRow},
};

/// What is known when an event is decided about.
pub(crate) struct View<'a> {
    pub(crate) chat: ChatId,
    pub(crate) features: Features,
    pub(crate) sender: OnBehalf,
    pub(crate) may_ping_everyone: bool,
    /// The ledger's rows of the events it speaks of, in the order of parts, and of the roots of their threads.
    pub(crate) rows: &'a [MessageRow],
    /// The reaction that is redacted.
    pub(crate) reaction: Option<&'a ReactionRow>,
    /// All reactions to the message that is reacted to, or whose reaction is redacted.
    pub(crate) reactions: &'a [ReactionRow],
    /// The network's key of the reaction's emoji, where it differs from what Matrix shows.
    pub(crate) emoji: Option<&'a str>,
    pub(crate) directory: &'a (dyn Directory + Sync),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    /// A new message.
    Send(Box<Outgoing>),
    /// A message reads differently.
    Edit { message: Box<Outgoing>, parts: Vec<MessageRow> },
    /// A message goes.
    Delete(Vec<MessageRow>),
    /// Somebody reacts; the network is told if this is the first with this emoji.
    React { row: ReactionRow, tell: Option<React> },
    /// Somebody takes a reaction back; the network is told if it was the last with this emoji.
    Unreact { event_id: String, tell: Option<React> },
    /// The message it changes may still be on its way: this event.
    Wait(String),
    /// Nothing to do.
    Skip(&'static str),
    /// It cannot be done, and the sender should know.
    Refuse(Refusal),
}

/// Decides.
pub(crate) fn to_remote(event: &MatrixEvent, view: &View<'_>) -> Plan {
    let targets = event.targets();
    match event.kind.as_str() {
        "m.room.message" | "m.sticker" => match targets.edits {
            Some(target) => edit(event, target, view),
            None => message(event, &targets, view),
        },
        "m.reaction" => match targets.reacts {
            Some((target, key)) => react(event, target, key, view),
            None => Plan::Skip("a reaction to nothing"),
        },
        "m.room.redaction" => match targets.redacts {
            Some(target) => redact(target, view),
            None => Plan::Skip("a redaction of nothing"),
        },
        "m.room.encrypted" => Plan::Refuse(Refusal::Format("an encrypted message".to_owned())),
        _ => Plan::Skip("no message"),
    }
}

fn message(event: &MatrixEvent, targets: &Targets<'_>, view: &View<'_>) -> Plan {
    match part(event, &event.content, view) {
        Ok(part) => Plan::Send(Box::new(outgoing(event, targets, part, view))),
        Err(plan) => *plan,
    }
}

fn edit(event: &MatrixEvent, target: &str, view: &View<'_>) -> Plan {
    let parts: Vec<MessageRow> = rows_of(target, view).cloned().collect();
    let Some(first) = parts.first() else { return Plan::Wait(target.to_owned()) };
    if first.from_matrix == 0 || first.author_id != event.sender {
        return Plan::Skip("an edit of somebody else's message");
    }
    if first.deleted != 0 {
        return Plan::Skip("an edit of a deleted message");
    }
    if event.origin_server_ts < first.version {
        return Plan::Skip("an edit older than the newest");
    }
    let part = match part(event, event.said(), view) {
        Ok(part) => part,
        Err(plan) => return *plan,
    };
    let mut message = outgoing(event, &Targets::default(), part, view);
    message.event_id = target.to_owned();
    message.thread = thread_of(first, view);
    if view.features.edit {
        Plan::Edit { message: Box::new(message), parts }
    } else {
        message.event_id = event.event_id.clone();
        message.reply_to = Some(first.known());
        message.is_edit = true;
        Plan::Send(Box::new(message))
    }
}

fn redact(target: &str, view: &View<'_>) -> Plan {
    if let Some(reaction) = view.reaction {
        let others = view.reactions.iter().filter(|other| {
            other.from_matrix != 0 && other.emoji == reaction.emoji && other.event_id != reaction.event_id
        });
        let last = reaction.from_matrix != 0 && others.count() == 0 && view.features.react;
        let on = view.rows.iter().find(|row| row.id == reaction.id);
        let tell = on.filter(|row| last && row.deleted == 0);
        let tell = tell.map(|row| React { target: row.known(), emoji: emoji(&reaction.emoji, &reaction.shown) });
        return Plan::Unreact { event_id: reaction.event_id.clone(), tell };
    }
    let parts: Vec<MessageRow> = rows_of(target, view).cloned().collect();
    match parts.is_empty() {
        true => Plan::Wait(target.to_owned()),
        false if !view.features.delete => Plan::Skip("the network cannot delete"),
        false => Plan::Delete(parts),
    }
}

fn react(event: &MatrixEvent, target: &str, key: &str, view: &View<'_>) -> Plan {
    let Some(on) = rows_of(target, view).next() else { return Plan::Wait(target.to_owned()) };
    if on.deleted != 0 {
        return Plan::Skip("a reaction to a deleted message");
    }
    if !view.features.react {
        return Plan::Skip("the network has no reactions");
    }
    let name = view.emoji.unwrap_or(key);
    let alike = || view.reactions.iter().filter(|other| other.from_matrix != 0 && other.emoji == name);
    if alike().any(|other| other.sender == event.sender) {
        return Plan::Skip("a reaction that is there already");
    }
    let row = ReactionRow {
        chat: on.chat.clone(),
        id: on.id.clone(),
        emoji: name.to_owned(),
        sender: event.sender.clone(),
        from_matrix: 1,
        event_id: event.event_id.clone(),
        room_id: event.room_id.clone(),
        shown: key.to_owned(),
    };
    let first = alike().next().is_none();
    Plan::React { tell: first.then(|| React { target: on.known(), emoji: emoji(name, key) }), row }
}

/// A custom emoji has the network's id as key, and the name Matrix shows (if it shows one) without its colons.
fn emoji(key: &str, shown: &str) -> Emoji {
    let name = shown.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).map(str::to_owned);
    Emoji { key: key.to_owned(), name, image: None }
}

fn rows_of<'a>(event: &'a str, view: &'a View<'_>) -> impl Iterator<Item = &'a MessageRow> {
    view.rows.iter().filter(move |row| row.event_id == event)
}

/// The root of the thread that a message stands in over there.
fn thread_of(row: &MessageRow, view: &View<'_>) -> Option<Known> {
    let root = row.thread.as_deref()?;
    view.rows.iter().find(|row| row.id == root && row.deleted == 0).map(MessageRow::known)
}

fn outgoing(event: &MatrixEvent, targets: &Targets<'_>, part: Part, view: &View<'_>) -> Outgoing {
    let known = |event: Option<&str>| -> Option<Known> {
        event.and_then(|event| rows_of(event, view).find(|row| row.deleted == 0).map(MessageRow::known))
    };
    // Who answers a message in a thread without saying that it is one, answers in the thread all the same.
    let answered = || rows_of(targets.reply_to?, view).next();
    Outgoing {
        chat: view.chat.clone(),
        parts: vec![part],
        reply_to: known(targets.reply_to),
        thread: known(targets.thread).or_else(|| thread_of(answered()?, view)),
        sender: view.sender.clone(),
        at: Timestamp(event.origin_server_ts),
        event_id: event.event_id.clone(),
        room_id: event.room_id.clone(),
        may_ping_everyone: view.may_ping_everyone,
        is_edit: false,
    }
}

fn part(event: &MatrixEvent, content: &Value, view: &View<'_>) -> Result<Part, Box<Plan>> {
    let msgtype = content.get("msgtype").and_then(Value::as_str).unwrap_or_default();
    let doc = || text::read(content).toward_remote(view.directory);
    match (event.kind.as_str(), msgtype) {
        ("m.sticker", _) => media(MediaKind::Sticker, content, view),
        (_, "m.image") => media(MediaKind::Image, content, view),
        (_, "m.video") => media(MediaKind::Video, content, view),
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

#[cfg(test)]
mod tests;
