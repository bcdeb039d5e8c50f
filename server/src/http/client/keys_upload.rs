//! `POST /_matrix/client/v3/keys/upload`. Specified in the client-server API, «Key management API».

use actix_web::HttpResponse;
use ruma::api::client::keys::upload_keys::v3::Request;
use serde_json::{Value, json};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    store::keys::{NamedKey, Upload},
};

/// One-time keys a device may have here.
const MOST: i64 = 1_000;

/// Takes over identity keys, one-time keys and fallback keys of the device that asks.
pub async fn post(request: Ruma<Request>, app: App) -> Result<HttpResponse> {
    let caller = &request.caller;
    let device = caller.device.as_ref();
    let device = device.ok_or_else(|| MatrixError::invalid_param("Keys belong to a device, and none is named."))?;
    let mut upload = Upload::default();
    if let Some(keys) = &request.body.device_keys {
        let stated: Value = serde_json::from_str(keys.json().get()).unwrap_or_default();
        if stated["user_id"] != caller.user.as_str() || stated["device_id"] != device.as_str() {
            return Err(MatrixError::invalid_param("`device_keys` are of another user or device."));
        }
        upload.device_keys = Some(keys.json().get().to_owned());
    }
    let named = |(id, key): (&ruma::OneTimeKeyId, &str)| NamedKey {
        algorithm: id.algorithm().to_string(),
        key_id: id.key_name().to_string(),
        json: key.to_owned(),
    };
    upload.one_time = request.body.one_time_keys.iter().map(|(id, key)| named((id, key.json().get()))).collect();
    upload.fallback = request.body.fallback_keys.iter().map(|(id, key)| named((id, key.json().get()))).collect();
    let before = app.store.one_time_key_counts(caller.device_nid).await?;
    if before.values().sum::<i64>() + i64::try_from(upload.one_time.len()).unwrap_or(MOST) > MOST {
        return Err(MatrixError::too_large("The device has too many one-time keys."));
    }
    app.store.upload_keys(caller.nid, caller.device_nid, upload).await?;
    app.sync.boxes.keys_changed();
    let mut counts = app.store.one_time_key_counts(caller.device_nid).await?;
    counts.entry("signed_curve25519".to_owned()).or_insert(0);
    Ok(HttpResponse::Ok().json(json!({ "one_time_key_counts": counts })))
}
