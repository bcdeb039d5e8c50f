//! From a draft to an event: what it follows, what allows it, its hash, its signature, its id. Pure.

use ruma::{
    CanonicalJsonObject, CanonicalJsonValue, OwnedEventId, OwnedRoomId, OwnedUserId, RoomId,
    canonical_json::to_canonical_value,
    events::{StateEventType, TimelineEventType},
    room_version_rules::RoomVersionRules,
    signatures::{Ed25519KeyPair, hash_and_sign_event, reference_hash},
    state_res::{auth_types_for_event, check_pdu_format},
};
use serde_json::{Map, Value, value::RawValue};

use super::Event;
use crate::{
    error::MatrixError,
    store::{Atom, DeviceNid, Pos, RoomNid},
};

/// An event before it has a place.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its type.
    pub kind: TimelineEventType,
    /// Its state key, if it is state.
    pub state_key: Option<String>,
    /// Its content.
    pub content: Map<String, Value>,
    /// Who says it.
    pub sender: OwnedUserId,
    /// When; now, if not given.
    pub ts: Option<u64>,
    /// The event it redacts.
    pub redacts: Option<OwnedEventId>,
    /// The device and transaction id it comes with.
    pub txn: Option<(DeviceNid, String)>,
}

impl Draft {
    /// A message event.
    #[must_use]
    pub fn message(sender: OwnedUserId, kind: impl Into<TimelineEventType>, content: Map<String, Value>) -> Self {
        Self { kind: kind.into(), state_key: None, content, sender, ts: None, redacts: None, txn: None }
    }

    /// A piece of state.
    #[must_use]
    pub fn state(
        sender: OwnedUserId,
        kind: impl Into<TimelineEventType>,
        state_key: impl Into<String>,
        content: Map<String, Value>,
    ) -> Self {
        Self { state_key: Some(state_key.into()), ..Self::message(sender, kind, content) }
    }

    /// The state that decides whether it is allowed, the create event first.
    pub fn needs(&self, rules: &RoomVersionRules) -> Result<Vec<(StateEventType, String)>, MatrixError> {
        let mut needs = vec![(StateEventType::RoomCreate, String::new())];
        let content = raw(&self.content)?;
        let auth =
            auth_types_for_event(&self.kind, &self.sender, self.state_key.as_deref(), &content, &rules.authorization)
                .map_err(MatrixError::bad_json)?;
        needs.extend(auth.into_iter().filter(|(kind, _)| *kind != StateEventType::RoomCreate));
        Ok(needs)
    }
}

/// What the event follows.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// The room; unknown for the create event of a room whose id is made from it.
    pub room_id: Option<&'a RoomId>,
    /// The room's number.
    pub room: RoomNid,
    /// The newest event and its depth.
    pub head: Option<(OwnedEventId, u64)>,
    /// The events that allow it.
    pub auth_events: Vec<OwnedEventId>,
    /// Now, in milliseconds.
    pub now: u64,
}

/// An event and the JSON that is stored and signed.
#[derive(Clone, Debug)]
pub struct Built {
    /// The event; position and atoms are not set yet.
    pub event: Event,
    /// Its JSON.
    pub json: String,
}

