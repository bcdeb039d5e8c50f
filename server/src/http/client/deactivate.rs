//! `POST /_matrix/client/v3/account/deactivate`. Specified in the client-server API, «Account deactivation».

use ruma::api::client::account::{
    ThirdPartyIdRemovalStatus,
    deactivate::v3::{Request, Response},
};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{
        ruma::Ruma,
        uiaa::{self, Stage},
    },
    users::account,
};

/// Closes the account for good: out of every room, signed out everywhere. Its name is never free again.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    let caller = request.caller.as_ref().ok_or_else(MatrixError::missing_token)?;
    if caller.appservice.is_none() {
        uiaa::authenticate(&app, &request.interactive, Some(caller), &[&[Stage::Password]]).await?;
    }
    account::deactivate(&app, &caller.user, caller.nid).await?;
    Ok(Response::new(ThirdPartyIdRemovalStatus::Success))
}
