//! Signing in: the bot's token is in the configuration, so all there is to do is to ask Discord who that is.

use appservice_sdk::prelude::ConnectError;
use serenity::http::Route;

use crate::gateway::Fatal;
use crate::rest::{Call, Rest, RestError};
use crate::wire::User;

/// The account behind the token.
///
/// # Errors
/// The token is not valid, or Discord does not answer.
pub(crate) async fn whoami(rest: &Rest) -> Result<User, ConnectError> {
    rest.call(Call::get(Route::UserMe)).await.map_err(|error| match error {
        RestError::SignedOut => ConnectError::SignedOut(Fatal::Token.sentence().to_owned()),
        RestError::Limited { after } => ConnectError::Later { after: Some(after), why: Box::new(error) },
        other => ConnectError::later(other),
    })
}
