//! From Matrix to the network: plan, journal, call, record.

use std::{sync::Arc, time::Duration};

use super::{
    calls::{self, Work},
    failure,
    gather::decide,
    journal::{Call, Journal, change},
    pins::learnt as learnt_pins,
    polls, retry, settle, skip, status, wait_for,
};
use crate::{
    core::Core,
    engine::{event::MatrixEvent, to_matrix::hash_of, to_remote::Plan},
    inbox::lane::After,
    network::{ChatId, DynSession, Outgoing, SendError, StoreError},
    store::{
        Sql,
        inbox::Item,
        messages::{self, MessageRow},
        reactions,
    },
};

pub(super) async fn work(core: &Arc<Core>, item: &mut Item, tries: u32) -> Result<After, StoreError> {
    let Ok(event) = serde_json::from_str::<MatrixEvent>(&item.body) else {
        return skip(core, item, "an item that cannot be read").await;
    };
    let Some(session) = core.session.get() else {
        status::waits_for_connection(core, item, &event);
        return Ok(After::OnceConnected);
    };
    if event.kind == polls::STATE {
        return polls::tell(core, item, &event, &session, tries).await;
    }
    if let Some(journal) = item.journal.as_deref().and_then(|text| serde_json::from_str::<Journal>(text).ok()) {
        return calls::make(core, item, &event, &session, Work { journal, writes: Vec::new(), wake: None }, tries)
            .await;
    }
    if let Some(after) = retry::asked(core, item, &event).await? {
        return Ok(after);
    }
    let Some(chat) = core.portals.chat_of(&event.room_id) else {
        return skip(core, item, "the room is not linked any more").await;
    };
    let Some(plan) = decide(core, item, &event, &session, ChatId::new(chat)).await? else {
        return Ok(After::Again(Duration::from_millis(200)));
    };
    match prepare(core, &session, &event, plan).await? {
        Prepared::Work(work) => calls::make(core, item, &event, &session, work, tries).await,
        Prepared::Skip(why) => skip(core, item, why).await,
        Prepared::Wait(target) => match retry::forget(core, &event).await? {
            Some(learnt) => settle(core, item, learnt).await,
            None => wait_for(core, item, &target, tries).await,
        },
        Prepared::Failed(error) => failure::never_made(core, item, &event, &error, tries).await,
    }
}

enum Prepared {
    Work(Work),
    Skip(&'static str),
    Wait(String),
    Failed(SendError),
}

fn planned(session: &Arc<dyn DynSession>, message: &Outgoing) -> Result<Vec<(serde_json::Value, String)>, SendError> {
    let parts = session.plan(message)?;
    // A payload that says nothing (a session without plans of its own) still changes when the message does.
    let hash = |payload: &serde_json::Value| match payload.is_null() {
        true => hash_of(&message.parts),
        false => hash_of(payload),
    };
    Ok(parts.into_iter().map(|payload| (payload.clone(), hash(&payload))).collect())
}

/// Turns a plan into calls.
async fn prepare(
    core: &Arc<Core>,
    session: &Arc<dyn DynSession>,
    event: &MatrixEvent,
    plan: Plan,
) -> Result<Prepared, StoreError> {
    let work = |journal, writes| Ok(Prepared::Work(Work { journal, writes, wake: None }));
    match plan {
        Plan::Send(message) => match planned(session, &message) {
            Ok(parts) if parts.is_empty() => Ok(Prepared::Skip("nothing to send")),
            Ok(parts) => work(Journal::new(Some(message), change(&[], parts)), Vec::new()),
            Err(error) => Ok(Prepared::Failed(error)),
        },
        Plan::Edit { message, parts: there } => match planned(session, &message) {
            Ok(parts) if parts.is_empty() => Ok(Prepared::Skip("nothing to say")),
            Ok(parts) => {
                let newest = |row: &MessageRow| messages::edited(&row.chat, &row.id, message.at.0);
                let writes = there.iter().map(newest).collect();
                work(Journal::new(Some(message), change(&there, parts)), writes)
            }
            Err(error) => Ok(Prepared::Failed(error)),
        },
        Plan::Delete(parts) => {
            // Marked before it is done: the network's echo of the deletion is then recognised.
            let marks: Vec<Sql> = parts.first().map(|row| messages::delete_event(&row.event_id)).into_iter().collect();
            core.store.commit("marking a deletion", marks).await?;
            let calls = parts.iter().map(|row| Call::Delete { target: row.known() }).collect();
            work(Journal::new(None, calls), Vec::new())
        }
        Plan::React { row, tell } => {
            let calls = tell.map(Call::React).into_iter().collect();
            work(Journal::new(None, calls), vec![reactions::save(&row)])
        }
        Plan::Unreact { event_id, tell } => {
            let calls = tell.map(Call::Unreact).into_iter().collect();
            work(Journal::new(None, calls), vec![reactions::remove(&event_id)])
        }
        Plan::Moderate(order) => work(Journal::new(None, vec![Call::Moderate(order)]), Vec::new()),
        Plan::Change(look) => {
            let chat = core.portals.chat_of(&event.room_id).map(ChatId::new);
            let calls = chat.map(|chat| Call::Change { chat, look }).into_iter().collect();
            work(Journal::new(None, calls), Vec::new())
        }
        Plan::Pins { change, calls } => {
            let calls = calls.into_iter().map(|(target, on)| Call::Pin { target, on }).collect();
            work(Journal::new(None, calls), learnt_pins(&event.room_id, &change))
        }
        Plan::Vote { poll, answers } => Ok(Prepared::Work(polls::voted(&poll, event, &answers))),
        Plan::EndPoll(poll) => Ok(Prepared::Work(polls::ended(&poll, event))),
        Plan::Wait(target) => Ok(Prepared::Wait(target)),
        Plan::Skip(why) => Ok(Prepared::Skip(why)),
        Plan::Refuse(why) => Ok(Prepared::Failed(SendError::Refused(why))),
    }
}
