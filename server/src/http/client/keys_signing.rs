//! Cross-signing: `POST /_matrix/client/v3/keys/device_signing/upload` and `/keys/signatures/upload`.
//! Specified in the client-server API, «Cross-signing».

use std::collections::HashMap;

use ruma::{
    OwnedUserId,
    api::client::keys::{upload_signatures, upload_signing_keys},
};
use serde_json::{Value, json};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{
        caller::Caller,
        ruma::Ruma,
        uiaa::{self, Stage},
    },
    keys::signed::{Object, is_signed, key_named, public_key, same_claim, signatures_of},
    store::{Atom, keys::SignatureRow},
};

const USAGES: [&str; 3] = ["master", "self_signing", "user_signing"];

/// Sets the keys of a user. The first time, and for keys that are there already, nothing more is to be proven.
pub async fn upload(
    request: Ruma<upload_signing_keys::v3::Request>,
    app: App,
) -> Result<upload_signing_keys::v3::Response> {
    let caller = &request.caller;
    let present = of_user(&app, caller.nid).await?;
    let mut new: HashMap<&str, Object> = HashMap::new();
    for usage in USAGES {
        let Some(value) = request.interactive.body.get(&format!("{usage}_key")) else { continue };
        let key = value.as_object().ok_or_else(|| MatrixError::bad_json("A key must be an object."))?;
        check(caller, usage, key)?;
        new.insert(usage, key.clone());
    }
    let master = new.get("master").or_else(|| present.get("master"));
    let master = master.ok_or_else(|| MatrixError::invalid_param("There is no master key to sign the others."))?;
    for usage in ["self_signing", "user_signing"] {
        if new.get(usage).is_some_and(|key| !signed_by_key(caller, key, master)) {
            let message = format!("The {usage} key is not signed by the master key.");
            return Err(MatrixError::new(400, "M_INVALID_SIGNATURE", message));
        }
    }
    let changes: Vec<_> = USAGES.into_iter().filter_map(|usage| Some((usage, new.remove(usage)?))).collect();
    let is_new = |(usage, key): &(&str, Object)| present.get(*usage).is_none_or(|old| !same_claim(old, key));
    if !changes.iter().any(is_new) {
        return Ok(upload_signing_keys::v3::Response::new());
    }
    if present.contains_key("master") && caller.appservice.is_none() {
        uiaa::authenticate(&app, &request.interactive, Some(caller), &[&[Stage::Password]]).await?;
    }
    let changes = changes.into_iter().map(|(usage, key)| (usage, json!(key).to_string())).collect();
    app.store.set_cross_signing_keys(caller.nid, changes).await?;
    Ok(upload_signing_keys::v3::Response::new())
}

fn check(caller: &Caller, usage: &str, key: &Object) -> Result<()> {
    if key.get("user_id").and_then(Value::as_str) != Some(caller.user.as_str()) {
        return Err(MatrixError::invalid_param(format!("The {usage} key is of another user.")));
    }
    let usages = key.get("usage").and_then(Value::as_array);
    if !usages.is_some_and(|usages| usages.iter().any(|stated| stated == usage)) {
        return Err(MatrixError::invalid_param(format!("The {usage} key is not meant to be one.")));
    }
    if public_key(key).is_none() {
        return Err(MatrixError::invalid_param(format!("The {usage} key must hold exactly one key.")));
    }
    Ok(())
}

fn signed_by_key(caller: &Caller, key: &Object, by: &Object) -> bool {
    let Some(public) = public_key(by) else { return false };
    let id = format!("ed25519:{public}");
    let signatures = signatures_of(key, caller.user.as_str());
    signatures.iter().any(|(by, signature)| *by == id && is_signed(key, public, signature))
}

async fn of_user(app: &App, user: Atom) -> Result<HashMap<String, Object>> {
    let rows = app.store.cross_signing_keys(&[user]).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.usage, serde_json::from_str(&row.json).ok()?))).collect())
}

/// Adds signatures of the user to keys, their own and others'. What does not hold is told key by key.
pub async fn signatures(request: Ruma<upload_signatures::v3::Request>, app: App) -> Result<actix_web::HttpResponse> {
    let body: HashMap<OwnedUserId, HashMap<String, Object>> = serde_json::from_slice(&request.raw)
        .map_err(|error| MatrixError::bad_json(format!("Signed keys are objects by user and key: {error}.")))?;
    let caller = &request.caller;
    let mut owners = Vec::new();
    for user in body.keys().chain([&caller.user]) {
        if let Some(id) = app.store.find_atom(user.as_str()).await? {
            owners.push((id, user.clone()));
        }
    }
    let targets = targets(&app, &owners).await?;
    let mut failures = serde_json::Map::new();
    let mut rows = Vec::new();
    for (user, signed) in &body {
        for (target, object) in signed {
            match signatures_on(caller, user, target, object, &targets) {
                Ok(new) => rows.extend(new),
                Err(error) => {
                    let of_user = failures.entry(user.as_str()).or_insert_with(|| json!({}));
                    of_user[target] = error.body();
                }
            }
        }
    }
    if !rows.is_empty() {
        app.store.add_key_signatures(rows).await?;
    }
    Ok(actix_web::HttpResponse::Ok().json(json!({ "failures": failures })))
}

/// All keys of some users that can be signed: by user, and by device id or public key.
type Targets = HashMap<(OwnedUserId, String), (Atom, Object)>;

async fn targets(app: &App, owners: &[(Atom, OwnedUserId)]) -> Result<Targets> {
    let ids: Vec<Atom> = owners.iter().map(|(id, _)| *id).collect();
    let names: HashMap<Atom, &OwnedUserId> = owners.iter().map(|(id, user)| (*id, user)).collect();
    let mut targets = Targets::new();
    let mut insert = |owner: Atom, target: Option<String>, json: &str| {
        if let (Some(user), Some(target), Ok(object)) = (names.get(&owner), target, serde_json::from_str(json)) {
            targets.insert(((*user).clone(), target), (owner, object));
        }
    };
    for row in app.store.device_keys(&ids).await? {
        insert(row.owner, Some(row.device_id), &row.json);
    }
    for row in app.store.cross_signing_keys(&ids).await? {
        let target = serde_json::from_str(&row.json).ok().and_then(|key: Object| public_key(&key).map(str::to_owned));
        insert(row.owner, target, &row.json);
    }
    Ok(targets)
}

fn signatures_on(
    caller: &Caller,
    user: &OwnedUserId,
    target: &str,
    object: &Object,
    targets: &Targets,
) -> Result<Vec<SignatureRow>> {
    let found = targets.get(&(user.clone(), target.to_owned()));
    let (owner, known) = found.ok_or_else(|| MatrixError::not_found("There is no such key."))?;
    if !same_claim(known, object) {
        return Err(MatrixError::invalid_param("What was signed is not the key that is kept here."));
    }
    let mut rows = Vec::new();
    for (key_id, signature) in signatures_of(object, caller.user.as_str()) {
        let name = key_id.strip_prefix("ed25519:").unwrap_or_default();
        let by = targets.get(&(caller.user.clone(), name.to_owned()));
        let public = by.and_then(|(_, key)| key_named(key, key_id));
        if !public.is_some_and(|public| is_signed(object, public, signature)) {
            return Err(MatrixError::new(400, "M_INVALID_SIGNATURE", "A signature does not hold."));
        }
        let (target, key_id, signature) = (target.to_owned(), key_id.to_owned(), signature.to_owned());
        rows.push(SignatureRow { owner: *owner, target, signer: caller.nid, key_id, signature });
    }
    Ok(rows)
}
