//! `POST /_matrix/client/v3/account/password`. Specified in the client-server API, «Password management».

use ruma::api::client::account::change_password::v3::{Request, Response};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{
        ruma::Ruma,
        uiaa::{self, Stage},
    },
    users::account,
};

/// Changes the password; every other device is signed out unless asked not to.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    let caller = request.caller.as_ref().ok_or_else(MatrixError::missing_token)?;
    caller.not_guest()?;
    uiaa::authenticate(&app, &request.interactive, Some(caller), &[&[Stage::Password]]).await?;
    let keep = request.body.logout_devices.then_some(caller.device_nid);
    account::change_password(&app, caller.nid, request.body.new_password, keep).await?;
    Ok(Response::new())
}
