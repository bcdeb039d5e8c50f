//! Votes and ends of polls, from Matrix.

use super::{Plan, View};
use crate::engine::{event::MatrixEvent, poll};

pub(super) fn vote(event: &MatrixEvent, view: &View<'_>) -> Plan {
    let Some(target) = event.targets().poll else { return Plan::Skip("a vote in nothing") };
    let Some(row) = view.poll else { return unknown(target, view) };
    let Some(asked) = row.asked() else { return Plan::Skip("a vote in a poll that cannot be read") };
    if row.ended != 0 {
        return Plan::Skip("a vote in a poll that has ended");
    }
    let answers = poll::valid(&asked, &poll::read_vote(&event.content));
    Plan::Vote { poll: row.clone(), answers }
}

pub(super) fn end(event: &MatrixEvent, view: &View<'_>) -> Plan {
    let Some(target) = event.targets().poll else { return Plan::Skip("an end of nothing") };
    let Some(row) = view.poll else { return unknown(target, view) };
    if row.author != event.sender && !view.moderates {
        return Plan::Skip("an end by somebody who may not end the poll");
    }
    match row.ended {
        0 => Plan::EndPoll(row.clone()),
        _ => Plan::Skip("a poll that has ended already"),
    }
}

/// A message that is known but no poll was told as text; another may still be on its way.
fn unknown(target: &str, view: &View<'_>) -> Plan {
    match view.rows.iter().any(|row| row.event_id == target) {
        true => Plan::Skip("what the network does not know as a poll"),
        false => Plan::Wait(target.to_owned()),
    }
}
