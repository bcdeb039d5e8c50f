//! Backed-up room keys, below `/_matrix/client/v3/room_keys/`. Specified in the client-server API, «Server-side key backups».

use actix_web::HttpResponse;
use ruma::api::client::backup::{
    create_backup_version, delete_backup_version, get_backup_info, get_latest_backup_info, update_backup_version,
};
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    store::{Atom, key_backup::BackupRow},
};

/// A new version, which is the current one from now on.
pub async fn create(
    request: Ruma<create_backup_version::v3::Request>,
    app: App,
) -> Result<create_backup_version::v3::Response> {
    let json = described(&request.raw)?;
    let version = app.store.create_backup(request.caller.nid, Value::Object(json).to_string()).await?;
    Ok(create_backup_version::v3::Response::new(version.to_string()))
}

/// The current version.
pub async fn latest(request: Ruma<get_latest_backup_info::v3::Request>, app: App) -> Result<HttpResponse> {
    let row = app.store.backup(request.caller.nid, None).await?.ok_or_else(no_backup)?;
    Ok(HttpResponse::Ok().json(told(&row)))
}

/// One version.
pub async fn get(request: Ruma<get_backup_info::v3::Request>, app: App) -> Result<HttpResponse> {
    let row = version(&app, request.caller.nid, &request.body.version).await?;
    Ok(HttpResponse::Ok().json(told(&row)))
}

/// Changes what a version says of itself; its algorithm stays.
pub async fn update(
    request: Ruma<update_backup_version::v3::Request>,
    app: App,
) -> Result<update_backup_version::v3::Response> {
    let row = version(&app, request.caller.nid, &request.body.version).await?;
    let json = described(&request.raw)?;
    let present: Map<String, Value> = serde_json::from_str(&row.json).unwrap_or_default();
    if json.get("algorithm") != present.get("algorithm") {
        return Err(MatrixError::invalid_param("The algorithm of a backup cannot be changed."));
    }
    app.store.update_backup(request.caller.nid, row.version, Value::Object(json).to_string()).await?;
    Ok(update_backup_version::v3::Response::new())
}

/// Deletes a version with its keys.
pub async fn delete(
    request: Ruma<delete_backup_version::v3::Request>,
    app: App,
) -> Result<delete_backup_version::v3::Response> {
    let row = version(&app, request.caller.nid, &request.body.version).await?;
    app.store.delete_backup(request.caller.nid, row.version).await?;
    Ok(delete_backup_version::v3::Response::new())
}

/// `algorithm` and `auth_data` of a body.
fn described(raw: &[u8]) -> Result<Map<String, Value>> {
    let mut body: Map<String, Value> = serde_json::from_slice(raw).unwrap_or_default();
    let mut take = |key: &str| {
        let value = body.remove(key).ok_or_else(|| MatrixError::missing_param(format!("`{key}` is missing.")))?;
        Ok::<_, MatrixError>((key.to_owned(), value))
    };
    let (algorithm, auth_data) = (take("algorithm")?, take("auth_data")?);
    if !algorithm.1.is_string() || !auth_data.1.is_object() {
        return Err(MatrixError::bad_json("`algorithm` must be a string, `auth_data` an object."));
    }
    Ok(Map::from_iter([algorithm, auth_data]))
}

fn told(row: &BackupRow) -> Map<String, Value> {
    let mut told: Map<String, Value> = serde_json::from_str(&row.json).unwrap_or_default();
    told.insert("version".to_owned(), json!(row.version.to_string()));
    told.insert("etag".to_owned(), json!(row.etag.to_string()));
    told.insert("count".to_owned(), json!(row.count));
    told
}

/// The version of this name, if it is there.
pub(super) async fn version(app: &App, user: Atom, name: &str) -> Result<BackupRow> {
    let Ok(number) = name.parse() else { return Err(no_backup()) };
    app.store.backup(user, Some(number)).await?.ok_or_else(no_backup)
}

pub(super) fn no_backup() -> MatrixError {
    MatrixError::not_found("There is no such backup.")
}
