//! `POST /_matrix/client/v3/logout` and `/logout/all`. Specified in the client-server API, «Login».

use ruma::api::client::session::{logout, logout_all};

use crate::{app::App, error::Result, http::ruma::Ruma, users::sessions};

/// Signs out the device that asks, and deletes it.
pub async fn logout(request: Ruma<logout::v3::Request>, app: App) -> Result<logout::v3::Response> {
    let caller = &request.caller;
    // An application service without a device has nothing to sign out: its token is its registration.
    if let Some(device) = &caller.device {
        sessions::sign_out(&app, caller.nid, Some(vec![device.to_string()]), None).await?;
    }
    Ok(logout::v3::Response::new())
}

/// Signs out all devices of the user, and deletes them.
pub async fn logout_all(request: Ruma<logout_all::v3::Request>, app: App) -> Result<logout_all::v3::Response> {
    sessions::sign_out(&app, request.caller.nid, None, None).await?;
    Ok(logout_all::v3::Response::new())
}
