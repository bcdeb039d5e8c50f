//! Filters kept for a user. Specified in the client-server API, «Filtering».

use actix_web::{HttpResponse, http::header::ContentType};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ruma::api::client::filter::{create_filter, get_filter};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
};

/// The largest filter, in bytes.
const LARGEST: usize = 64 * 1024;

/// Keeps a filter. The same filter gets the same id.
pub async fn create(request: Ruma<create_filter::v3::Request>, app: App) -> Result<create_filter::v3::Response> {
    request.caller.must_be(&request.body.user_id)?;
    let json = std::str::from_utf8(&request.raw).map_err(|_| MatrixError::not_json("The body is not UTF-8."))?;
    if json.len() > LARGEST {
        return Err(MatrixError::too_large("The filter is larger than 64 KiB."));
    }
    let json = if json.trim().is_empty() { "{}" } else { json };
    let id = URL_SAFE_NO_PAD.encode(&registrations::token::hash(json)[..12]);
    app.store.set_filter(request.caller.nid, id.clone(), json.to_owned()).await?;
    Ok(create_filter::v3::Response::new(id))
}

/// A filter as it was given.
pub async fn get(request: Ruma<get_filter::v3::Request>, app: App) -> Result<HttpResponse> {
    request.caller.must_be(&request.body.user_id)?;
    let filter = app.store.filter(request.caller.nid, &request.body.filter_id).await?;
    let filter = filter.ok_or_else(|| MatrixError::not_found("There is no such filter."))?;
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(filter))
}