/// Makes the event.
pub fn build(
    draft: Draft,
    place: &Place<'_>,
    rules: &RoomVersionRules,
    key: &Ed25519KeyPair,
) -> Result<Built, MatrixError> {
    let depth = place.head.as_ref().map_or(1, |(_, depth)| depth.saturating_add(1).min(MAX_DEPTH));
    let ts = draft.ts.unwrap_or(place.now);
    let prev_events: Vec<OwnedEventId> = place.head.iter().map(|(id, _)| id.clone()).collect();
    let mut pdu = canonical(&draft)?;
    if let Some(room_id) = place.room_id {
        pdu.insert("room_id".into(), room_id.as_str().to_owned().into());
    }
    pdu.insert("origin_server_ts".into(), integer(ts)?);
    pdu.insert("depth".into(), integer(depth)?);
    pdu.insert("prev_events".into(), ids(&prev_events));
    pdu.insert("auth_events".into(), ids(&place.auth_events));
    let server = draft.sender.server_name().as_str();
    hash_and_sign_event(server, key, &mut pdu, &rules.redaction)
        .map_err(|error| too_large_or_bad(format!("The event cannot be signed: {error}.")))?;
    check_pdu_format(&pdu, &rules.event_format).map_err(too_large_or_bad)?;
    let event_id = event_id(&pdu, rules)?;
    let json = serde_json::to_string(&pdu).map_err(|error| MatrixError::bad_json(error.to_string()))?;
    let room_id = match place.room_id {
        Some(room_id) => room_id.to_owned(),
        None => room_id_of(&event_id)?,
    };
    let event = Event {
        pos: Pos(0),
        room: place.room,
        room_id,
        event_id,
        content: raw(&draft.content)?,
        kind: draft.kind,
        state_key: draft.state_key,
        sender: draft.sender,
        ts,
        depth,
        redacts: draft.redacts,
        prev_events,
        auth_events: place.auth_events.clone(),
        txn: draft.txn,
        redacted_by: None,
        sender_atom: Atom(0),
        kind_atom: Atom(0),
        state_key_atom: None,
    };
    Ok(Built { event, json })
}

/// The greatest depth there is.
const MAX_DEPTH: u64 = (1 << 53) - 1;

fn canonical(draft: &Draft) -> Result<CanonicalJsonObject, MatrixError> {
    let content = to_canonical_value(&draft.content).map_err(|error| {
        MatrixError::bad_json(format!("The content is not canonical JSON (floats and large integers are not): {error}"))
    })?;
    let mut pdu = CanonicalJsonObject::new();
    pdu.insert("type".into(), draft.kind.to_string().into());
    pdu.insert("sender".into(), draft.sender.as_str().to_owned().into());
    pdu.insert("content".into(), content);
    if let Some(key) = &draft.state_key {
        pdu.insert("state_key".into(), key.clone().into());
    }
    if let Some(redacts) = &draft.redacts {
        pdu.insert("redacts".into(), redacts.as_str().to_owned().into());
    }
    Ok(pdu)
}

fn event_id(pdu: &CanonicalJsonObject, rules: &RoomVersionRules) -> Result<OwnedEventId, MatrixError> {
    let hash = reference_hash(pdu, rules)
        .map_err(|error| MatrixError::bad_json(format!("No hash for this event: {error}.")))?;
    OwnedEventId::try_from(format!("${hash}")).map_err(|error| MatrixError::bad_json(error.to_string()))
}

/// The id of a room whose create event this is (room version 12 and later).
fn room_id_of(create: &OwnedEventId) -> Result<OwnedRoomId, MatrixError> {
    let id = create.as_str().replacen('$', "!", 1);
    RoomId::parse(&id).map_err(|error| MatrixError::bad_json(error.to_string()))
}

fn integer(value: u64) -> Result<CanonicalJsonValue, MatrixError> {
    ruma::Int::try_from(value)
        .map(CanonicalJsonValue::Integer)
        .map_err(|_| MatrixError::invalid_param("The number is too large for an event."))
}

fn ids(ids: &[OwnedEventId]) -> CanonicalJsonValue {
    CanonicalJsonValue::Array(ids.iter().map(|id| id.as_str().to_owned().into()).collect())
}

fn raw(content: &Map<String, Value>) -> Result<Box<RawValue>, MatrixError> {
    serde_json::value::to_raw_value(content).map_err(|error| MatrixError::bad_json(error.to_string()))
}

/// A format error that is about size has a code of its own.
fn too_large_or_bad(why: String) -> MatrixError {
    if why.contains("larger") || why.contains("maximum") || why.contains("size") {
        MatrixError::too_large(format!("The event is too large: {why}"))
    } else {
        MatrixError::bad_json(why)
    }
}
