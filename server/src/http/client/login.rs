//! `GET` and `POST /_matrix/client/v3/login`. Specified in the client-server API, «Login».

use std::time::Instant;

use actix_web::HttpResponse;
use registrations::Registration;
use ruma::{
    UserId,
    api::client::session::get_login_types::v3::{
        ApplicationServiceLoginType, LoginType, PasswordLoginType, Request as TypesRequest, Response as TypesResponse,
    },
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{
        caller::Counted,
        limits::{Asker, Limit},
        ruma::{Json, Ruma},
    },
    users::{
        names, person,
        sessions::{self, SignIn, SignedIn},
    },
};

/// The ways in.
pub async fn types(_: Ruma<TypesRequest>) -> Result<TypesResponse> {
    Ok(TypesResponse::new(vec![
        LoginType::Password(PasswordLoginType::new()),
        LoginType::ApplicationService(ApplicationServiceLoginType::new()),
    ]))
}

/// The body. Read by hand: ruma's type wants `type` to be there and does not say so.
#[derive(Deserialize)]
pub struct Body {
    r#type: String,
    #[serde(default)]
    identifier: Option<Value>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    device_id: Option<String>,
    #[serde(default)]
    initial_device_display_name: Option<String>,
    #[serde(default)]
    refresh_token: bool,
}

/// Signs in.
pub async fn login(Counted(service): Counted, Json(body): Json<Body>, app: App) -> Result<HttpResponse> {
    let named = named_user(&body)?;
    let user = match body.r#type.as_str() {
        "m.login.password" => by_password(&app, &named, body.password).await?,
        "m.login.application_service" => by_service(&app, &named, &*service.required()?)?,
        _ => return Err(MatrixError::unknown("This way of signing in is not offered here.")),
    };
    let person = person(&app, &user).await?.ok_or_else(wrong)?;
    let signed_in = sessions::sign_in(
        &app,
        SignIn {
            user: person.id,
            device_id: body.device_id.filter(|id| !id.is_empty()).map(Into::into),
            display_name: body.initial_device_display_name,
            refreshable: body.refresh_token,
        },
    )
    .await?;
    Ok(HttpResponse::Ok().json(answer(&app, &user, signed_in)))
}

/// What a client is told after signing in or registering.
pub(in crate::http) fn answer(app: &App, user: &UserId, signed_in: SignedIn) -> Map<String, Value> {
    let mut answer = Map::from_iter([
        ("user_id".to_owned(), json!(user)),
        ("access_token".to_owned(), json!(signed_in.access_token)),
        ("device_id".to_owned(), json!(signed_in.device_id)),
        ("home_server".to_owned(), json!(app.server_name())),
    ]);
    if let Some(token) = signed_in.refresh_token {
        answer.insert("refresh_token".to_owned(), json!(token));
    }
    if let Some(period) = signed_in.expires_in {
        answer.insert("expires_in_ms".to_owned(), json!(u64::try_from(period.as_millis()).unwrap_or(u64::MAX)));
    }
    if let Some(url) = &app.config.server.public_url {
        answer.insert("well_known".to_owned(), json!({ "m.homeserver": { "base_url": url.as_str() } }));
    }
    answer
}

/// Wrong name and wrong password look alike.
fn wrong() -> MatrixError {
    MatrixError::forbidden("The user name or the password is wrong.")
}

fn named_user(body: &Body) -> Result<String> {
    let Some(identifier) = &body.identifier else {
        return body.user.clone().ok_or_else(|| MatrixError::missing_param("`identifier` is missing."));
    };
    match identifier.get("type").and_then(Value::as_str) {
        Some("m.id.user") => {}
        Some(_) => return Err(MatrixError::unknown("Users are identified by `m.id.user` here.")),
        None => return Err(MatrixError::missing_param("`identifier.type` is missing.")),
    }
    match identifier.get("user") {
        Some(Value::String(user)) => Ok(user.clone()),
        Some(_) => Err(MatrixError::bad_json("`identifier.user` must be a string.")),
        None => Err(MatrixError::missing_param("`identifier.user` is missing.")),
    }
}

async fn by_password(app: &App, named: &str, password: Option<String>) -> Result<ruma::OwnedUserId> {
    let password = password.ok_or_else(|| MatrixError::missing_param("`password` is missing."))?;
    let user = local(app, named);
    if let Some(user) = &user {
        app.limits.check(Limit::Login, Asker::User(user.clone()), Instant::now())?;
    }
    let row = match &user {
        Some(user) => find(app, user).await?,
        None => None,
    };
    let hash = row.as_ref().and_then(|(_, row)| row.password.clone());
    let right = app.users.passwords.verify(hash, password).await?;
    match row {
        Some((_, row)) if row.deactivated => {
            Err(MatrixError::new(403, "M_USER_DEACTIVATED", "This account has been closed."))
        }
        Some((user, _)) if right => Ok(user),
        _ => Err(wrong()),
    }
}

/// The account as typed, or in lower case as people's names are.
async fn find(app: &App, user: &UserId) -> Result<Option<(ruma::OwnedUserId, crate::store::users::User)>> {
    let lower = UserId::parse(format!("@{}:{}", user.localpart().to_lowercase(), user.server_name()))?;
    for candidate in [user.to_owned(), lower] {
        if let Some(id) = app.store.find_atom(candidate.as_str()).await?
            && let Some(row) = app.store.user(id).await?
        {
            return Ok(Some((candidate, row)));
        }
    }
    Ok(None)
}

fn by_service(app: &App, named: &str, service: &Registration) -> Result<ruma::OwnedUserId> {
    let user = local(app, named).ok_or_else(wrong)?;
    if !service.covers_user(user.as_str(), app.server_name().as_str()) {
        return Err(MatrixError::exclusive("This user is outside the namespaces of the application service."));
    }
    Ok(user)
}

fn local(app: &App, named: &str) -> Option<ruma::OwnedUserId> {
    let localpart = names::localpart(named, app.server_name())?;
    UserId::parse(format!("@{localpart}:{}", app.server_name())).ok()
}
