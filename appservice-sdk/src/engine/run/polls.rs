//! Polls between both sides: votes from Matrix are kept, and the network is told how many chose what, once for many.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{
    calls::{Work, in_time},
    gather::power,
    is_young,
    journal::Journal,
    settle, skip,
};
use crate::{
    core::Core,
    engine::{
        event::MatrixEvent,
        outcome::{self, Next},
        poll,
    },
    inbox::{self, lane::After},
    network::{Attempt, DynSession, Part, PollState, StoreError, Timestamp},
    store::{
        Sql,
        inbox::Item,
        messages::MessageRow,
        polls::{self, PollRow},
    },
};

/// The kind of items that tell the network how a poll stands. No event of Matrix comes into a lane under this name.
pub(super) const STATE: &str = "org.causeway.poll";
/// How long votes are gathered, in milliseconds.
const GATHER: i64 = 500;

/// The poll an event speaks of, and whether its sender may end polls of others.
pub(super) async fn asked(
    core: &Arc<Core>,
    event: &MatrixEvent,
    target: &str,
) -> Result<(Option<PollRow>, bool), StoreError> {
    let row = core.store.poll_of(target).await?;
    let ends = poll::kind(&event.kind) == Some(poll::Kind::End);
    let other = row.as_ref().is_some_and(|row| row.author != event.sender);
    let moderates =
        ends && other && power(core, &event.room_id).await.is_some_and(|power| power.may_redact(&event.sender));
    Ok((row, moderates))
}

/// A poll from Matrix arrived on the network as a poll.
pub(super) fn sent(attempt: &Attempt, row: &MessageRow) -> Option<Sql> {
    let Some(Part::Poll(asked)) = attempt.message.parts.first() else { return None };
    (attempt.part == 0).then(|| save(row, asked, &attempt.message.sender.user_id))
}

/// A poll is known to both sides.
pub(super) fn save(row: &MessageRow, asked: &crate::network::Poll, author: &str) -> Sql {
    polls::save(&PollRow {
        chat: row.chat.clone(),
        id: row.id.clone(),
        event_id: row.event_id.clone(),
        author: author.to_owned(),
        poll: serde_json::to_string(asked).unwrap_or_default(),
        ..PollRow::default()
    })
}

/// Keeps a vote and has it told.
pub(super) fn voted(poll: &PollRow, event: &MatrixEvent, answers: &[String]) -> Work {
    then_tell(poll, event, polls::vote(poll, &event.sender, answers, event.origin_server_ts))
}

/// Keeps the end of a poll and has it told.
pub(super) fn ended(poll: &PollRow, event: &MatrixEvent) -> Work {
    then_tell(poll, event, polls::ended(&poll.chat, &poll.id))
}

fn then_tell(poll: &PollRow, event: &MatrixEvent, kept: Sql) -> Work {
    let lane = inbox::aside(&inbox::to_remote(&poll.chat), &poll.event_id);
    let state = MatrixEvent {
        kind: STATE.to_owned(),
        room_id: event.room_id.clone(),
        content: json!({ "chat": poll.chat, "id": poll.id }),
        ..MatrixEvent::default()
    };
    let body = serde_json::to_string(&state).unwrap_or_default();
    let tell = polls::tell(poll, &lane, &body, Timestamp::now().0);
    Work { journal: Journal::new(None, Vec::new()), writes: vec![kept, tell], wake: Some(lane) }
}

/// Tells the network how a poll stands.
pub(super) async fn tell(
    core: &Arc<Core>,
    item: &Item,
    event: &MatrixEvent,
    session: &Arc<dyn DynSession>,
    tries: u32,
) -> Result<After, StoreError> {
    if is_young(core, item, GATHER) && item.received_at > core.started.0 {
        return Ok(After::Again(Duration::from_millis(100)));
    }
    let text = |key: &str| event.content.get(key).and_then(Value::as_str).unwrap_or_default();
    let (chat, id) = (text("chat"), text("id"));
    // From here on, whoever votes has it told anew: what is read below holds all votes before.
    core.store.commit("counting votes", vec![polls::telling(chat, id)]).await?;
    let Some(row) = core.store.poll(chat, id).await? else { return skip(core, item, "a poll that is gone").await };
    let known = core.store.by_remote(chat, &[id]).await?.into_iter().next();
    let (Some(known), Some(asked)) = (known, row.asked()) else { return skip(core, item, "a poll that is gone").await };
    let votes = core.store.votes(chat, id).await?;
    let counts = poll::count(&asked, votes.iter().map(Vec::as_slice));
    let state = PollState { target: known.known(), counts, ended: row.ended != 0 };
    let Err(error) = in_time(session.poll(&state)).await else { return settle(core, item, Vec::new()).await };
    match outcome::after(&error, tries, rand::random()) {
        Next::Wait(wait) | Next::LookUp(wait) => Ok(After::Again(wait)),
        Next::AwaitConnection => {
            core.host_lost("signed out");
            Ok(After::OnceConnected)
        }
        Next::Tell(..) | Next::Close => {
            tracing::info!(chat, id, error = %error, "The network does not take how a poll stands.");
            settle(core, item, Vec::new()).await
        }
    }
}
