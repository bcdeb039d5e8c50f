//! `GET /_matrix/client/v3/voip/turnServer`. Specified in the client-server API, «Voice over IP».

use actix_web::HttpResponse;
use ruma::api::client::voip::get_turn_server_info::v3::Request;
use serde_json::json;

use crate::{error::Result, http::ruma::Ruma};

/// There is no relay for calls: an empty object, which clients take as «none».
pub async fn get(_: Ruma<Request>) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(json!({})))
}
