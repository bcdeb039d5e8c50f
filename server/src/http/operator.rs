//! Orders from this machine: what the command line asks of a running server, below `/_causeway/v1/`.
//!
//! Whoever can read the data folder knows the token in [`running.json`](crate::data); administrators use their own.

use actix_web::HttpRequest;
use ruma::OwnedUserId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    caller::{Caller, token},
    router::PathArgs,
    ruma::read,
};
use crate::{
    app::App,
    error::{MatrixError, Result},
    users::operator::{self, Made},
};

/// `POST /_causeway/v1/users`
#[derive(Deserialize)]
struct NewUser {
    name: String,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    admin: bool,
}

/// `POST /_causeway/v1/users/{name}/password`
#[derive(Deserialize)]
struct NewPassword {
    #[serde(default)]
    password: Option<String>,
}

/// `GET /_causeway/v1/bridges`: how the bundled bridges are.
pub async fn bridges(app: App, request: HttpRequest) -> Result<Json> {
    may_order(&app, &request).await?;
    Ok(Json(json!({ "bridges": app.bridges.all() })))
}

/// `POST /_causeway/v1/rooms`
#[derive(Deserialize)]
struct NewNamedRoom {
    /// The localpart of its alias, and its name.
    name: String,
    /// Who is invited, usually a bridge's bot.
    invite: OwnedUserId,
}

/// `POST /_causeway/v1/rooms`: makes a room with a name, in the name of the first administrator.
pub async fn add_room(app: App, request: HttpRequest, body: actix_web::web::Payload) -> Result<Json> {
    may_order(&app, &request).await?;
    let wanted: NewNamedRoom = parse(body).await?;
    let room = crate::rooms::operator::named(&app, &wanted.name, wanted.invite).await?;
    Ok(Json(json!({ "room_id": room })))
}

/// `POST /_causeway/v1/users`: makes an account.
pub async fn add_user(app: App, request: HttpRequest, body: actix_web::web::Payload) -> Result<Json> {
    may_order(&app, &request).await?;
    let user: NewUser = parse(body).await?;
    operator::add(&app, &user.name, user.password, user.admin).await.map(made)
}

/// `POST /_causeway/v1/users/{name}/password`: replaces a password.
pub async fn reset_password(
    app: App,
    args: PathArgs,
    request: HttpRequest,
    body: actix_web::web::Payload,
) -> Result<Json> {
    may_order(&app, &request).await?;
    let new: NewPassword = parse(body).await?;
    operator::reset_password(&app, args.at(0), new.password).await.map(made)
}

fn made(made: Made) -> Json {
    Json(json!({ "user_id": made.user_id, "password": made.password }))
}

async fn may_order(app: &App, request: &HttpRequest) -> Result<()> {
    let offered = token(request)?.ok_or_else(MatrixError::missing_token)?;
    if app.local_token.matches(&offered) {
        return Ok(());
    }
    let caller = <Caller as actix_web::FromRequest>::extract(request).await?;
    if caller.admin { Ok(()) } else { Err(MatrixError::forbidden("This is for administrators.")) }
}

async fn parse<T: serde::de::DeserializeOwned>(body: actix_web::web::Payload) -> Result<T> {
    let body = read(&mut body.into_inner()).await?;
    serde_json::from_slice(&body)
        .map_err(|error| MatrixError::bad_json(format!("The body is not as expected: {error}.")))
}

/// An answer.
pub struct Json(Value);

impl actix_web::Responder for Json {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> actix_web::HttpResponse {
        actix_web::HttpResponse::Ok().json(self.0)
    }
}
