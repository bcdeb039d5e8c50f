//! The short way of a message to an idle service: what is about to be committed is frozen as the service's next
//! transaction in the very same commit, so that it can be sent at once. Everything else takes the [`worker`](super::worker)'s way.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Delivery,
    batch::{self, Batch, Item},
    line::Line,
    wire,
};
use crate::{
    clock::Clock,
    rooms::Event,
    store::{Atom, Pos, outbox::Frozen},
    stream::{Change, Freezer, What},
};

/// Freezes for the lines of a [`Delivery`].
pub(super) struct Freezing {
    pub(super) delivery: Delivery,
    pub(super) clock: Clock,
}

impl Freezer for Freezing {
    fn freeze(&self, changes: &[Change]) -> Vec<(Atom, Frozen)> {
        let mut queued: BTreeMap<Atom, Vec<Pos>> = BTreeMap::new();
        for change in changes {
            if let What::Outbox { service } = change.what {
                queued.entry(service).or_default().push(change.pos);
            }
        }
        let mut frozen = Vec::new();
        for (service, positions) in queued {
            let Some(line) = self.line(service) else { continue };
            let make = |mark: &str| transaction(mark, &events(changes, &positions)?, self.clock.now_ms());
            frozen.extend(line.claim(make).map(|next| (service, next)));
        }
        frozen
    }

    fn undo(&self) {
        self.delivery.lines().values().for_each(|line| line.unclaim());
    }
}

impl Freezing {
    fn line(&self, service: Atom) -> Option<Arc<Line>> {
        self.delivery.lines().get(&service).cloned()
    }
}

/// The events at these positions; none if one is not there.
fn events<'a>(changes: &'a [Change], positions: &[Pos]) -> Option<Vec<&'a Event>> {
    let mut found = changes.iter().filter_map(|change| match &change.what {
        What::Event { event, .. } => Some(&**event),
        _ => None,
    });
    // Both are in the order of the stream.
    positions.iter().map(|pos| found.find(|event| event.pos == *pos)).collect()
}

/// All of `events` as one transaction; none if they do not fit, or if one is state, for what it replaced is not at hand.
fn transaction(mark: &str, events: &[&Event], now: u64) -> Option<Frozen> {
    if events.len() > batch::MOST || events.iter().any(|event| event.state_key.is_some()) {
        return None;
    }
    let item = |event: &&Event| Some((event.pos, Item::Event(wire::json(event, None, now).ok()?)));
    let items: Vec<(Pos, Item)> = events.iter().map(item).collect::<Option<_>>()?;
    let Batch { upto, body } = batch::batch(&items, now)?;
    (upto == events.last()?.pos).then_some(Frozen { txn: name(mark, upto), upto, body: body? })
}

/// The id of a transaction: never used twice, not by this database and not by another one of the same server.
pub(super) fn name(mark: &str, upto: Pos) -> String {
    format!("{mark}-{}", upto.0)
}
