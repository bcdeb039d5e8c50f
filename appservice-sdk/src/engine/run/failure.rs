//! What follows when a call failed: waiting, telling, closing.

use std::{sync::Arc, time::Duration};

use super::{calls::note, journal::Journal, settle};
use crate::{
    core::Core,
    engine::{
        event::MatrixEvent,
        outcome::{self, Next},
    },
    inbox::lane::After,
    network::{ChatId, SendError, SendKey, StoreError, Timestamp},
    portal::link,
    store::inbox::Item,
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
            pause(core, item, &journal, wait).await?;
            Ok(After::Again(wait))
        }
        Next::AwaitConnection => {
            pause(core, item, &journal, Duration::ZERO).await?;
            core.host_lost("signed out");
            Ok(After::OnceConnected)
        }
        Next::Tell(sentence) => {
            tell(core, event, &sentence).await;
            settle(core, item, Vec::new()).await
        }
        Next::Close => {
            tell(core, event, "This chat does not exist on the network any more; the room is no longer bridged.").await;
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

/// A message on which the bridge broke: the sender learns of it.
pub(super) async fn tell_broken(core: &Core, item: &Item) {
    if let Ok(event) = serde_json::from_str::<MatrixEvent>(&item.body)
        && let Next::Tell(sentence) = outcome::after(&SendError::Bug(anyhow::anyhow!("a panic")), 0, 0.0)
    {
        tell(core, &event, &sentence).await;
    }
}

/// One plain notice at the message.
async fn tell(core: &Core, event: &MatrixEvent, sentence: &str) {
    core.health.refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    // Encrypted rooms hear it once: the homeserver takes the same transaction id for the same notice.
    let about = if event.kind == "m.room.encrypted" { &event.room_id } else { &event.event_id };
    let key = SendKey::derive(&[core.info.id, "notice", about]);
    let at = match event.kind.as_str() {
        "m.room.message" | "m.sticker" => Some(event.event_id.as_str()),
        _ => event.targets().reacts.map(|(target, _)| target),
    };
    if let Err(error) = core.homeserver.bot().notice(&event.room_id, sentence, at, key).await {
        tracing::warn!(room_id = event.room_id, error = %error, "A notice about a failure could not be sent.");
    }
}
