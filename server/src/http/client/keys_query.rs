//! `POST /_matrix/client/v3/keys/query` and `/keys/claim`, `GET /keys/changes`.
//! Specified in the client-server API, «Key management API».

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use ruma::{
    UserId,
    api::client::keys::{claim_keys, get_key_changes, get_keys},
};
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    delivery::encryption,
    error::{MatrixError, Result},
    http::ruma::Ruma,
    keys::query::{self, Known, Wanted},
    store::{Atom, Pos},
};

/// The public keys of users and their devices: four queries, however many are asked for.
pub async fn query(request: Ruma<get_keys::v3::Request>, app: App) -> Result<HttpResponse> {
    let asked = &request.body.device_keys;
    let mut wanted = Wanted::new();
    for (user, devices) in asked.iter().filter(|(user, _)| user.server_name() == app.server_name()) {
        if let Some(id) = app.store.find_atom(user.as_str()).await? {
            wanted.insert(id, (user.as_str(), devices.iter().map(|device| device.as_str()).collect()));
        }
    }
    let owners: Vec<Atom> = wanted.keys().copied().collect();
    let known = Known {
        devices: app.store.device_keys(&owners).await?,
        users: app.store.cross_signing_keys(&owners).await?,
        signatures: app.store.key_signatures(&owners).await?,
    };
    let signers: Vec<Atom> = known.signatures.iter().map(|row| row.signer).collect();
    let names = app.store.texts(&signers).await?;
    let mut answer = query::answer(&wanted, known, request.caller.nid, &names);
    answer.insert("failures".to_owned(), failures(&app, asked.keys().map(AsRef::as_ref)));
    Ok(HttpResponse::Ok().json(answer))
}

/// Hands out a key to begin a session with, for each device asked for.
pub async fn claim(request: Ruma<claim_keys::v3::Request>, app: App) -> Result<HttpResponse> {
    let asked = &request.body.one_time_keys;
    let local: Vec<&str> =
        asked.keys().filter(|user| user.server_name() == app.server_name()).map(|u| u.as_str()).collect();
    let devices = app.store.devices_of_users(&local).await?;
    let asked_for = |user: &str, device: &str| {
        let devices = asked.iter().find(|(asked, _)| asked.as_str() == user).map(|(_, devices)| devices)?;
        devices.iter().find(|(asked, _)| asked.as_str() == device).map(|(_, algorithm)| algorithm.to_string())
    };
    let wanted: BTreeMap<_, _> = devices
        .iter()
        .filter_map(|device| Some((device.id, (asked_for(&device.user_id, &device.device_id)?, device))))
        .collect();
    let claims = wanted.iter().map(|(id, (algorithm, _))| (*id, algorithm.clone())).collect();
    let mut keys: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let claimed = app.store.claim_keys(claims).await?;
    app.sync.boxes.keys_changed();
    let touched = claimed.iter().filter_map(|row| wanted.get(&row.device)).map(|(_, device)| *device);
    encryption::keys_claimed(&app, &touched.collect::<Vec<_>>()).await?;
    for row in &claimed {
        let Some((_, device)) = wanted.get(&row.device) else { continue };
        let key: Value = serde_json::from_str(&row.json).unwrap_or_default();
        let named = json!({ format!("{}:{}", row.algorithm, row.key_id): key });
        keys.entry(&device.user_id).or_default().insert(device.device_id.clone(), named);
    }
    let failures = failures(&app, asked.keys().map(AsRef::as_ref));
    Ok(HttpResponse::Ok().json(json!({ "one_time_keys": keys, "failures": failures })))
}

/// Whose devices changed between two sync tokens.
pub async fn changes(request: Ruma<get_key_changes::v3::Request>, app: App) -> Result<get_key_changes::v3::Response> {
    let (from, to) = (position(&request.body.from)?, position(&request.body.to)?);
    let lists = app.store.device_lists(request.caller.nid, from, to).await?;
    let users = |names: Vec<std::sync::Arc<str>>| names.iter().filter_map(|name| UserId::parse(&**name).ok()).collect();
    Ok(get_key_changes::v3::Response::new(users(lists.changed), users(lists.left)))
}

/// The place in the stream a sync token stands for: the first number in it.
fn position(token: &str) -> Result<Pos> {
    let digits = token.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits = digits.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().map(Pos).map_err(|_| MatrixError::invalid_param("This is not a token of this server."))
}

/// Servers that could not be asked: all others, as long as there is no federation.
fn failures<'a>(app: &App, users: impl Iterator<Item = &'a UserId>) -> Value {
    let others = users.map(UserId::server_name).filter(|server| *server != app.server_name());
    let failed =
        others.map(|server| (server.to_string(), json!({ "errcode": "M_UNKNOWN", "error": "Not reachable." })));
    Value::Object(failed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_begins_with_its_position() {
        for (token, expected) in [("s12_3", Some(12)), ("12", Some(12)), ("s7", Some(7)), ("s", None), ("", None)] {
            assert_eq!(position(token).ok(), expected.map(Pos), "{token}");
        }
    }
}
