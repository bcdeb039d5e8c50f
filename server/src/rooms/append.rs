//! The one door into a room: build → authorize → write, under the room's lock, in one database transaction.
//!
//! What is written together: the event, the state it sets, memberships, relations, its transaction id, and what
//! application services must hear. Everything else (push, counts, delivery) follows from the stream.

use std::sync::Arc;

use ruma::events::{StateEventType, TimelineEventType};
use serde::Deserialize;

use super::{
    Draft, Event, Room,
    authorize::{View, auth_events, authorize},
    build::{Built, Place, build},
    redact,
    room::Head,
};
use crate::{
    app::App,
    error::MatrixError,
    store::{
        Membership, Pos, Rows, StoreError,
        entity::{event, member, outbox, relation, state},
    },
    stream::{Change, What},
};

/// Appends `drafts` to `room`, all or none, and answers the events once they are committed.
///
/// A draft with a transaction id that was used before answers the event of that time (only when it comes alone).
/// Runs to its end even when the caller goes away, because the room must learn what was written.
pub async fn append(app: &App, room: &Arc<Room>, drafts: Vec<Draft>) -> Result<Vec<Arc<Event>>, MatrixError> {
    let (app, room) = (app.clone(), Arc::clone(room));
    let appending = tokio::spawn(async move { append_locked(&app, &room, drafts).await });
    appending.await.map_err(|_| MatrixError::unknown("The event could not be written."))?
}

async fn append_locked(app: &App, room: &Arc<Room>, drafts: Vec<Draft>) -> Result<Vec<Arc<Event>>, MatrixError> {
    let mut head = room.head.lock().await;
    if let Some(sent) = already_sent(app, room, &drafts).await? {
        return Ok(vec![sent]);
    }
    if head.is_none() {
        *head = app.store.newest(room.nid).await?.map(|newest| Head {
            event_id: newest.event_id.clone(),
            depth: newest.depth,
        });
    }
    let mut batch = Batch { head: head.clone(), state: View::new(), events: Vec::new(), rows: Rows::default() };
    for draft in drafts {
        batch.add(app, room, draft).await?;
    }
    let targets = redact::prepare(app, room, &mut batch.rows, &batch.events).await?;
    queue_for_services(app, room, &mut batch).await?;
    let first = app.store.append(std::mem::take(&mut batch.rows)).await?;
    let events = batch.committed(first);
    *head = batch.head;
    room.changed(&events);
    for target in &targets {
        app.store.forget(target.pos);
        room.emptied(target);
    }
    for event in &events {
        app.store.remember(event);
        app.recent_txns.keep(event);
    }
    Ok(events)
}

/// The event that a repeated request has already sent.
async fn already_sent(app: &App, room: &Room, drafts: &[Draft]) -> Result<Option<Arc<Event>>, MatrixError> {
    let [draft] = drafts else { return Ok(None) };
    let Some((device, txn)) = &draft.txn else { return Ok(None) };
    let sender = app.store.atom(draft.sender.as_str()).await?;
    let kind = app.store.atom(&draft.kind.to_string()).await?;
    Ok(app.store.event_by_txn(sender, room.nid, kind, *device, txn).await?)
}

/// Events on their way into the room together.
struct Batch {
    head: Option<Head>,
    /// Current state, as far as it was needed, with what this batch sets on top.
    state: View,
    events: Vec<Event>,
    rows: Rows,
}

impl Batch {
    async fn add(&mut self, app: &App, room: &Room, draft: Draft) -> Result<(), MatrixError> {
        let needs = draft.needs(&room.rules)?;
        self.load(app, room, &needs).await?;
        if let Some(key) = &draft.state_key {
            self.load(app, room, &[(draft.kind.to_string().into(), key.clone())]).await?;
        }
        let place = Place {
            room_id: named(room, &draft.kind).then_some(&*room.id),
            room: room.nid,
            head: self.head.as_ref().map(|head| (head.event_id.clone(), head.depth)),
            auth_events: auth_events(&needs, &self.state, &room.rules).map(|event| event.event_id.clone()).collect(),
            now: app.clock.now_ms(),
        };
        let Built { mut event, json } = build(draft, &place, &room.rules, &app.key)?;
        event.sender_atom = app.store.atom(event.sender.as_str()).await?;
        event.kind_atom = app.store.atom(&event.kind.to_string()).await?;
        if let Some(key) = &event.state_key {
            event.state_key_atom = Some(app.store.atom(key).await?);
        }
        let shared = Arc::new(event.clone());
        authorize(&shared, &self.state, &room.rules).map_err(|rule| forbidden(&rule))?;
        self.head = Some(Head { event_id: event.event_id.clone(), depth: event.depth });
        self.put_rows(app, &event, json).await?;
        if let Some(key) = event.state_key.clone() {
            self.state.insert((event.kind.to_string().into(), key), shared);
        }
        self.events.push(event);
        Ok(())
    }

