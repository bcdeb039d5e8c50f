//! What a Matrix event means for the network. Pure: [`View`] is all it knows, [`Plan`] all it wants.

mod govern;
mod part;
mod vote;

use self::part::part;
use super::{
    event::{MatrixEvent, Targets},
    pins::{self, PinChange},
    poll,
};
use crate::{
    content::Directory,
    network::{
        ChatDelta, ChatId, Emoji, Features, Known, Moderate, OnBehalf, Outgoing, Part, React, Refusal, RemoteUserId,
        Timestamp,
    },
    store::{messages::MessageRow, polls::PollRow, reactions::ReactionRow},
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
    /// The events that are pinned on both sides.
    pub(crate) pins: &'a [String],
    /// The poll that is voted in or ended.
    pub(crate) poll: Option<&'a PollRow>,
    /// The person behind the ghost that is put out or called in.
    pub(crate) ghost: Option<RemoteUserId>,
    /// Whether the sender has the power it takes: to end polls of others, to call people in.
    pub(crate) moderates: bool,
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
    /// Somebody chose in a poll.
    Vote { poll: PollRow, answers: Vec<String> },
    /// A poll takes no more votes.
    EndPoll(PollRow),
    /// Somebody of the network is put out, or called in.
    Moderate(Moderate),
    /// The chat looks like its room.
    Change(ChatDelta),
    /// Messages are pinned over there, or no longer.
    Pins { change: PinChange, calls: Vec<(Known, bool)> },
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
        "m.room.message" | "m.sticker" | poll::START | "m.poll.start" => match targets.edits {
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
        poll::RESPONSE | "m.poll.response" => vote::vote(event, view),
        poll::END | "m.poll.end" => vote::end(event, view),
        "m.room.pinned_events" => pinned(event, view),
        "m.room.member" => govern::moderate(event, view),
        "m.room.name" | "m.room.topic" | "m.room.avatar" => govern::change(event, view),
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
    if !is_here(first, view) {
        return Plan::Refuse(Refusal::TargetUnknown);
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
        false if !parts.iter().all(|row| is_here(row, view)) => Plan::Skip("a message of before the chat moved"),
        false => Plan::Delete(parts),
    }
}

fn react(event: &MatrixEvent, target: &str, key: &str, view: &View<'_>) -> Plan {
    let Some(on) = rows_of(target, view).next() else { return Plan::Wait(target.to_owned()) };
    if on.deleted != 0 || !is_here(on, view) {
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

/// Of what is pinned now, only messages that both sides know matter.
fn pinned(event: &MatrixEvent, view: &View<'_>) -> Plan {
    if !view.features.pin {
        return Plan::Skip("the network has no pins");
    }
    let row =
        |event: &String| view.rows.iter().find(|row| row.event_id == *event && row.deleted == 0 && is_here(row, view));
    let wanted: Vec<String> = pins::read(&event.content).into_iter().filter(|event| row(event).is_some()).collect();
    let change = pins::between(view.pins, &wanted);
    let known = |events: &[String], on: bool| -> Vec<(Known, bool)> {
        events.iter().filter_map(row).map(|row| (row.known(), on)).collect()
    };
    let calls = [known(&change.remove, false), known(&change.add, true)].concat();
    match change == PinChange::default() {
        true => Plan::Skip("pins that both sides know"),
        false => Plan::Pins { change, calls },
    }
}

/// Whether a message was said in the chat as it is called now: ids of before it moved mean nothing there.
fn is_here(row: &MessageRow, view: &View<'_>) -> bool {
    row.chat == view.chat.as_str()
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
        event.and_then(|event| {
            rows_of(event, view).find(|row| row.deleted == 0 && is_here(row, view)).map(MessageRow::known)
        })
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

#[cfg(test)]
mod tests;
