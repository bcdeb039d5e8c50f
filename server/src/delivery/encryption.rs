//! What an application service whose users encrypt is told, if its registration asks for it (`org.matrix.msc3202`):
//! messages to its users' devices, whose devices changed, and how many keys of its own are left to claim.
//! Specified in MSC4203 and MSC3202, under whose names the parts of a transaction go.

use std::{collections::BTreeMap, sync::Arc};

use ruma::UserId;
use serde_json::{Map, Value, json, value::to_raw_value};

use super::{
    batch::{Ephemeral, Kind},
    listing::{self, Heard, Listing},
};
use crate::{
    app::App,
    error::Result,
    store::{Atom, DeviceNid, Pos, StoreError, keys::DeviceAddress, service_devices::KeysLeft},
    users,
};

/// The service that is handed the messages to this user's devices in place of the devices' own queues.
pub async fn keeper(app: &App, user: &UserId) -> Result<Option<Atom>> {
    let listing = listing::current(app).await?;
    Ok(find(app, &listing, user).await?.map(|heard| heard.line.service))
}

/// A message to a device as its service is handed it.
pub fn to_device(app: &App, message: &str, device: &DeviceAddress) -> Result<String, StoreError> {
    let damaged = |error: serde_json::Error| StoreError::Damaged(error.to_string());
    let mut message: Map<String, Value> = serde_json::from_str(message).map_err(damaged)?;
    message.insert("to_user_id".to_owned(), json!(device.user_id));
    message.insert("to_device_id".to_owned(), json!(device.device_id));
    payload(app, Kind::ToDevice, None, &Value::Object(message))
}

/// Somebody was handed keys of these devices: services that own one are told what is left.
pub async fn keys_claimed(app: &App, devices: &[&DeviceAddress]) -> Result<()> {
    let listing = listing::current(app).await?;
    let mut owned: Vec<(Atom, &DeviceAddress)> = Vec::new();
    for device in devices {
        if let Some(heard) = find(app, &listing, &UserId::parse(&device.user_id)?).await? {
            owned.push((heard.line.service, device));
        }
    }
    if owned.is_empty() {
        return Ok(());
    }
    let ids: Vec<DeviceNid> = owned.iter().map(|(_, device)| device.id).collect();
    let (once, fallback) = app.store.keys_left(&ids).await?;
    let mut rows = Vec::with_capacity(owned.len());
    for (service, device) in owned {
        let mine = |rows: &[KeysLeft]| -> BTreeMap<String, i64> {
            rows.iter().filter(|row| row.device == device.id).map(|row| (row.algorithm.clone(), row.count)).collect()
        };
        let fallback: Vec<String> = mine(&fallback).into_keys().collect();
        let left =
            json!({"user": device.user_id, "device": device.device_id, "once": mine(&once), "fallback": fallback});
        let key = format!("keys {} {}", device.user_id, device.device_id);
        rows.push((service, payload(app, Kind::Keys, Some(key), &left)?));
    }
    Ok(app.store.queue_ephemeral(rows).await?)
}

/// Follows the changes of devices, as long as the server runs.
pub(super) async fn follow(app: App) {
    let mut services = app.services.changes();
    loop {
        if let Err(error) = tell_changes(&app).await {
            tracing::error!(%error, "changed devices could not be queued for application services");
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            continue;
        }
        tokio::select! {
            () = app.delivery.0.devices.notified() => {}
            changed = services.changed() => if changed.is_err() { return },
        }
    }
}

async fn tell_changes(app: &App) -> Result<(), StoreError> {
    let now = app.stream.current();
    for heard in listing::current(app).await?.services.iter().filter(|heard| heard.registration.device_extensions) {
        let service = heard.line.service;
        let cursor = app.store.device_cursor(service, now).await?;
        let changed = app.store.devices_changed_for(&heard.registration.id, cursor, now).await?;
        if !changed.is_empty() {
            let payload = payload(app, Kind::Devices, None, &json!(changed))?;
            app.store.queue_devices(service, payload, Pos(now.0.max(cursor.0))).await?;
        }
    }
    Ok(())
}

/// The service with the extensions that this user belongs to.
async fn find<'a>(app: &App, listing: &'a Arc<Listing>, user: &UserId) -> Result<Option<&'a Heard>> {
    let mut candidates = listing.services.iter().filter(|heard| heard.registration.device_extensions).peekable();
    if candidates.peek().is_none() {
        return Ok(None);
    }
    let owner = users::person(app, user).await?.and_then(|person| person.service.clone());
    Ok(candidates.find(|heard| owner.as_ref() == Some(&heard.registration.id)))
}

fn payload(app: &App, kind: Kind, key: Option<String>, edu: &Value) -> Result<String, StoreError> {
    let damaged = |error: serde_json::Error| StoreError::Damaged(error.to_string());
    let edu = to_raw_value(edu).map_err(damaged)?;
    serde_json::to_string(&Ephemeral { at: app.clock.now_ms(), kind, key, edu }).map_err(damaged)
}
