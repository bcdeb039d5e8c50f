//! `GET /_matrix/client/v3/register/available` and the check of a registration token.
//! Specified in the client-server API, «Account registration and management».

use registrations::Token;
use ruma::api::client::account::{check_registration_token_validity, get_username_availability};

use super::register::must_be_free;
use crate::{
    app::App,
    config::Mode,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    users::names::{self, Chooser},
};

/// Whether a name could be registered.
pub async fn name(
    request: Ruma<get_username_availability::v3::Request>,
    app: App,
) -> Result<get_username_availability::v3::Response> {
    let chosen = &request.body.username;
    let user = names::user_id(chosen, Chooser::Person, app.server_name(), &app.services.current())?;
    must_be_free(&app, &user).await?;
    Ok(get_username_availability::v3::Response::new(true))
}

/// Whether a registration token would be taken.
pub async fn token(
    request: Ruma<check_registration_token_validity::v1::Request>,
    app: App,
) -> Result<check_registration_token_validity::v1::Response> {
    let registration = &app.config.registration;
    if registration.mode == Mode::Closed {
        return Err(MatrixError::forbidden("Accounts are made by the administrator here."));
    }
    let known = registration.token.as_deref();
    let valid = known.is_some_and(|known| Token::new(known).matches(&request.body.token));
    Ok(check_registration_token_validity::v1::Response::new(valid))
}
