//! `POST /_matrix/client/v3/rooms/{roomId}/upgrade`. Specified in the client-server API, «Room upgrades».

use std::sync::Arc;

use ruma::api::client::room::upgrade_room::v3::{Request, Response};
use serde_json::{Map, Value, json};

use super::create_room::supported;
use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    rooms::{
        Draft, Event, Room, append,
        create::{NewRoom, create},
        membership, power,
    },
    store::{Membership, state::At},
};

/// State that moves on to the new room.
const MOVES: [&str; 11] = [
    "m.room.server_acl",
    "m.room.encryption",
    "m.room.name",
    "m.room.avatar",
    "m.room.topic",
    "m.room.guest_access",
    "m.room.history_visibility",
    "m.room.join_rules",
    "m.room.power_levels",
    "m.space.child",
    "m.space.parent",
];

/// Replaces a room by one of another version.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, .. } = request;
    let rules = supported(&body.new_version)?;
    let old = membership::room(&app, &body.room_id).await?;
    membership::must_be_joined(&app, &old, &caller.user).await?;
    if !power::may_send_state(&app, &old, &caller.user, "m.room.tombstone").await? {
        return Err(MatrixError::forbidden("You do not have the power to upgrade this room."));
    }
    let state = app.store.whole_state(old.nid, At::Now).await?;
    let find = |kind: &str| state.iter().find(|event| event.is_state(kind, ""));
    let mut content: Map<String, Value> = find("m.room.create").and_then(|event| event.content()).unwrap_or_default();
    for key in ["creator", "room_version", "predecessor", "additional_creators"] {
        content.remove(key);
    }
    content.insert("predecessor".into(), json!({"room_id": old.id}));
    let creators_stand_above = rules.authorization.explicitly_privilege_room_creators;
    if creators_stand_above && !body.additional_creators.is_empty() {
        content.insert("additional_creators".into(), json!(body.additional_creators));
    }
    let mut join = membership::looks(&app, &caller.user).await?;
    join.insert("membership".into(), "join".into());
    let mut drafts = vec![Draft::state(caller.user.clone(), "m.room.member", caller.user.as_str(), join)];
    drafts.extend(moved(&state, &caller.user, creators_stand_above));
    let listed = app.store.room(old.id.as_str()).await?.is_some_and(|row| row.listed);
    let new = NewRoom { version: body.new_version, content, creator: caller.user.clone(), alias: None, listed, drafts };
    let new = create(&app, new).await?;
    let tombstone = object(json!({"body": "This room has been replaced", "replacement_room": new.id}));
    append(&app, &old, vec![Draft::state(caller.user.clone(), "m.room.tombstone", "", tombstone)]).await?;
    hand_over(&app, &old, &new, &caller.user, &state).await?;
    Ok(Response::new(new.id.clone()))
}

/// The state of the old room that the new one begins with, power levels first, and its bans.
fn moved(state: &[Arc<Event>], by: &ruma::UserId, creators_stand_above: bool) -> Vec<Draft> {
    let mut moving: Vec<&Arc<Event>> =
        state.iter().filter(|event| MOVES.contains(&event.kind.to_string().as_str())).collect();
    let is_power = |event: &Event| event.is_state("m.room.power_levels", "");
    moving.sort_by_key(|event| (!is_power(event), event.pos));
    let banned = state.iter().filter(|event| event.membership().as_deref() == Some("ban"));
    moving
        .into_iter()
        .chain(banned)
        .filter_map(|event| {
            let mut content: Map<String, Value> = event.content()?;
            if is_power(event) {
                let users = content.get_mut("users").and_then(Value::as_object_mut);
                if creators_stand_above {
                    users.map(|users| users.remove(by.as_str()));
                }
            }
            let key = event.state_key.clone()?;
            Some(Draft::state(by.to_owned(), event.kind.clone(), key, content))
        })
        .collect()
}

/// Moves the addresses and closes the old room to those who only talk. What fails is left as it is: the new room stands.
async fn hand_over(app: &App, old: &Arc<Room>, new: &Arc<Room>, by: &ruma::UserId, state: &[Arc<Event>]) -> Result<()> {
    app.store.move_aliases(old.nid, new.nid).await?;
    app.store.list_room(old.nid, false).await?;
    if let Some(alias) = state.iter().find(|event| event.is_state("m.room.canonical_alias", "")) {
        let content = alias.content().unwrap_or_default();
        let main = Draft::state(by.to_owned(), "m.room.canonical_alias", "", content);
        let none = Draft::state(by.to_owned(), "m.room.canonical_alias", "", Map::new());
        quietly(append(app, new, vec![main]).await);
        quietly(append(app, old, vec![none]).await);
    }
    let levels = state.iter().find(|event| event.is_state("m.room.power_levels", ""));
    let mut content: Map<String, Value> = levels.and_then(|event| event.content()).unwrap_or_default();
    let default = content.get("users_default").and_then(Value::as_i64).unwrap_or_default();
    for key in ["events_default", "invite"] {
        let present = content.get(key).and_then(Value::as_i64).unwrap_or_default();
        content.insert(key.to_owned(), present.max(default + 1).max(50).into());
    }
    quietly(append(app, old, vec![Draft::state(by.to_owned(), "m.room.power_levels", "", content)]).await);
    let still_there = membership::of(app, old, by).await? == Some(Membership::JOIN);
    tracing::info!(old = %old.id, new = %new.id, still_there, "a room was upgraded");
    Ok(())
}

fn quietly(outcome: Result<Vec<Arc<Event>>>) {
    if let Err(error) = outcome {
        tracing::info!(%error, "a part of a room upgrade was refused");
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
