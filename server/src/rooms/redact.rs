//! What a redaction takes away, and who may. From room version 3 on a redaction is an event like any other; whether it
//! takes effect is decided when its target is known.
//! Specified in the room versions («Redactions») and the client-server API («Redactions»).

use std::sync::Arc;

use ruma::{
    CanonicalJsonObject, OwnedEventId,
    canonical_json::redact,
    events::{TimelineEventType, room::power_levels::RoomPowerLevels},
    room_version_rules::RoomVersionRules,
};
use serde::Deserialize;

use super::{Event, Room, power};
use crate::{
    app::App,
    error::MatrixError,
    store::{Rows, entity::event},
};

/// The event that `event` redacts, whichever way its room version writes it.
#[must_use]
pub fn target_of(event: &Event, rules: &RoomVersionRules) -> Option<OwnedEventId> {
    #[derive(Deserialize)]
    struct Content {
        redacts: OwnedEventId,
    }
    if event.kind != TimelineEventType::RoomRedaction {
        return None;
    }
    if rules.redaction.content_field_redacts {
        event.content::<Content>().map(|content| content.redacts)
    } else {
        event.redacts.clone()
    }
}

/// Finds what the redactions among `events` empty, refuses those that may not, and adds the emptied rows to `rows`.
/// A target that is not known here is let pass: it may arrive later.
pub(super) async fn prepare(
    app: &App,
    room: &Room,
    rows: &mut Rows,
    events: &[Event],
) -> Result<Vec<Arc<Event>>, MatrixError> {
    let mut targets = Vec::new();
    for (n, event) in events.iter().enumerate() {
        let Some(id) = target_of(event, &room.rules) else { continue };
        let Some(target) = app.store.event(id.as_str()).await? else { continue };
        if target.room != room.nid {
            return Err(MatrixError::invalid_param("An event can only be redacted from within its own room."));
        }
        let levels = power::levels(app, room).await?;
        allowed(event, &target, &levels)?;
        let row = app.store.get::<event::Entity>(target.pos).await?;
        let Some(row) = row.filter(|row| row.redacted_by.is_none()) else { continue };
        rows.redacted.push((target.pos, pruned(&row.json, &room.rules)?, i64::try_from(n).unwrap_or_default()));
        targets.push(target);
    }
    Ok(targets)
}

/// Own events, or with the power to redact those of others. The events that hold a room together stay.
fn allowed(event: &Event, target: &Event, levels: &RoomPowerLevels) -> Result<(), MatrixError> {
    if matches!(target.kind, TimelineEventType::RoomCreate | TimelineEventType::RoomServerAcl) {
        return Err(MatrixError::forbidden("This event holds the room together and cannot be redacted."));
    }
    if event.sender == target.sender || levels.user_can_redact_event_of_other(&event.sender) {
        return Ok(());
    }
    Err(MatrixError::forbidden("You do not have the power to redact what others have sent."))
}

/// The stored JSON of an event without what a redaction removes.
fn pruned(json: &str, rules: &RoomVersionRules) -> Result<String, MatrixError> {
    let object: CanonicalJsonObject = serde_json::from_str(json).map_err(MatrixError::internal)?;
    let object = redact(object, &rules.redaction, None).map_err(MatrixError::internal)?;
    serde_json::to_string(&object).map_err(MatrixError::internal)
}
