//! `POST /_matrix/client/v3/refresh`. Specified in the client-server API, «Refreshing access tokens».

use ruma::api::client::session::refresh_token::v3::{Request, Response};

use crate::{app::App, error::Result, http::ruma::Ruma, users::sessions};

/// Exchanges a refresh token. The old one works until the new tokens are used, should this answer get lost.
pub async fn refresh(request: Ruma<Request>, app: App) -> Result<Response> {
    let signed_in = sessions::refresh(&app, &request.body.refresh_token).await?;
    let mut response = Response::new(signed_in.access_token);
    response.refresh_token = signed_in.refresh_token;
    response.expires_in_ms = signed_in.expires_in;
    Ok(response)
}
