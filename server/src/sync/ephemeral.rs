//! Receipts and typing of rooms.

use std::collections::HashMap;

use super::{
    Ask,
    answer::{Ephemeral, ReceiptData, Receipts},
};
use crate::{
    app::App,
    error::Result,
    store::{Pos, RoomNid, receipts::Receipt},
};

/// The receipts of `rooms` that were set between two positions; one query, and one for names not in memory.
pub(super) async fn receipts(
    app: &App,
    ask: &Ask,
    rooms: &[RoomNid],
    since: Pos,
    upto: Pos,
) -> Result<HashMap<RoomNid, Vec<Ephemeral>>> {
    if rooms.is_empty() {
        return Ok(HashMap::new());
    }
    let found = app.store.receipts(rooms, ask.caller.nid, since, upto).await?;
    let names: Vec<_> = found.iter().map(|receipt| receipt.owner).collect();
    let names = app.store.texts(&names).await?;
    let mut by_room: HashMap<RoomNid, Vec<Receipts>> = HashMap::new();
    for receipt in found {
        let Some(name) = names.get(&receipt.owner) else { continue };
        put(by_room.entry(receipt.room).or_default(), name, receipt);
    }
    let events = |receipts: Vec<Receipts>| receipts.into_iter().map(Ephemeral::Receipts).collect();
    Ok(by_room.into_iter().map(|(room, receipts)| (room, events(receipts))).collect())
}

/// Puts a receipt into the first event that has room for it: one event can tell of one thread for a user only.
fn put(events: &mut Vec<Receipts>, name: &str, receipt: Receipt) {
    let kind = if receipt.private { "m.read.private" } else { "m.read" };
    let data = ReceiptData { ts: receipt.ts, thread_id: Some(receipt.thread).filter(|thread| !thread.is_empty()) };
    let taken = |event: &Receipts| {
        let users = event.get(&receipt.event_id).and_then(|kinds| kinds.get(kind));
        users.is_some_and(|users| users.contains_key(name))
    };
    let at = events.iter().position(|event| !taken(event)).unwrap_or_else(|| {
        events.push(Receipts::new());
        events.len() - 1
    });
    if let Some(event) = events.get_mut(at) {
        event.entry(receipt.event_id).or_default().entry(kind).or_default().insert(name.to_owned(), data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Atom;

    #[test]
    fn receipts_of_two_threads_for_one_event_stand_apart() {
        let receipt = |thread: &str| Receipt {
            room: RoomNid(1),
            owner: Atom(1),
            private: false,
            thread: thread.to_owned(),
            event_id: "$a".to_owned(),
            event: Pos(1),
            ts: 5,
            pos: Pos(2),
        };
        let mut events = Vec::new();
        for thread in ["", "main", "$root"] {
            put(&mut events, "@alice:test", receipt(thread));
        }
        put(&mut events, "@bob:test", receipt(""));
        let json: Vec<String> = events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        assert_eq!(
            json,
            [
                r#"{"$a":{"m.read":{"@alice:test":{"ts":5},"@bob:test":{"ts":5}}}}"#,
                r#"{"$a":{"m.read":{"@alice:test":{"ts":5,"thread_id":"main"}}}}"#,
                r#"{"$a":{"m.read":{"@alice:test":{"ts":5,"thread_id":"$root"}}}}"#,
            ]
        );
    }
}
