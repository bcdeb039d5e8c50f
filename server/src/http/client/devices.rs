//! Devices of a user: list, look at, name, delete. Specified in the client-server API, «Device Management».

use actix_web::HttpResponse;
use ruma::{
    MilliSecondsSinceUnixEpoch, UInt,
    api::client::device::{Device, delete_device, delete_devices, get_device, get_devices, update_device},
};
use serde_json::json;

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{
        caller::Caller,
        ruma::Ruma,
        uiaa::{self, Interactive, Stage},
    },
    store::devices::{Device as Row, NewDevice},
    users::sessions,
};

const PASSWORD: &[&[Stage]] = &[&[Stage::Password]];

/// All devices.
pub async fn list(request: Ruma<get_devices::v3::Request>, app: App) -> Result<get_devices::v3::Response> {
    let rows = app.store.devices(request.caller.nid).await?;
    Ok(get_devices::v3::Response::new(rows.into_iter().map(told).collect()))
}

/// One device.
pub async fn get(request: Ruma<get_device::v3::Request>, app: App) -> Result<get_device::v3::Response> {
    let row = app.store.device(request.caller.nid, request.body.device_id.as_str()).await?;
    Ok(get_device::v3::Response::new(told(row.ok_or_else(no_such_device)?)))
}

/// Names a device. An application service may make one so, without signing in: then the answer is 201.
pub async fn put(request: Ruma<update_device::v3::Request>, app: App) -> Result<HttpResponse> {
    let (caller, body) = (&request.caller, request.body);
    let device_id = body.device_id.to_string();
    let known = match body.display_name.clone() {
        Some(name) => app.store.rename_device(caller.nid, device_id.clone(), Some(name)).await?,
        None => app.store.device(caller.nid, &device_id).await?.is_some(),
    };
    if known {
        return Ok(HttpResponse::Ok().json(json!({})));
    }
    if caller.appservice.is_none() {
        return Err(no_such_device());
    }
    let device = NewDevice { owner: caller.nid, device_id, display_name: body.display_name };
    app.store.sign_in(device, None).await?;
    Ok(HttpResponse::Created().json(json!({})))
}

/// Deletes one device, with its tokens and keys. One that is not there counts as deleted.
pub async fn delete(request: Ruma<delete_device::v3::Request>, app: App) -> Result<delete_device::v3::Response> {
    let gone = vec![request.body.device_id.to_string()];
    remove(&app, &request.caller, &request.interactive, gone).await?;
    Ok(delete_device::v3::Response::new())
}

/// Deletes several devices.
pub async fn delete_many(request: Ruma<delete_devices::v3::Request>, app: App) -> Result<delete_devices::v3::Response> {
    let gone = request.body.devices.iter().map(ToString::to_string).collect();
    remove(&app, &request.caller, &request.interactive, gone).await?;
    Ok(delete_devices::v3::Response::new())
}

async fn remove(app: &App, caller: &Caller, interactive: &Interactive, gone: Vec<String>) -> Result<()> {
    // An application service has no password to prove; it is trusted with its own users.
    if caller.appservice.is_none() {
        uiaa::authenticate(app, interactive, Some(caller), PASSWORD).await?;
    }
    sessions::sign_out(app, caller.nid, Some(gone), None).await
}

fn told(row: Row) -> Device {
    let mut device = Device::new(row.device_id.into());
    device.display_name = row.display_name;
    device.last_seen_ip = row.last_seen_ip;
    let seen = row.last_seen_ts.and_then(|ts| UInt::try_from(ts).ok());
    device.last_seen_ts = seen.map(MilliSecondsSinceUnixEpoch);
    device
}

fn no_such_device() -> MatrixError {
    MatrixError::not_found("There is no such device.")
}
