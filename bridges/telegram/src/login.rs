//! Signing in: the bot's token is in the configuration, so all there is to do is to ask Telegram who that is.

use appservice_sdk::prelude::ConnectError;
use serde_json::json;

use crate::rest::{Rest, RestError};
use crate::wire::Me;

/// What is wrong when Telegram does not accept the token.
pub(crate) const SIGNED_OUT: &str = "Telegram does not accept the bot's token: copy it anew from @BotFather (/mybots → API Token) into \
     bridges.telegram.token";

/// The account behind the token.
///
/// # Errors
/// The token is not valid, or Telegram does not answer.
pub(crate) async fn whoami(rest: &Rest) -> Result<Me, ConnectError> {
    rest.call("getMe", &json!({})).await.map_err(sort)
}

/// Why connecting did not work.
pub(crate) fn sort(error: RestError) -> ConnectError {
    match error {
        // A token in the wrong form makes the whole path unknown.
        RestError::SignedOut | RestError::Refused { code: 404, .. } => ConnectError::SignedOut(SIGNED_OUT.to_owned()),
        RestError::Limited { after } => ConnectError::Later { after: Some(after), why: Box::new(error) },
        other => ConnectError::later(other),
    }
}
