//! The one door into a room: build → authorize → write, under the room's lock, in one database transaction.
//!
//! What is written together: the event, the state it sets, memberships, relations, its transaction id, and what
//! application services must hear. Everything else (push, counts, delivery) follows from the stream.

use std::sync::Arc;

use ruma::events::{StateEventType, TimelineEventType};
use serde::Deserialize;

use super::{
    Draft, Event, Room, annotate,
    authorize::{View, auth_events, authorize},
    build::{Built, Place, build},
    redact,
    room::Head,
};
use crate::{
    app::App,
    delivery,
    error::MatrixError,
    store::{
        Membership, Pos, Rows, StoreError,
        entity::{alias, event, member, outbox, relation, room, state},
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
    appending.await.map_err(|_| MatrixError::internal("a task that appends to a room ended early"))?
}

/// The first events of a room, with its row and its address.
pub(super) async fn write_first(
    app: &App,
    room: &Arc<Room>,
    row: room::Model,
    alias: Option<String>,
    drafts: Vec<Draft>,
) -> Result<(), MatrixError> {
    let (app, room) = (app.clone(), Arc::clone(room));
    let writing = tokio::spawn(async move {
        let mut head = room.head.lock().await;
        let creator = drafts.first().map(|draft| draft.sender.to_string()).unwrap_or_default();
        let creator = app.store.atom(&creator).await?;
        let aliases = alias.into_iter().map(|alias| alias::Model { alias, room: row.id, creator }).collect();
        let rows = Rows { rooms: vec![row], aliases, ..Rows::default() };
        write(&app, &room, &mut head, drafts, rows).await.map(drop)
    });
    writing.await.map_err(|_| MatrixError::internal("a task that creates a room ended early"))?
}

async fn append_locked(app: &App, room: &Arc<Room>, drafts: Vec<Draft>) -> Result<Vec<Arc<Event>>, MatrixError> {
    let mut head = room.head.lock().await;
    let repeated = drafts.first().filter(|draft| drafts.len() == 1 && draft.txn.is_some()).cloned();
    let outcome = write(app, room, &mut head, drafts, Rows::default()).await;
    match (outcome, repeated) {
        // Asked only when something is in the way, so that a first request costs no query for it.
        (Err(error), Some(draft)) => match already_sent(app, room, &draft).await? {
            Some(sent) => Ok(vec![sent]),
            None => Err(error),
        },
        (outcome, _) => outcome,
    }
}

async fn write(
    app: &App,
    room: &Arc<Room>,
    head: &mut Option<Head>,
    drafts: Vec<Draft>,
    rows: Rows,
) -> Result<Vec<Arc<Event>>, MatrixError> {
    let new = !rows.rooms.is_empty();
    if head.is_none() && !new {
        *head = app
            .store
            .newest(room.nid)
            .await?
            .map(|newest| Head { event_id: newest.event_id.clone(), depth: newest.depth });
    }
    let mut batch = Batch { head: head.clone(), state: View::new(), events: Vec::new(), rows };
    let alone = drafts.len() == 1;
    for draft in drafts {
        if let Some(same) = batch.add(app, room, draft).await?.filter(|_| alone) {
            return Ok(vec![same]);
        }
    }
    if let [event] = batch.events.as_slice() {
        annotate::refuse_duplicate(app, room, event).await?;
    }
    let targets = redact::prepare(app, room, &mut batch.rows, &batch.events).await?;
    queue_for_services(app, room, &mut batch).await?;
    let first = match app.store.append(std::mem::take(&mut batch.rows)).await {
        Err(StoreError::Taken) if new => return Err(MatrixError::room_in_use()),
        outcome => outcome?,
    };
    let events = batch.committed(first);
    *head = batch.head;
    room.changed(&events);
    delivery::outbox::committed(app, room, &events);
    for target in &targets {
        app.store.forget(target.pos);
        room.emptied(target);
    }
    Ok(events)
}

/// The event that an earlier request with the same transaction id has sent.
async fn already_sent(app: &App, room: &Room, draft: &Draft) -> Result<Option<Arc<Event>>, MatrixError> {
    let Some((device, txn)) = &draft.txn else { return Ok(None) };
    let sender = app.store.find_atom(draft.sender.as_str()).await?;
    let kind = app.store.find_atom(&draft.kind.to_string()).await?;
    let Some((sender, kind)) = sender.zip(kind) else { return Ok(None) };
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
    /// Adds an event; answers the present one if it is state and says nothing new.
    async fn add(&mut self, app: &App, room: &Room, draft: Draft) -> Result<Option<Arc<Event>>, MatrixError> {
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
        let present = event.state_key.clone().and_then(|key| self.state.get(&(event.kind.to_string().into(), key)));
        let present = present.filter(|present| says_the_same(present, &event)).cloned();
        self.head = Some(Head { event_id: event.event_id.clone(), depth: event.depth });
        self.put_rows(app, &event, json).await?;
        if let Some(key) = event.state_key.clone() {
            self.state.insert((event.kind.to_string().into(), key), shared);
        }
        self.events.push(event);
        Ok(present)
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
                if let Some(earlier) = self.rows.state.iter_mut().rfind(same) {
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
    let new = (!batch.rows.rooms.is_empty()).then_some(batch.rows.aliases.as_slice());
    let interested = delivery::outbox::interested(app, room, &batch.events, new).await?;
    for (n, (event, services)) in batch.events.iter().zip(interested).enumerate() {
        let pos = Pos(i64::try_from(n).unwrap_or_default());
        for service in services {
            batch.rows.outbox.push(outbox::Model { service, pos, payload: None });
            batch.rows.changes.push(Change { pos, what: What::Outbox { service } });
        }
        batch.rows.changes.push(Change { pos, what: What::Event { room: room.nid, event: Arc::new(event.clone()) } });
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

/// Whether two pieces of state are by the same sender with the same content.
fn says_the_same(present: &Event, event: &Event) -> bool {
    type Content = serde_json::Map<String, serde_json::Value>;
    present.sender == event.sender && present.content::<Content>() == event.content::<Content>()
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

#[cfg(test)]
mod tests {
    use ruma::{RoomVersionId, owned_user_id};
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::{
        rooms::create::{NewRoom, create},
        store::{DeviceNid, state::At},
        testing,
    };

    fn content(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    async fn a_room(app: &App, version: RoomVersionId) -> Arc<Room> {
        let alice = owned_user_id!("@alice:test");
        let new = NewRoom {
            version,
            content: Map::new(),
            creator: alice.clone(),
            alias: None,
            listed: false,
            drafts: vec![
                Draft::state(alice.clone(), "m.room.member", alice.as_str(), content(json!({"membership": "join"}))),
                Draft::state(alice.clone(), "m.room.topic", "", content(json!({"topic": "one"}))),
            ],
        };
        create(app, new).await.unwrap()
    }

    #[tokio::test]
    async fn a_repeated_transaction_answers_the_first_event() {
        let folder = tempfile::tempdir().unwrap();
        let app = testing::app(folder.path()).await;
        let room = a_room(&app, RoomVersionId::V12).await;
        let message = |txn: &str| Draft {
            txn: Some((DeviceNid(7), txn.to_owned())),
            ..Draft::message(owned_user_id!("@alice:test"), "m.room.message", content(json!({"body": "hi"})))
        };
        let first = append(&app, &room, vec![message("a")]).await.unwrap();
        let again = append(&app, &room, vec![message("a")]).await.unwrap();
        let other = append(&app, &room, vec![message("b")]).await.unwrap();
        assert_eq!(first[0].event_id, again[0].event_id);
        assert_ne!(first[0].event_id, other[0].event_id);
        assert_eq!(other[0].prev_events, [first[0].event_id.clone()]);
    }

    #[tokio::test]
    async fn state_is_kept_as_it_was_at_every_position() {
        let folder = tempfile::tempdir().unwrap();
        let app = testing::app(folder.path()).await;
        for version in [RoomVersionId::V6, RoomVersionId::V10, RoomVersionId::V11, RoomVersionId::V12] {
            let room = a_room(&app, version).await;
            let before = app.stream.current();
            let topic =
                Draft::state(owned_user_id!("@alice:test"), "m.room.topic", "", content(json!({"topic": "two"})));
            append(&app, &room, vec![topic]).await.unwrap();
            let topic = |events: Vec<Arc<Event>>| {
                let event = events.into_iter().find(|event| event.is_state("m.room.topic", "")).unwrap();
                event.content.get().to_owned()
            };
            assert!(topic(app.store.whole_state(room.nid, At::After(before)).await.unwrap()).contains("one"));
            assert!(topic(app.store.whole_state(room.nid, At::Now).await.unwrap()).contains("two"));
            let cached = room.state(&app.store, "m.room.topic", "").await.unwrap().unwrap();
            assert!(cached.content.get().contains("two"));
        }
    }

    #[tokio::test]
    async fn a_stranger_is_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let app = testing::app(folder.path()).await;
        let room = a_room(&app, RoomVersionId::V12).await;
        let before = app.stream.current();
        let message = Draft::message(owned_user_id!("@eve:test"), "m.room.message", content(json!({"body": "hi"})));
        let refused = append(&app, &room, vec![message]).await.unwrap_err();
        assert_eq!((refused.status(), refused.errcode()), (403, "M_FORBIDDEN"));
        assert_eq!(app.stream.current(), before);
    }

    #[tokio::test]
    async fn a_redaction_empties_its_target() {
        let folder = tempfile::tempdir().unwrap();
        let app = testing::app(folder.path()).await;
        let room = a_room(&app, RoomVersionId::V12).await;
        let alice = owned_user_id!("@alice:test");
        let message = Draft::message(alice.clone(), "m.room.message", content(json!({"body": "secret"})));
        let sent = append(&app, &room, vec![message]).await.unwrap();
        let redacts = content(json!({"redacts": sent[0].event_id}));
        append(&app, &room, vec![Draft::message(alice, "m.room.redaction", redacts)]).await.unwrap();
        let emptied = app.store.event(sent[0].event_id.as_str()).await.unwrap().unwrap();
        assert_eq!(emptied.content.get(), "{}");
        assert!(emptied.redacted_by.is_some());
    }
}
