//! `GET /_matrix/client/v3/account/whoami`. Specified in the client-server API, «Current account information».

use ruma::api::client::account::whoami::v3::{Request, Response};

use crate::{error::Result, http::ruma::Ruma};

/// Whom the token speaks for.
pub async fn whoami(request: Ruma<Request>) -> Result<Response> {
    let mut response = Response::new(request.caller.user, request.caller.guest);
    response.device_id = request.caller.device;
    Ok(response)
}
