//! Profiles. Specified in the client-server API, «Profiles».

use actix_web::{HttpRequest, HttpResponse};
use ruma::{
    UserId,
    api::client::profile::{delete_profile_field, get_profile, get_profile_field, set_profile_field},
};
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    delivery::ask,
    error::{MatrixError, Result},
    http::{
        caller::{Caller, ServiceToken},
        ruma::Ruma,
    },
    users::profile,
};

/// The whole profile.
pub async fn get(request: Ruma<get_profile::v3::Request>, app: App) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(find(&app, &request.body.user_id, &request.req).await?))
}

/// One field of it. A name or picture that is not set is an empty object, as clients have known it all along; any other
/// field is 404.
pub async fn get_field(request: Ruma<get_profile_field::v3::Request>, app: App) -> Result<HttpResponse> {
    let (user, field) = (&request.body.user_id, request.body.field.as_str());
    let profile = find(&app, user, &request.req).await?;
    match profile.get(field) {
        Some(value) => Ok(HttpResponse::Ok().json(json!({ field: value }))),
        None if matches!(field, "displayname" | "avatar_url") => Ok(HttpResponse::Ok().json(json!({}))),
        None => Err(MatrixError::not_found("The profile has no such field.")),
    }
}

/// A profile. Somebody whom an application service owns and has not made yet is made now.
async fn find(app: &App, user: &UserId, req: &HttpRequest) -> Result<Map<String, Value>> {
    ask::user(app, user, ServiceToken::of(app, req).service().as_deref()).await?;
    profile::of(app, user).await
}

/// Sets one field.
pub async fn set(request: Ruma<set_profile_field::v3::Request>, app: App) -> Result<set_profile_field::v3::Response> {
    let field = request.body.value.field_name();
    let value = request.body.value.value().into_owned();
    write(&app, &request.caller, &request.body.user_id, field.as_str(), Some(value)).await?;
    Ok(set_profile_field::v3::Response::new())
}

/// Removes one field.
pub async fn delete(
    request: Ruma<delete_profile_field::v3::Request>,
    app: App,
) -> Result<delete_profile_field::v3::Response> {
    let field = request.body.field.as_str();
    write(&app, &request.caller, &request.body.user_id, field, None).await?;
    Ok(delete_profile_field::v3::Response::new())
}

async fn write(app: &App, caller: &Caller, user: &UserId, field: &str, value: Option<Value>) -> Result<()> {
    caller.must_be(user)?;
    profile::set(app, user, caller.nid, field, value).await
}
