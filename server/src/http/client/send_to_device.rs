//! `PUT /_matrix/client/v3/sendToDevice/{eventType}/{txnId}`. Specified in the client-server API, «Send-to-Device messaging».

use ruma::{
    api::client::to_device::send_event_to_device::v3::{Request, Response},
    to_device::DeviceIdOrAllDevices,
};
use serde_json::{json, value::RawValue};

use crate::{app::App, delivery::encryption, error::Result, http::ruma::Ruma, store::to_device::NewToDevice};

/// Puts messages into the queues of devices. Devices that do not exist are passed over.
pub async fn put(request: Ruma<Request>, app: App) -> Result<Response> {
    let (caller, body) = (&request.caller, &request.body);
    let local = body.messages.keys().filter(|user| user.server_name() == app.server_name());
    let devices = app.store.devices_of_users(&local.map(|user| user.as_str()).collect::<Vec<_>>()).await?;
    let mut messages = Vec::new();
    for (user, by_device) in &body.messages {
        for (target, content) in by_device {
            let json = message(caller.user.as_str(), &body.event_type.to_string(), content.json());
            let chosen = devices.iter().filter(|device| {
                device.user_id == *user
                    && match target {
                        DeviceIdOrAllDevices::AllDevices => true,
                        DeviceIdOrAllDevices::DeviceId(id) => device.device_id == id.as_str(),
                    }
            });
            let service = encryption::keeper(&app, user).await?;
            for device in chosen {
                let json = match service {
                    Some(_) => encryption::to_device(&app, &json, device)?,
                    None => json.clone(),
                };
                messages.push(NewToDevice { device: device.id, owner: device.owner, json, service });
            }
        }
    }
    let txn = (caller.nid, caller.device_nid, body.txn_id.to_string());
    let now = i64::try_from(app.clock.now_ms()).unwrap_or(i64::MAX);
    app.store.send_to_device(txn, messages, now).await?;
    Ok(Response::new())
}

fn message(sender: &str, kind: &str, content: &RawValue) -> String {
    format!(r#"{{"sender":{},"type":{},"content":{}}}"#, json!(sender), json!(kind), content.get())
}
