//! `GET /.well-known/matrix/client`. Specified in the client-server API, «Server discovery».

use ruma::api::client::discovery::discover_homeserver::{HomeserverInfo, Request, Response};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::ruma::Ruma,
};

/// Where clients find this server: `server.public_url`, or 404 when that is not set.
pub async fn client(_: Ruma<Request>, app: App) -> Result<Response> {
    let url = app.config.server.public_url.as_ref();
    let url = url.ok_or_else(|| MatrixError::not_found("This server does not say where it is (server.public_url)."))?;
    Ok(Response::new(HomeserverInfo::new(url.as_str().to_owned())))
}
