//! `GET /_causeway/admin/services`: how delivery to each application service goes. For administrators.

use actix_web::HttpResponse;
use serde_json::json;

use crate::{
    app::App,
    delivery::status,
    error::{MatrixError, Result},
    http::caller::Caller,
};

/// Every service's queue.
pub async fn get(caller: Caller, app: App) -> Result<HttpResponse> {
    if !caller.admin {
        return Err(MatrixError::forbidden("Only administrators may do this."));
    }
    Ok(HttpResponse::Ok().json(json!({"services": status::all(&app).await?})))
}
