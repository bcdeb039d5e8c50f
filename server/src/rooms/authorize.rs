//! May this event join this state? The rules are those of the room's version, as the specification numbers them. Pure.

use std::{collections::HashMap, sync::Arc};

use ruma::{
    EventId,
    events::StateEventType,
    room_version_rules::RoomVersionRules,
    state_res::{check_state_dependent_auth_rules, check_state_independent_auth_rules},
};

use super::{Event, Shared};

/// State by type and key.
pub type View = HashMap<(StateEventType, String), Arc<Event>>;

/// Whether `event` is allowed by `state`. The answer is the rule that forbids it.
pub fn authorize(event: &Arc<Event>, state: &View, rules: &RoomVersionRules) -> Result<(), String> {
    let incoming = Shared(Arc::clone(event));
    let by_id = |id: &EventId| state.values().find(|known| known.event_id == id).map(|known| Shared(Arc::clone(known)));
    check_state_independent_auth_rules(&rules.authorization, &incoming, by_id)?;
    let by_key = |kind: &StateEventType, key: &str| {
        state.get(&(kind.clone(), key.to_owned())).map(|known| Shared(Arc::clone(known)))
    };
    check_state_dependent_auth_rules(&rules.authorization, &incoming, by_key)
}

/// The events of `state` that `event` names as allowing it: all it needed, but for the create event where its id is the
/// room's.
pub fn auth_events<'a>(
    needs: &'a [(StateEventType, String)],
    state: &'a View,
    rules: &RoomVersionRules,
) -> impl Iterator<Item = &'a Arc<Event>> {
    let unnamed_create = rules.authorization.room_create_event_id_as_room_id;
    needs
        .iter()
        .filter(move |(kind, _)| !(unnamed_create && *kind == StateEventType::RoomCreate))
        .filter_map(|need| state.get(need))
}
