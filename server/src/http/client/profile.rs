//! Profiles. Specified in the client-server API, «Profiles».

use actix_web::HttpResponse;
use ruma::{
    UserId,
    api::client::profile::{delete_profile_field, get_profile, get_profile_field, set_profile_field},
};
use serde_json::{Value, json};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{caller::Caller, ruma::Ruma},
    users::profile,
};

/// The whole profile.
pub async fn get(request: Ruma<get_profile::v3::Request>, app: App) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(profile::of(&app, &request.body.user_id).await?))
}

/// One field of it. A name or picture that is not set is an empty object, as clients have known it all along; any other
/// field is 404.
pub async fn get_field(request: Ruma<get_profile_field::v3::Request>, app: App) -> Result<HttpResponse> {
    let (user, field) = (&request.body.user_id, request.body.field.as_str());
    let profile = profile::of(&app, user).await?;
    match profile.get(field) {
        Some(value) => Ok(HttpResponse::Ok().json(json!({ field: value }))),
        None if matches!(field, "displayname" | "avatar_url") => Ok(HttpResponse::Ok().json(json!({}))),
        None => Err(MatrixError::not_found("The profile has no such field.")),
    }
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
