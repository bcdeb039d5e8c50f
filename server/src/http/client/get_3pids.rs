//! `GET /_matrix/client/v3/account/3pid`. Specified in the client-server API, «Adding account administrative contact information».

use ruma::api::client::account::get_3pids::v3::{Request, Response};

use crate::{error::Result, http::ruma::Ruma};

/// Addresses and numbers bound to the account: never any, because this server does not bind them
/// (`m.3pid_changes` is off in the capabilities).
pub async fn get(_: Ruma<Request>) -> Result<Response> {
    Ok(Response::new(Vec::new()))
}
