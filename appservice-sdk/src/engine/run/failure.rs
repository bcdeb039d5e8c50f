//! What follows when a call failed: waiting, telling, closing.

use std::{sync::Arc, time::Duration};

use super::{calls::note, journal::Journal, retry, settle, status};
use crate::{
    core::Core,
    engine::{
        event::MatrixEvent,
        outcome::{self, Next},
    },
    inbox::lane::After,
    network::{ChatId, SendError, SendKey, StoreError, Timestamp},
    portal::link,
    store::{
        Sql,
        inbox::{Item, unplan},
    },
};

/// Why a call was not made.
pub(super) struct Failure {
    pub(super) next: Next,
    /// Whether it may have happened all the same.
    pub(super) unclear: bool,
    pub(super) why: String,
}

/// An error with its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// What was decided to fail before any call.
pub(super) async fn never_made(
    core: &Arc<Core>,
    item: &mut Item,
    event: &MatrixEvent,
    error: &SendError,
    tries: u32,
) -> Result<After, StoreError> {
    let next = outcome::after(error, tries, rand::random());
    let failure = Failure { next, unclear: false, why: chain(error) };
    failed(core, item, event, Journal::new(None, Vec::new()), failure).await
}

pub(super) async fn failed(
    core: &Arc<Core>,
    item: &mut Item,
    event: &MatrixEvent,
    mut journal: Journal,
    failure: Failure,
) -> Result<After, StoreError> {
    let Failure { next, unclear, why } = failure;
    tracing::info!(event_id = event.event_id, next = ?next, why, "A call to the network failed.");
    if !unclear {
        journal.begun = None;
    }
    match next {
        Next::Wait(wait) | Next::LookUp(wait) => {
            journal.pending |= !journal.pending && status::waits(core, item, event, wait).await;
            pause(core, item, &journal, wait).await?;
            Ok(After::Again(wait))
        }
        Next::AwaitConnection => {
            pause(core, item, &journal, Duration::ZERO).await?;
            core.host_lost("signed out");
            status::waits_for_connection(core, item, event);
            Ok(After::OnceConnected)
        }
        Next::Tell(verdict) => {
            let learnt = retry::set_aside(core, item, event, Some(&journal), &verdict).await;
            settle(core, item, learnt).await
        }
        Next::Close if has_moved(core, event, &journal) => {
            // It was planned for the former chat: it is planned anew for the present one.
            item.journal = None;
            core.store.commit("planning anew", vec![unplan(item.id)]).await?;
            Ok(After::Again(Duration::from_millis(100)))
        }
        Next::Close => {
            let verdict = outcome::gone();
            tell(core, item, event, &verdict.sentence).await;
            status::failed(core, item, event, &verdict).await;
            link::forget(core, &ChatId::new(chat_of(core, event))).await?;
            settle(core, item, Vec::new()).await
        }
    }
}

fn chat_of(core: &Core, event: &MatrixEvent) -> String {
    core.portals.chat_of(&event.room_id).unwrap_or_default()
}

/// Notes how far it is and until when it waits. What may be repeated at will needs no note.
async fn pause(core: &Core, item: &mut Item, journal: &Journal, wait: Duration) -> Result<(), StoreError> {
    if journal.sends() == 0 {
        return Ok(());
    }
    let until = Timestamp::now().0.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
    note(core, item, journal, Vec::new(), until).await
}

/// Whether the message was meant for a former id of the chat.
fn has_moved(core: &Core, event: &MatrixEvent, journal: &Journal) -> bool {
    let meant = journal.message.as_ref().map(|message| message.chat.as_str());
    meant.is_some_and(|meant| core.portals.chat_of(&event.room_id).is_some_and(|chat| chat != meant))
}

/// A message on which the bridge broke: the sender learns of it, and may try again.
pub(super) async fn broken(core: &Core, item: &Item) -> Vec<Sql> {
    let Ok(event) = serde_json::from_str::<MatrixEvent>(&item.body) else { return Vec::new() };
    let journal = item.journal.as_deref().and_then(|text| serde_json::from_str::<Journal>(text).ok());
    match outcome::after(&SendError::Bug(anyhow::anyhow!("a panic")), 0, 0.0) {
        Next::Tell(verdict) => retry::set_aside(core, item, &event, journal.as_ref(), &verdict).await,
        _ => Vec::new(),
    }
}

/// One plain notice at the message.
pub(super) async fn tell(core: &Core, item: &Item, event: &MatrixEvent, sentence: &str) -> Option<String> {
    core.health.refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    // Encrypted rooms hear it once: the homeserver takes the same transaction id for the same notice.
    let about = if event.kind == "m.room.encrypted" { &event.room_id } else { &event.event_id };
    let number = if event.retried { item.id.to_string() } else { String::new() };
    let key = SendKey::derive(&[core.info.id, "notice", about, &number]);
    let at = match event.kind.as_str() {
        _ if status::is_message(event) => Some(event.event_id.as_str()),
        _ => event.targets().reacts.map(|(target, _)| target),
    };
    match core.homeserver.bot().notice(&event.room_id, sentence, at, key).await {
        Ok(notice) => Some(notice),
        Err(error) => {
            tracing::warn!(room_id = event.room_id, error = %error, "A notice about a failure could not be sent.");
            None
        }
    }
}
