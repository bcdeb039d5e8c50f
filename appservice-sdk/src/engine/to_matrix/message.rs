//! Messages: new, edited, deleted.

use serde_json::{Value, json};

use super::{Forget, Plan, Sending, Step, View, actor, author, content::content, hash_of_part, key, rows_of};
use crate::{
    engine::{poll, text},
    intent::{Relation, Send},
    network::{Author, Incoming, MediaKind, MessageId, Part, UserInfo, What},
    store::messages::MessageRow,
};

pub(super) fn message(incoming: &Incoming, view: &View<'_>) -> Plan {
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
        hash: hash_of_part(part),
        version: 0,
        deleted: 0,
        sent_at: incoming.at.0,
    };
    let kind = match part {
        Part::Media { kind: MediaKind::Sticker, file, .. } if view.media.contains_key(file.cache_key()) => "m.sticker",
        Part::Poll(_) => poll::START,
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
        Part::Poll(poll) => poll.question.clone(),
        Part::Location { label, .. } => label.clone().unwrap_or_else(|| "a place".to_owned()),
        Part::Text(doc) | Part::Emote(doc) | Part::Notice(doc) => text::excerpt(doc),
    }
}

pub(super) fn edit(incoming: &Incoming, id: &MessageId, parts: &[Part], view: &View<'_>) -> Plan {
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
            Some(row) if row.hash == hash_of_part(part) => {}
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
    let hash = hash_of_part(part);
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
        kind: if matches!(part, Part::Poll(_)) { poll::START } else { "m.room.message" }.to_owned(),
        content: outer,
        key: key(view, &incoming.chat, &row.id, &[&row.part.to_string(), &version, &hash]),
        at: Some(incoming.at),
    };
    let row = MessageRow { hash, excerpt: excerpt(part), version: incoming.at.0, ..row.clone() };
    Step::Send(Box::new(Sending { by: author(&row), event, row: Some(row), reaction: None }))
}

pub(super) fn delete(incoming: &Incoming, id: &MessageId, view: &View<'_>) -> Plan {
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
