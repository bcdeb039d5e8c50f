//! Reactions: put and taken.

use serde_json::json;

use super::{Actor, Forget, Plan, Sending, Step, View, actor, key, rows_of};
use crate::{
    intent::Send,
    network::{Author, Emoji, Incoming, MessageId},
    store::reactions::ReactionRow,
};

pub(super) fn react(incoming: &Incoming, id: &MessageId, emoji: &Emoji, view: &View<'_>) -> Plan {
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
pub(super) fn emoji_source(emoji: &Emoji, image: &str) -> String {
    if emoji.name.is_some() { format!("emoji:{}", emoji.key) } else { image.to_owned() }
}

/// Taken back by its author; by nobody in particular, all of this emoji (or of any, if the key is empty) go.
pub(super) fn unreact(incoming: &Incoming, id: &MessageId, emoji: &Emoji, view: &View<'_>) -> Plan {
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
