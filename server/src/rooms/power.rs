//! Who may do what in a room: power levels together with the creators, who from room version 12 on stand above them.

use std::sync::Arc;

use ruma::{
    OwnedUserId, UserId,
    events::room::power_levels::{RoomPowerLevels, RoomPowerLevelsEventContent, RoomPowerLevelsSource},
    room_version_rules::RoomVersionRules,
};
use serde::Deserialize;

use super::{Event, Room};
use crate::{app::App, error::MatrixError};

/// The power levels in force.
pub async fn levels(app: &App, room: &Room) -> Result<RoomPowerLevels, MatrixError> {
    let pieces = room.states(&app.store, &[("m.room.power_levels", ""), ("m.room.create", "")]).await?;
    let mut pieces = pieces.into_iter();
    let (levels, create) = (pieces.next().flatten(), pieces.next().flatten());
    Ok(from_events(levels.as_ref(), create.as_ref(), &room.rules))
}

/// The power levels these two events say. Pure.
#[must_use]
pub fn from_events(
    levels: Option<&Arc<Event>>,
    create: Option<&Arc<Event>>,
    rules: &RoomVersionRules,
) -> RoomPowerLevels {
    let creators = create.map(|create| creators(create, rules)).unwrap_or_default();
    let content = levels.and_then(|event| event.content::<RoomPowerLevelsEventContent>());
    let source: RoomPowerLevelsSource = match content {
        Some(content) => content.into(),
        None => RoomPowerLevelsSource::None,
    };
    RoomPowerLevels::new(source, &rules.authorization, creators)
}

/// Those who made the room.
#[must_use]
pub fn creators(create: &Event, rules: &RoomVersionRules) -> Vec<OwnedUserId> {
    #[derive(Deserialize)]
    struct Content {
        #[serde(default)]
        additional_creators: Vec<OwnedUserId>,
    }
    let mut creators = vec![create.sender.clone()];
    if rules.authorization.additional_room_creators {
        creators.extend(create.content::<Content>().map(|content| content.additional_creators).unwrap_or_default());
    }
    creators
}

/// Whether `user` may send state of this type.
pub async fn may_send_state(app: &App, room: &Room, user: &UserId, kind: &str) -> Result<bool, MatrixError> {
    Ok(levels(app, room).await?.user_can_send_state(user, kind.into()))
}
