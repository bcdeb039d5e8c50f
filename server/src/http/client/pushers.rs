//! Pushers: where notifications are sent. Specified in the client-server API, «Push Notifications».

use actix_web::HttpResponse;
use ruma::api::client::push::{
    PusherKind, get_pushers,
    set_pusher::v3::{PusherAction, Request, Response},
};
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    store::account_data::PusherRow,
};

/// The pushers of the user, as they were set.
pub async fn get(request: Ruma<get_pushers::v3::Request>, app: App) -> Result<HttpResponse> {
    let rows = app.store.pushers(request.caller.nid).await?;
    let pushers: Vec<Value> = rows.iter().filter_map(|row| serde_json::from_str(&row.json).ok()).collect();
    Ok(HttpResponse::Ok().json(json!({ "pushers": pushers })))
}

/// Sets or removes a pusher.
pub async fn set(request: Ruma<Request>, app: App) -> Result<Response> {
    let caller = &request.caller;
    match request.body.action {
        PusherAction::Delete(ids) => app.store.delete_pusher(caller.nid, ids.app_id, ids.pushkey).await?,
        PusherAction::Post(post) => {
            let ids = post.pusher.ids;
            if ids.app_id.len() > 64 || ids.pushkey.len() > 512 {
                return Err(MatrixError::invalid_param("`app_id` or `pushkey` is too long."));
            }
            match post.pusher.kind {
                PusherKind::Http(data) => check_url(&data.url)?,
                _ => return Err(MatrixError::invalid_param("Only pushers of the kind `http` are served here.")),
            }
            let mut json: Map<String, Value> = serde_json::from_slice(&request.raw).unwrap_or_default();
            json.remove("append");
            let json = Value::Object(json).to_string();
            let row = PusherRow { app_id: ids.app_id, pushkey: ids.pushkey, device: caller.device_nid, json };
            app.store.set_pusher(caller.nid, row, post.append).await?;
            app.push.changed();
        }
        _ => return Err(MatrixError::invalid_param("This kind of pusher is not served here.")),
    }
    Ok(Response::new())
}

fn check_url(url: &str) -> Result<()> {
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    match parsed {
        Some(url) if url.path() == "/_matrix/push/v1/notify" => Ok(()),
        _ => Err(MatrixError::invalid_param("`data.url` must be an address that ends in /_matrix/push/v1/notify.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pusher_speaks_to_a_gateway_only() {
        assert!(check_url("https://push.example.org/_matrix/push/v1/notify").is_ok());
        for wrong in ["https://example.org/", "file:///_matrix/push/v1/notify", "nonsense", ""] {
            assert_eq!(check_url(wrong).unwrap_err().errcode(), "M_INVALID_PARAM", "{wrong}");
        }
    }
}
