//! An event in memory: parsed once, shared.

use std::sync::Arc;

use ruma::{
    EventId, MilliSecondsSinceUnixEpoch, OwnedEventId, OwnedRoomId, OwnedUserId, RoomId, UInt, UserId,
    events::TimelineEventType,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::store::{Atom, DeviceNid, Pos, RoomNid, StoreError, entity::event};

/// An event of a room, as kept.
#[derive(Clone, Debug)]
pub struct Event {
    /// Where it stands in the stream; 0 until it is committed.
    pub pos: Pos,
    /// Its room here.
    pub room: RoomNid,
    /// The id of its room.
    pub room_id: OwnedRoomId,
    /// Its id.
    pub event_id: OwnedEventId,
    /// Its type.
    pub kind: TimelineEventType,
    /// Its state key, if it is state.
    pub state_key: Option<String>,
    /// Who sent it.
    pub sender: OwnedUserId,
    /// When, by the sender's word; milliseconds.
    pub ts: u64,
    /// How far from the create event.
    pub depth: u64,
    /// Its content, as sent (or pruned).
    pub content: Box<RawValue>,
    /// The event it redacts, in the form of room versions before 11.
    pub redacts: Option<OwnedEventId>,
    /// The events it follows.
    pub prev_events: Vec<OwnedEventId>,
    /// The events that allow it.
    pub auth_events: Vec<OwnedEventId>,
    /// The device and transaction id it was sent with.
    pub txn: Option<(DeviceNid, String)>,
    /// The redaction that emptied it.
    pub redacted_by: Option<Pos>,
    /// The atom of the sender.
    pub sender_atom: Atom,
    /// The atom of the type.
    pub kind_atom: Atom,
    /// The atom of the state key.
    pub state_key_atom: Option<Atom>,
}

/// The parts of the stored JSON that are used.
#[derive(Deserialize)]
struct Stored {
    #[serde(rename = "type")]
    kind: TimelineEventType,
    state_key: Option<String>,
    sender: OwnedUserId,
    origin_server_ts: u64,
    depth: u64,
    content: Box<RawValue>,
    redacts: Option<OwnedEventId>,
    #[serde(default)]
    prev_events: Vec<OwnedEventId>,
    #[serde(default)]
    auth_events: Vec<OwnedEventId>,
}

impl Event {
    /// From its row. `room_id` is that of the room it belongs to.
    pub fn from_row(row: &event::Model, room_id: OwnedRoomId) -> Result<Self, StoreError> {
        let damaged = |what: &str| StoreError::Damaged(format!("event {}: {what}", row.event_id));
        let stored: Stored = serde_json::from_str(&row.json).map_err(|error| damaged(&error.to_string()))?;
        Ok(Self {
            pos: row.pos,
            room: row.room,
            room_id,
            event_id: EventId::parse(&row.event_id).map_err(|error| damaged(&error.to_string()))?,
            kind: stored.kind,
            state_key: stored.state_key,
            sender: stored.sender,
            ts: stored.origin_server_ts,
            depth: stored.depth,
            content: stored.content,
            redacts: stored.redacts,
            prev_events: stored.prev_events,
            auth_events: stored.auth_events,
            txn: row.device.zip(row.txn.clone()),
            redacted_by: row.redacted_by,
            sender_atom: row.sender,
            kind_atom: row.kind,
            state_key_atom: row.state_key,
        })
    }

    /// The content as `T`; none if it does not fit.
    #[must_use]
    pub fn content<'a, T: Deserialize<'a>>(&'a self) -> Option<T> {
        serde_json::from_str(self.content.get()).ok()
    }

    /// Whether this is state of type `kind` with this key.
    #[must_use]
    pub fn is_state(&self, kind: &str, key: &str) -> bool {
        self.state_key.as_deref() == Some(key) && self.kind.to_string() == kind
    }

    /// `membership` of an `m.room.member` event.
    #[must_use]
    pub fn membership(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Content {
            membership: String,
        }
        self.content::<Content>().map(|content| content.membership)
    }

    /// Roughly the bytes it takes in memory.
    #[must_use]
    pub fn weight(&self) -> usize {
        600 + self.content.get().len() + 64 * (self.prev_events.len() + self.auth_events.len())
    }
}

/// What authorisation looks at.
#[derive(Clone, Debug)]
pub struct Shared(pub Arc<Event>);

impl ruma::state_res::Event for Shared {
    type Id = OwnedEventId;

    fn event_id(&self) -> &OwnedEventId {
        &self.0.event_id
    }
    fn room_id(&self) -> Option<&RoomId> {
        // From version 12 on a room's id is made from its create event, which therefore cannot carry it.
        let unnamed = self.0.kind == TimelineEventType::RoomCreate && self.0.room_id.server_name().is_none();
        (!unnamed).then_some(&*self.0.room_id)
    }
    fn sender(&self) -> &UserId {
        &self.0.sender
    }
    fn origin_server_ts(&self) -> MilliSecondsSinceUnixEpoch {
        MilliSecondsSinceUnixEpoch(UInt::new_saturating(self.0.ts))
    }
    fn event_type(&self) -> &TimelineEventType {
        &self.0.kind
    }
    fn content(&self) -> &RawValue {
        &self.0.content
    }
    fn state_key(&self) -> Option<&str> {
        self.0.state_key.as_deref()
    }
    fn prev_events(&self) -> Box<dyn DoubleEndedIterator<Item = &OwnedEventId> + '_> {
        Box::new(self.0.prev_events.iter())
    }
    fn auth_events(&self) -> Box<dyn DoubleEndedIterator<Item = &OwnedEventId> + '_> {
        Box::new(self.0.auth_events.iter())
    }
    fn redacts(&self) -> Option<&OwnedEventId> {
        self.0.redacts.as_ref()
    }
    fn rejected(&self) -> bool {
        false
    }
}