    /// Loads what is needed of the current state and not known yet.
    async fn load(&mut self, app: &App, room: &Room, needs: &[(StateEventType, String)]) -> Result<(), StoreError> {
        let missing: Vec<_> = needs.iter().filter(|need| !self.state.contains_key(need)).collect();
        let names: Vec<(String, &str)> = missing.iter().map(|(kind, key)| (kind.to_string(), key.as_str())).collect();
        let keys: Vec<(&str, &str)> = names.iter().map(|(kind, key)| (kind.as_str(), *key)).collect();
        let pieces = room.states(&app.store, &keys).await?;
        for (need, piece) in missing.into_iter().zip(pieces) {
            if let Some(piece) = piece {
                self.state.insert(need.clone(), piece);
            }
        }
        Ok(())
    }

    async fn put_rows(&mut self, app: &App, event: &Event, json: String) -> Result<(), MatrixError> {
        let at = i64::try_from(self.events.len()).unwrap_or_default();
        self.rows.events.push(event::Model {
            pos: Pos(at),
            room: event.room,
            event_id: event.event_id.to_string(),
            kind: event.kind_atom,
            state_key: event.state_key_atom,
            sender: event.sender_atom,
            ts: i64::try_from(event.ts).unwrap_or(i64::MAX),
            device: event.txn.as_ref().map(|(device, _)| *device),
            txn: event.txn.as_ref().map(|(_, txn)| txn.clone()),
            redacted_by: None,
            json,
        });
        if let Some(key) = event.state_key_atom {
            self.put_state(event, key, at);
        }
        if let Some((rel_type, parent)) = relation_of(event) {
            self.rows.relations.push(relation::Model {
                child: Pos(at),
                room: event.room,
                parent,
                rel_type: app.store.atom(&rel_type).await?,
                kind: event.kind_atom,
                sender: event.sender_atom,
            });
        }
        Ok(())
    }

    fn put_state(&mut self, event: &Event, key: crate::store::Atom, at: i64) {
        let replaces = event.state_key.clone().map(|key| (event.kind.to_string().into(), key));
        let row = state::Model { room: event.room, kind: event.kind_atom, state_key: key, since: Pos(at), upto: None };
        match replaces.and_then(|replaced| self.state.get(&replaced)) {
            // Set by an earlier event of this very batch: its row is not in the database yet.
            Some(earlier) if earlier.pos == Pos(0) => {
                let same = |row: &&mut state::Model| row.kind == event.kind_atom && row.state_key == key;
                if let Some(earlier) = self.rows.state.iter_mut().filter(same).next_back() {
                    earlier.upto = Some(Pos(at));
                }
            }
            Some(_) => self.rows.ended.push((event.room, event.kind_atom, key, at)),
            None => {}
        }
        self.rows.state.push(row);
        if event.kind == TimelineEventType::RoomMember
            && let Some(membership) = event.membership()
        {
            let membership = Membership::parse(&membership);
            let (room, user, pos) = (event.room, key, Pos(at));
            self.rows.members.push(member::Model { room, user, membership, pos, forgotten: false });
        }
    }

    /// The events with the positions they were given.
    fn committed(&mut self, first: Pos) -> Vec<Arc<Event>> {
        let place = |(n, mut event): (usize, Event)| {
            event.pos = Pos(first.0 + i64::try_from(n).unwrap_or_default());
            Arc::new(event)
        };
        std::mem::take(&mut self.events).into_iter().enumerate().map(place).collect()
    }
}

/// Queues the events for the application services that care, and announces everything.
async fn queue_for_services(app: &App, room: &Arc<Room>, batch: &mut Batch) -> Result<(), MatrixError> {
    for (n, event) in batch.events.iter().enumerate() {
        let pos = Pos(i64::try_from(n).unwrap_or_default());
        let event = Arc::new(Event { pos, ..event.clone() });
        for service in app.delivery.interested(app, room, &event).await? {
            batch.rows.outbox.push(outbox::Model { service, pos, payload: None });
            batch.rows.changes.push(Change { pos, what: What::Outbox { service } });
        }
        batch.rows.changes.push(Change { pos, what: What::Event { room: room.nid, event } });
    }
    Ok(())
}

/// Whether an event carries the id of its room: all but a create event that the id is made from.
fn named(room: &Room, kind: &TimelineEventType) -> bool {
    *kind != TimelineEventType::RoomCreate || !room.rules.authorization.room_create_event_id_as_room_id
}

/// The event it speaks of and how, by `m.relates_to`.
fn relation_of(event: &Event) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct Content {
        #[serde(rename = "m.relates_to")]
        relates_to: RelatesTo,
    }
    #[derive(Deserialize)]
    struct RelatesTo {
        rel_type: String,
        event_id: String,
    }
    let content: Content = event.content()?;
    Some((content.relates_to.rel_type, content.relates_to.event_id))
}

/// A rule in the words of the person who broke it.
fn forbidden(rule: &str) -> MatrixError {
    let mut words = rule.replace('`', "");
    if let Some(first) = words.get(..1) {
        let first = first.to_uppercase();
        words.replace_range(..1, &first);
    }
    MatrixError::forbidden(format!("{words}."))
}
