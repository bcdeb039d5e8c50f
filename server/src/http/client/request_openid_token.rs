//! `POST /_matrix/client/v3/user/{userId}/openid/request_token`, and where the token is looked up,
//! `GET /_matrix/federation/v1/openid/userinfo`. Specified in both APIs under «OpenID».

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};
use registrations::{Token, token};
use ruma::{
    api::client::account::request_openid_token::v3::{Request, Response},
    authentication::TokenType,
};
use serde_json::json;

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{caller, ruma::Ruma},
    users::OPENID_FOR,
};

/// Gives out a token that proves to a third party who the user is, and nothing more.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    request.caller.must_be(&request.body.user_id)?;
    let token = Token::random();
    app.users.openid.insert(token.hash(), request.body.user_id);
    let seconds = Duration::from_secs(OPENID_FOR.as_secs());
    Ok(Response::new(token.reveal().to_owned(), TokenType::Bearer, app.server_name().to_owned(), seconds))
}

/// Whose token this is.
pub async fn userinfo(req: HttpRequest, app: App) -> Result<HttpResponse> {
    let offered = caller::query(&req, "access_token").ok_or_else(MatrixError::missing_token)?;
    let user = app.users.openid.get(&token::hash(&offered)).ok_or_else(MatrixError::unknown_token)?;
    Ok(HttpResponse::Ok().json(json!({ "sub": user })))
}
