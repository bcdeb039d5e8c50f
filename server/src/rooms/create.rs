//! A new room: its id, its create event, and everything that is set before anyone may look inside, as one write.

use std::sync::Arc;

use ruma::{OwnedRoomId, OwnedUserId, RoomId, RoomVersionId, room_version_rules::RoomVersionRules};
use serde_json::{Map, Value};

use super::{
    Draft, Room,
    append::write_first,
    build::{Place, build},
};
use crate::{
    app::App,
    error::MatrixError,
    store::{RoomNid, entity::room},
};

/// What a new room begins with.
#[derive(Clone, Debug)]
pub struct NewRoom {
    /// Its version.
    pub version: RoomVersionId,
    /// The content of its create event; `room_version` (and `creator`, where the version wants it) are added.
    pub content: Map<String, Value>,
    /// Who makes it.
    pub creator: OwnedUserId,
    /// Its first address, if any.
    pub alias: Option<String>,
    /// Whether it is in the public directory.
    pub listed: bool,
    /// What follows the create event, in order; the creator's join comes first.
    pub drafts: Vec<Draft>,
}

/// Creates a room. All of it is there at once or not at all. `M_ROOM_IN_USE` if the alias is taken.
pub async fn create(app: &App, new: NewRoom) -> Result<Arc<Room>, MatrixError> {
    let rules = new.version.rules().ok_or_else(MatrixError::unsupported_room_version)?;
    let create = create_event(app, &new, &rules);
    let nid = app.store.new_room();
    let id = room_id(app, nid, &create, &rules)?;
    let row = room::Model { id: nid, room_id: id.to_string(), version: new.version.to_string(), listed: new.listed };
    let room = Arc::new(Room::new(nid, id, new.version, rules));
    // Known before it is committed, so that nobody who hears of the commit can make a second one.
    app.rooms.adopt(&room);
    let drafts = std::iter::once(create).chain(new.drafts).collect();
    match write_first(app, &room, row, new.alias, drafts).await {
        Ok(()) => Ok(room),
        Err(error) => {
            app.rooms.drop_unborn(&room);
            Err(error)
        }
    }
}

fn create_event(app: &App, new: &NewRoom, rules: &RoomVersionRules) -> Draft {
    let mut content = new.content.clone();
    content.insert("room_version".into(), new.version.as_str().into());
    if !rules.authorization.use_room_create_sender {
        content.insert("creator".into(), new.creator.as_str().into());
    }
    // The time is part of the id of a version 12 room, so it is settled here.
    let ts = app.rooms.creation_time(app.clock.now_ms());
    Draft { ts: Some(ts), ..Draft::state(new.creator.clone(), "m.room.create", "", content) }
}

/// The id of the new room: its own from version 12 on, otherwise one that names this server.
fn room_id(app: &App, nid: RoomNid, create: &Draft, rules: &RoomVersionRules) -> Result<OwnedRoomId, MatrixError> {
    if !rules.authorization.room_create_event_id_as_room_id {
        return Ok(RoomId::new_v1(app.server_name()));
    }
    let place = Place { room_id: None, room: nid, head: None, auth_events: Vec::new(), now: app.clock.now_ms() };
    Ok(build(create.clone(), &place, rules, &app.key)?.event.room_id)
}

#[cfg(test)]
mod tests {
    use ruma::owned_user_id;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn rooms_made_in_the_same_moment_are_different_rooms() {
        let folder = tempfile::tempdir().unwrap();
        let app = crate::testing::app(folder.path()).await;
        let alice = owned_user_id!("@alice:test");
        let joins = json!({"membership": "join"}).as_object().cloned().unwrap();
        let new = || NewRoom {
            version: RoomVersionId::V12,
            content: Map::new(),
            creator: alice.clone(),
            alias: None,
            listed: false,
            drafts: vec![Draft::state(alice.clone(), "m.room.member", alice.as_str(), joins.clone())],
        };
        let made = futures_util::future::join_all((0..20).map(|_| create(&app, new()))).await;
        let ids: std::collections::BTreeSet<_> = made.into_iter().map(|room| room.unwrap().id.clone()).collect();
        assert_eq!(ids.len(), 20);
    }
}
