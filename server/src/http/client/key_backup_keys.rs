//! The keys in a backup: all, of a room, of a session; put, read, deleted.
//! Specified in the client-server API, «Server-side key backups».

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use ruma::api::client::backup::{
    add_backup_keys, add_backup_keys_for_room, add_backup_keys_for_session, delete_backup_keys,
    delete_backup_keys_for_room, delete_backup_keys_for_session, get_backup_keys, get_backup_keys_for_room,
    get_backup_keys_for_session,
};
use serde_json::{Map, Value, json};

use super::key_backup::{no_backup, version};
use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    keys::backup::is_better,
    store::{
        Atom,
        key_backup::{BackupKey, Which},
    },
};

/// Puts keys of any rooms.
pub async fn put_all(request: Ruma<add_backup_keys::v3::Request>, app: App) -> Result<HttpResponse> {
    let body = request.body;
    let keys = body.rooms.into_iter().flat_map(|(room, backup)| {
        let sessions = backup.sessions.into_iter();
        sessions.map(move |(session, key)| named(room.as_str(), session, key.json().get()))
    });
    add(&app, request.caller.nid, &body.version, keys.collect()).await
}

/// Puts keys of one room.
pub async fn put_room(request: Ruma<add_backup_keys_for_room::v3::Request>, app: App) -> Result<HttpResponse> {
    let body = request.body;
    let keys = body.sessions.into_iter().map(|(id, key)| named(body.room_id.as_str(), id, key.json().get()));
    add(&app, request.caller.nid, &body.version, keys.collect()).await
}

/// Puts the key of one session.
pub async fn put_session(request: Ruma<add_backup_keys_for_session::v3::Request>, app: App) -> Result<HttpResponse> {
    let body = request.body;
    let key = named(body.room_id.as_str(), body.session_id, body.session_data.json().get());
    add(&app, request.caller.nid, &body.version, vec![key]).await
}

/// All keys, by room and session.
pub async fn get_all(request: Ruma<get_backup_keys::v3::Request>, app: App) -> Result<HttpResponse> {
    let keys = read(&app, request.caller.nid, &request.body.version, Which::default()).await?;
    let mut rooms: BTreeMap<String, Value> = BTreeMap::new();
    for key in keys {
        let room = rooms.entry(key.room_id).or_insert_with(|| json!({ "sessions": {} }));
        room["sessions"][key.session_id] = parsed(&key.json);
    }
    Ok(HttpResponse::Ok().json(json!({ "rooms": rooms })))
}

/// The keys of one room, by session.
pub async fn get_room(request: Ruma<get_backup_keys_for_room::v3::Request>, app: App) -> Result<HttpResponse> {
    let which = Which { room_id: Some(request.body.room_id.to_string()), session_id: None };
    let keys = read(&app, request.caller.nid, &request.body.version, which).await?;
    let sessions: Map<String, Value> = keys.into_iter().map(|key| (key.session_id, parsed(&key.json))).collect();
    Ok(HttpResponse::Ok().json(json!({ "sessions": sessions })))
}

/// The key of one session.
pub async fn get_session(request: Ruma<get_backup_keys_for_session::v3::Request>, app: App) -> Result<HttpResponse> {
    let which =
        Which { room_id: Some(request.body.room_id.to_string()), session_id: Some(request.body.session_id.clone()) };
    let keys = read(&app, request.caller.nid, &request.body.version, which).await?;
    let key = keys.first().ok_or_else(|| MatrixError::not_found("There is no key of this session in the backup."))?;
    Ok(HttpResponse::Ok().json(parsed(&key.json)))
}

/// Deletes all keys.
pub async fn delete_all(request: Ruma<delete_backup_keys::v3::Request>, app: App) -> Result<HttpResponse> {
    delete(&app, request.caller.nid, &request.body.version, Which::default()).await
}

/// Deletes the keys of one room.
pub async fn delete_room(request: Ruma<delete_backup_keys_for_room::v3::Request>, app: App) -> Result<HttpResponse> {
    let which = Which { room_id: Some(request.body.room_id.to_string()), session_id: None };
    delete(&app, request.caller.nid, &request.body.version, which).await
}

/// Deletes the key of one session.
pub async fn delete_session(
    request: Ruma<delete_backup_keys_for_session::v3::Request>,
    app: App,
) -> Result<HttpResponse> {
    let which =
        Which { room_id: Some(request.body.room_id.to_string()), session_id: Some(request.body.session_id.clone()) };
    delete(&app, request.caller.nid, &request.body.version, which).await
}

fn named(room: &str, session_id: String, json: &str) -> BackupKey {
    BackupKey { room_id: room.to_owned(), session_id, json: json.to_owned() }
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

/// Keys go into the current version only, so that a device that missed a change of version finds out.
async fn add(app: &App, user: Atom, name: &str, keys: Vec<BackupKey>) -> Result<HttpResponse> {
    let current = app.store.backup(user, None).await?.ok_or_else(no_backup)?;
    if name != current.version.to_string() {
        let error = MatrixError::new(403, "M_WRONG_ROOM_KEYS_VERSION", "This is not the current backup.");
        return Err(error.with("current_version", current.version.to_string()));
    }
    for key in &keys {
        well_formed(&key.json)?;
    }
    app.store.add_backup_keys(user, current.version, keys, is_better).await?;
    counted(app, user, current.version).await
}

fn well_formed(json: &str) -> Result<()> {
    let key = parsed(json);
    for (field, fits) in [
        ("first_message_index", Value::is_u64 as fn(&Value) -> bool),
        ("forwarded_count", Value::is_u64),
        ("is_verified", Value::is_boolean),
        ("session_data", Value::is_object),
    ] {
        match key.get(field) {
            None => return Err(MatrixError::missing_param(format!("`{field}` is missing."))),
            Some(value) if !fits(value) => {
                return Err(MatrixError::bad_json(format!("`{field}` is not as specified.")));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

async fn read(app: &App, user: Atom, name: &str, which: Which) -> Result<Vec<BackupKey>> {
    let row = version(app, user, name).await?;
    Ok(app.store.backup_keys(user, row.version, &which).await?)
}

async fn delete(app: &App, user: Atom, name: &str, which: Which) -> Result<HttpResponse> {
    let row = version(app, user, name).await?;
    app.store.delete_backup_keys(user, row.version, which).await?;
    counted(app, user, row.version).await
}

async fn counted(app: &App, user: Atom, version: i64) -> Result<HttpResponse> {
    let row = app.store.backup(user, Some(version)).await?.ok_or_else(no_backup)?;
    Ok(HttpResponse::Ok().json(json!({ "etag": row.etag.to_string(), "count": row.count })))
}
