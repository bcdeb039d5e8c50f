//! Votes and ends of polls, from the network.

use serde_json::Value;

use super::{Actor, Plan, Sending, Step, View, actor, author, key, rows_of};
use crate::{
    engine::poll,
    intent::Send,
    network::{Author, Incoming, MessageId, SendKey},
};

/// Somebody of the network chose: their ghost votes.
pub(super) fn vote(incoming: &Incoming, id: &MessageId, answers: &[String], view: &View<'_>) -> Plan {
    let Author::Them(who, _) = &incoming.from else { return Plan::Skip("a vote by nobody") };
    let Some(on) = rows_of(id, view).next() else { return Plan::Wait(id.clone()) };
    let key = key(view, &incoming.chat, id.as_str(), &["vote", who.as_str(), &incoming.at.0.to_string()]);
    send(incoming, actor(&incoming.from), (poll::RESPONSE, poll::write_vote(&on.event_id, answers)), key, view)
}

/// A poll has ended: whoever asked it in Matrix ends it there, which is the bot for polls of people in Matrix.
pub(super) fn end(incoming: &Incoming, id: &MessageId, view: &View<'_>) -> Plan {
    let Some(on) = rows_of(id, view).next() else { return Plan::Wait(id.clone()) };
    let key = key(view, &incoming.chat, id.as_str(), &["end"]);
    send(incoming, author(on), (poll::END, poll::write_end(&on.event_id)), key, view)
}

fn send(incoming: &Incoming, by: Actor, event: (&str, Value), key: SendKey, view: &View<'_>) -> Plan {
    let (kind, content) = event;
    let event = Send { room: view.room.to_owned(), kind: kind.to_owned(), content, key, at: Some(incoming.at) };
    Plan::Do { steps: vec![Step::Send(Box::new(Sending { by, event, row: None, reaction: None }))], edited: None }
}
