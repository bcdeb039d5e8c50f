//! Questions to application services: does this user or alias exist, is anybody there, what is known of a network.
//! Specified in the application-service API, «Querying», «Pinging» and «Third-party networks».

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use registrations::Registration;
use reqwest::Method;
use ruma::{RoomAliasId, UserId};
use serde_json::{Value, json};

use super::call::{Call, Failure, segment};
use crate::{
    app::App,
    error::{MatrixError, Result},
    users,
};

/// How long a service may take to make a user or a room.
const QUERY_WITHIN: Duration = Duration::from_secs(20);
/// How long it may take to answer a ping or a search.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How often a query is sent to a service that cannot be reached.
const TRIES: u32 = 3;
/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(300);

/// Asks the services whose namespace has this user of this server to make it, if it is not known. To be called before
/// the user is looked up; `asker` is the service that makes the request, if one does: it is not asked itself.
/// 408 when nobody has made it and a service did not answer.
pub async fn user(app: &App, user: &UserId, asker: Option<&Registration>) -> Result<()> {
    let server = app.server_name();
    let roster = app.services.current();
    let mut concerned = roster.iter().filter(|service| service.covers_user(user.as_str(), server.as_str())).peekable();
    if user.server_name() != server || concerned.peek().is_none() || users::person(app, user).await?.is_some() {
        return Ok(());
    }
    if let Some(own) = roster.iter().find(|service| service.sender(server.as_str()) == user.as_str()) {
        return users::create_service_user(app, own).await.map(drop);
    }
    let asked = ask_all(app, concerned, asker, "users", user.as_str()).await;
    if users::person(app, user).await?.is_some() { Ok(()) } else { asked }
}

/// Asks the services whose namespace has this alias of this server to make a room for it, as [`user`] does. To be called
/// when the alias leads nowhere; look again when this has answered, whatever the answer.
pub async fn alias(app: &App, alias: &RoomAliasId, asker: Option<&Registration>) -> Result<()> {
    if alias.server_name() != app.server_name() {
        return Ok(());
    }
    let roster = app.services.current();
    let concerned = roster.iter().filter(|service| service.namespaces.aliases.covers(alias.as_str()));
    ask_all(app, concerned, asker, "rooms", alias.as_str()).await
}

/// Asks one after another until one says yes.
async fn ask_all(
    app: &App,
    services: impl Iterator<Item = &Arc<Registration>>,
    asker: Option<&Registration>,
    what: &str,
    id: &str,
) -> Result<()> {
    let mut silent = false;
    let others = services.filter(|service| asker.is_none_or(|asker| asker.id != service.id));
    for service in others.filter(|service| service.url.is_some()) {
        match query(app, service, what, id).await {
            Ok(()) => return Ok(()),
            Err(Failure::Status { status: 400..=499, .. }) => {}
            Err(failure) => {
                tracing::warn!(service = service.id, %failure, "an application service did not say whether {id} exists");
                silent = true;
            }
        }
    }
    if silent {
        return Err(MatrixError::new(408, "M_UNKNOWN", "The application service that owns this name did not answer."));
    }
    Ok(())
}

async fn query(app: &App, service: &Registration, what: &str, id: &str) -> Result<(), Failure> {
    let id = segment(id);
    let (path, legacy) = (format!("/_matrix/app/v1/{what}/{id}"), format!("/{what}/{id}"));
    let mut tries = 1;
    loop {
        let call = Call { method: Method::GET, path: &path, query: &[], body: None, within: QUERY_WITHIN };
        match app.delivery.0.calls.send_or_legacy(service, call, &legacy).await {
            Err(Failure::Unreachable(_) | Failure::Status { status: 500.., .. }) if tries < TRIES => tries += 1,
            outcome => return outcome.map(drop),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Pings a service, as it asked for. Answers how long that took.
pub async fn ping(app: &App, service: &Registration, transaction: Option<&str>) -> Result<Duration, Failure> {
    let body = transaction.map_or_else(|| json!({}), |id| json!({"transaction_id": id})).to_string();
    let (path, body) = ("/_matrix/app/v1/ping", Some(body.into()));
    let call = Call { method: Method::POST, path, query: &[], body, within: ANSWER_WITHIN };
    let started = Instant::now();
    app.delivery.0.calls.send(service, call).await?;
    Ok(started.elapsed())
}

/// Asks a service about a third-party network: `protocol/irc`, `location/irc`, `user` and so on, with a query.
/// None when it does not answer as specified; the others may still.
pub async fn network(app: &App, service: &Registration, what: &str, query: &[(String, String)]) -> Option<Value> {
    let path = format!("/_matrix/app/v1/thirdparty/{what}");
    let legacy = format!("/_matrix/app/unstable/thirdparty/{what}");
    let call = Call { method: Method::GET, path: &path, query, body: None, within: ANSWER_WITHIN };
    match app.delivery.0.calls.send_or_legacy(service, call, &legacy).await {
        Ok((body, _)) => serde_json::from_str(&body).ok(),
        Err(failure) => {
            tracing::debug!(service = service.id, %failure, "an application service did not tell about its network");
            None
        }
    }
}
