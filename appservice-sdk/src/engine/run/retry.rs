//! Failed messages are kept, and tried again when their sender or a moderator reacts with 🔁.

use std::sync::Arc;

use super::{failure, gather::power, journal::Journal, settle, skip, status};
use crate::{
    core::Core,
    engine::{event::MatrixEvent, outcome::Verdict},
    inbox::{self, lane, lane::After},
    network::{StoreError, Timestamp},
    store::{
        Sql,
        failed::{self, FailedRow},
        inbox::Item,
    },
};

/// The reaction that asks for another try.
const AGAIN: &str = "🔁";

/// Tells that something failed, in words and as a status, and keeps a message for another try.
pub(super) async fn set_aside(
    core: &Core,
    item: &Item,
    event: &MatrixEvent,
    journal: Option<&Journal>,
    verdict: &Verdict,
) -> Vec<Sql> {
    let hint = format!("{} React with {AGAIN} to try again.", verdict.sentence);
    let sentence = if status::is_message(event) { &hint } else { &verdict.sentence };
    let notice = failure::tell(core, item, event, sentence).await;
    status::failed(core, item, event, verdict).await;
    if !status::is_message(event) {
        return Vec::new();
    }
    // What was begun and may have arrived is asked for by a person now: it is not looked up again.
    let journal = journal.filter(|journal| !journal.calls.is_empty());
    let journal = journal.map(|journal| Journal { begun: None, ..journal.clone() }.text());
    vec![failed::save(&FailedRow {
        event_id: event.event_id.clone(),
        lane: inbox::main(&item.lane).to_owned(),
        sender: event.sender.clone(),
        body: item.body.clone(),
        journal,
        notice,
        at: Timestamp::now().0,
    })]
}

/// Tries a message again if the event asks for that. `None`: it is something else.
pub(super) async fn asked(core: &Arc<Core>, item: &Item, event: &MatrixEvent) -> Result<Option<After>, StoreError> {
    let Some((target, key)) = event.targets().reacts else { return Ok(None) };
    if key.trim_end_matches('\u{fe0f}') != AGAIN {
        return Ok(None);
    }
    let Some(row) = core.store.failed(target).await? else { return Ok(None) };
    let own = row.sender == event.sender;
    if !own && !power(core, &event.room_id).await.is_some_and(|power| power.may_redact(&event.sender)) {
        return skip(core, item, "another try, asked for by somebody else").await.map(Some);
    }
    let Ok(message) = serde_json::from_str::<MatrixEvent>(&row.body) else {
        return skip(core, item, "a message that is being tried again").await.map(Some);
    };
    let body = serde_json::to_string(&MatrixEvent { retried: true, ..message }).unwrap_or_default();
    let done = settle(core, item, failed::again(&row, &body, Timestamp::now().0)).await?;
    lane::wake(core, &row.lane);
    Ok(Some(done))
}

/// A failed message was taken back: it is not tried again.
pub(super) async fn forget(core: &Core, event: &MatrixEvent) -> Result<Option<Vec<Sql>>, StoreError> {
    let Some(target) = event.targets().redacts else { return Ok(None) };
    let row = core.store.failed(target).await?.filter(|row| row.event_id == target);
    Ok(row.map(|row| vec![failed::remove(&row.event_id)]))
}
