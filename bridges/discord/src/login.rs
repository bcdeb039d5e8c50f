//! Signing in: the bot's token is in the configuration, so all there is to do is to ask Discord who that is, and what it
//! may do.

use std::collections::HashSet;

use appservice_sdk::prelude::ConnectError;
use reqwest::Method;
use serde::Deserialize;
use serenity::http::Route;
use serenity::model::id::{ApplicationId, GuildId, UserId};

use crate::config::Config;
use crate::features;
use crate::gateway::Fatal;
use crate::rest::{Call, Rest, RestError};
use crate::wire::{MyGuild, User};

/// The account behind the token.
///
/// # Errors
/// The token is not valid, or Discord does not answer.
pub(crate) async fn whoami(rest: &Rest) -> Result<User, ConnectError> {
    rest.call(Call::get(Route::UserMe)).await.map_err(unwilling)
}

/// The application the bot belongs to. Since 2016 it has the bot's own id.
///
/// # Errors
/// The token is not valid, or Discord does not answer.
pub(crate) async fn application(rest: &Rest, me: UserId) -> Result<ApplicationId, ConnectError> {
    #[derive(Deserialize)]
    struct Application {
        id: ApplicationId,
    }
    let call = Call::at(Method::GET, "/applications/@me".to_owned(), Route::UserMe);
    match rest.call::<Application>(call).await {
        Ok(application) => Ok(application.id),
        Err(RestError::Refused { .. }) => Ok(ApplicationId::new(me.get())),
        Err(error) => Err(unwilling(error)),
    }
}

/// The guilds the bot is in. Says, in a sentence each, what will not work where a permission is missing.
///
/// # Errors
/// The token is not valid, or Discord does not answer.
pub(crate) async fn guilds(rest: &Rest, config: &Config) -> Result<HashSet<GuildId>, ConnectError> {
    let guilds: Vec<MyGuild> = rest.call(Call::get(Route::UserMeGuilds)).await.map_err(unwilling)?;
    for guild in guilds.iter().filter(|guild| config.guilds.is_empty() || config.guilds.contains(&guild.id)) {
        for lack in features::lacking(guild.permissions) {
            tracing::warn!(guild = guild.name, "{lack}");
        }
    }
    Ok(guilds.into_iter().map(|guild| guild.id).collect())
}

fn unwilling(error: RestError) -> ConnectError {
    match error {
        RestError::SignedOut => ConnectError::SignedOut(Fatal::Token.sentence().to_owned()),
        RestError::Limited { after } => ConnectError::Later { after: Some(after), why: Box::new(error) },
        other => ConnectError::later(other),
    }
}
