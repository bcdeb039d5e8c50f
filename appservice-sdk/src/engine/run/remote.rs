//! From Matrix to the network: plan, journal, call, record.

use std::{sync::Arc, time::Duration};

use super::{
    calls::{self, Work},
    directory, failure, is_young,
    journal::{Call, Journal, change},
    pins::learnt as learnt_pins,
    polls, retry, settle, skip, status, wait_for,
};
use crate::{
    core::Core,
    engine::{
        event::MatrixEvent,
        pins, poll, text,
        to_matrix::hash_of,
        to_remote::{self, Plan, View},
    },
    inbox::{self, lane::After},
    network::{ChatId, DynSession, MediaRef, MediaSource, OnBehalf, Outgoing, RemoteUserId, SendError, StoreError},
    store::{
        Sql,
        inbox::Item,
        messages::{self, MessageRow},
        reactions,
    },
};

/// How long a reply waits for its target to come into the ledger, while the other way is busy.
const REPLY_PATIENCE: i64 = 10_000;

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

/// Gathers what is known and decides; `None` if a reply's target may come into the ledger at any moment.
async fn decide(
    core: &Arc<Core>,
    item: &Item,
    event: &MatrixEvent,
    session: &Arc<dyn DynSession>,
    chat: ChatId,
) -> Result<Option<Plan>, StoreError> {
    let targets = event.targets();
    let (pins, mut spoken_of) = match event.kind.as_str() {
        "m.room.pinned_events" => pinned(core, event).await?,
        _ => (Vec::new(), Vec::new()),
    };
    spoken_of.extend(targets.all().into_iter().map(str::to_owned));
    let spoken_of: Vec<&str> = spoken_of.iter().map(String::as_str).collect();
    let mut rows = core.store.by_events(&spoken_of).await?;
    rows.extend(thread_roots(core, &chat, &rows).await?);
    let missing = |target: Option<&str>| target.is_some_and(|target| !rows.iter().any(|row| row.event_id == target));
    let young = is_young(core, item, REPLY_PATIENCE);
    if (missing(targets.reply_to) || missing(targets.thread))
        && young
        && core.lanes.is_awake(&inbox::to_matrix(&core.portals.lane_of(chat.as_str())))
    {
        return Ok(None);
    }
    let reaction = match targets.redacts {
        Some(target) if rows.is_empty() => core.store.reaction(target).await?,
        _ => None,
    };
    if let Some(reaction) = &reaction {
        rows = core.store.by_remote(&reaction.chat, &[&reaction.id]).await?;
    }
    let on = match (&reaction, targets.reacts, rows.first()) {
        (None, None, _) => None,
        (_, _, row) => row.map(|row| (row.chat.clone(), row.id.clone())),
    };
    let reactions = match &on {
        Some((chat, id)) => core.store.reactions_to(chat, id).await?,
        None => Vec::new(),
    };
    let emoji = match targets.reacts {
        Some((_, key)) => match core.store.emoji_shown(key).await? {
            None if key.starts_with("mxc://") => directory::emoji_at(core, key).await?,
            shown => shown,
        },
        None => None,
    };
    let (poll, mut moderates) = match targets.poll {
        Some(target) => polls::asked(core, event, target).await?,
        None => (None, false),
    };
    let ghost = event.state_key.as_deref().and_then(|user| core.names.remote(user));
    if ghost.is_some() {
        moderates = power(core, &event.room_id).await.is_some_and(|power| power.may_change_state(&event.sender));
    }
    let said = text::read(event.said());
    let directory = directory::toward_remote(core, &said).await?;
    let (sender, may_ping_everyone) = match event.kind.as_str() {
        "m.room.message" | "m.sticker" | poll::START | "m.poll.start" => {
            (person(core, event).await, may_ping(core, event).await)
        }
        _ => (OnBehalf::default(), false),
    };
    let view = View {
        features: session.features(&chat),
        chat,
        sender,
        may_ping_everyone,
        rows: &rows,
        reaction: reaction.as_ref(),
        reactions: &reactions,
        emoji: emoji.as_deref(),
        pins: &pins,
        poll: poll.as_ref(),
        ghost: ghost.map(RemoteUserId::new),
        moderates,
        directory: &directory,
    };
    Ok(Some(to_remote::to_remote(event, &view)))
}

/// Most pinned messages that are looked at: the newest.
const PINNED: usize = 500;

/// What is pinned on both sides, and all events that are or were pinned.
async fn pinned(core: &Core, event: &MatrixEvent) -> Result<(Vec<String>, Vec<String>), StoreError> {
    let known = core.store.pins(&event.room_id).await?;
    let mut all = pins::read(&event.content);
    all.drain(..all.len().saturating_sub(PINNED));
    all.extend(known.iter().cloned());
    Ok((known, all))
}

/// The roots of the threads that messages stand in, where they are not among them already.
async fn thread_roots(core: &Core, chat: &ChatId, rows: &[MessageRow]) -> Result<Vec<MessageRow>, StoreError> {
    let roots = rows.iter().filter_map(|row| row.thread.as_deref());
    let mut roots: Vec<&str> = roots.filter(|root| !rows.iter().any(|row| row.id == *root)).collect();
    roots.dedup();
    core.store.by_remote(chat.as_str(), &roots).await
}

/// How the sender looks in the room.
async fn person(core: &Core, event: &MatrixEvent) -> OnBehalf {
    if let Some(known) = core.rooms.person(&event.room_id, &event.sender) {
        return known;
    }
    let content = core.homeserver.bot().state(&event.room_id, "m.room.member", &event.sender).await;
    let content = content.ok().flatten().unwrap_or_default();
    let text = |key: &str| content.get(key).and_then(|v| v.as_str()).filter(|v| !v.is_empty()).map(str::to_owned);
    let localpart = event.sender.trim_start_matches('@').split(':').next().unwrap_or_default();
    let person = OnBehalf {
        user_id: event.sender.clone(),
        name: text("displayname").unwrap_or_else(|| localpart.to_owned()),
        avatar: text("avatar_url").map(|mxc| MediaRef::new(MediaSource::Matrix(mxc))),
    };
    core.rooms.keep_person(&event.room_id, person.clone());
    person
}

/// Whether the sender may draw everybody's attention: asked only when the text could.
async fn may_ping(core: &Core, event: &MatrixEvent) -> bool {
    let body = event.said().get("body").and_then(|body| body.as_str()).unwrap_or_default();
    if !text::calls_room(event.said()) && !body.contains('@') {
        return false;
    }
    power(core, &event.room_id).await.is_some_and(|power| power.may_notify_room(&event.sender))
}

/// Who may do what in a room, remembered.
pub(crate) async fn power(core: &Core, room: &str) -> Option<Arc<crate::intent::PowerLevels>> {
    if let Some(known) = core.rooms.power(room) {
        return Some(known);
    }
    let power = Arc::new(core.homeserver.bot().power_levels(room).await.ok()?);
    core.rooms.keep_power(room, power.clone());
    Some(power)
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
