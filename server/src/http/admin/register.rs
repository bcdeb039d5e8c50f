//! `/_synapse/admin/v1/register`: accounts made by whoever knows `registration.shared_secret`, as Synapse has it.
//! A nonce is fetched; the request then carries an HMAC-SHA1 over nonce, name, password and kind of account.

use std::time::Duration;

use actix_web::HttpResponse;
use hmac::{Hmac, KeyInit, Mac};
use registrations::Token;
use serde::Deserialize;
use serde_json::json;
use sha1::Sha1;

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{caller::Counted, client, ruma::Json},
    users::{
        NewAccount, create_account,
        names::{self, Chooser},
        sessions::{self, SignIn},
    },
};

/// How long a nonce is good, and for one request only.
pub const NONCE_FOR: Duration = Duration::from_secs(60);

/// The request.
#[derive(Deserialize)]
pub struct Body {
    nonce: String,
    username: String,
    #[serde(default)]
    displayname: Option<String>,
    password: String,
    #[serde(default)]
    admin: bool,
    #[serde(default)]
    user_type: Option<String>,
    #[serde(default)]
    inhibit_login: bool,
    mac: String,
}

/// Gives out a nonce.
pub async fn nonce(_: Counted, app: App) -> Result<HttpResponse> {
    secret(&app)?;
    let nonce = Token::random().reveal().to_owned();
    app.users.nonces.insert(nonce.clone(), ());
    Ok(HttpResponse::Ok().json(json!({ "nonce": nonce })))
}

/// Makes an account.
pub async fn post(_: Counted, app: App, Json(body): Json<Body>) -> Result<HttpResponse> {
    let secret = secret(&app)?;
    if app.users.nonces.remove(&body.nonce).is_none() {
        return Err(MatrixError::unknown("This nonce is not known or was used."));
    }
    if !is_signed(secret, &body) {
        return Err(MatrixError::forbidden("The `mac` is not right."));
    }
    let user = names::user_id(&body.username, Chooser::Operator, app.server_name(), &app.services.current())?;
    let account = NewAccount {
        admin: body.admin,
        displayname: body.displayname,
        ..NewAccount::person(user.clone(), Some(body.password))
    };
    let id = create_account(&app, account).await?;
    if body.inhibit_login {
        return Ok(HttpResponse::Ok().json(json!({ "user_id": user })));
    }
    let sign_in = SignIn { user: id, device_id: None, display_name: None, refreshable: false };
    let signed_in = sessions::sign_in(&app, sign_in).await?;
    Ok(HttpResponse::Ok().json(client::login::answer(&app, &user, signed_in)))
}

/// Without a secret there is no such endpoint.
fn secret(app: &App) -> Result<&str> {
    app.config.registration.shared_secret.as_deref().ok_or_else(MatrixError::unrecognized)
}

fn is_signed(secret: &str, body: &Body) -> bool {
    let kind: &[u8] = if body.admin { b"admin" } else { b"notadmin" };
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else { return false };
    for part in [body.nonce.as_bytes(), body.username.as_bytes(), body.password.as_bytes()] {
        mac.update(part);
        mac.update(b"\0");
    }
    mac.update(kind);
    if let Some(kind) = &body.user_type {
        mac.update(b"\0");
        mac.update(kind.as_bytes());
    }
    hex::decode(&body.mac).is_ok_and(|offered| mac.verify_slice(&offered).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wire::Wire;

    fn sign(secret: &str, message: &[u8]) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(message);
        hex::encode(mac.finalize().into_bytes())
    }

    #[tokio::test]
    async fn who_knows_the_secret_makes_accounts() {
        let secret = |config: &mut crate::config::Config| config.registration.shared_secret = Some("s".to_owned());
        let wire = Wire::start(secret, &[]).await;
        let path = "/_synapse/admin/v1/register";
        let nonce = async || wire.get(path, "").await.ok()["nonce"].as_str().unwrap().to_owned();
        let body = |nonce: &str, mac: String| json!({"nonce": nonce, "username": "root", "password": "p", "admin": true, "mac": mac});
        let one = nonce().await;
        let mac = sign("s", format!("{one}\0root\0p\0notadmin").as_bytes());
        assert_eq!(wire.post(path, "", body(&one, mac)).await.code(), (403, "M_FORBIDDEN"));
        let mac = sign("s", format!("{one}\0root\0p\0admin").as_bytes());
        assert_eq!(wire.post(path, "", body(&one, mac)).await.code(), (400, "M_UNKNOWN"), "a nonce is good once");
        let two = nonce().await;
        let mac = sign("s", format!("{two}\0root\0p\0admin").as_bytes());
        let made = wire.post(path, "", body(&two, mac)).await.ok();
        assert_eq!(made["user_id"], "@root:test");
        let user = ruma::user_id!("@root:test");
        assert!(crate::users::person(&wire.app, user).await.unwrap().unwrap().admin);
    }

    #[tokio::test]
    async fn without_a_secret_there_is_no_such_endpoint() {
        let wire = Wire::start(|_| {}, &[]).await;
        assert_eq!(wire.get("/_synapse/admin/v1/register", "").await.code(), (404, "M_UNRECOGNIZED"));
    }
}
