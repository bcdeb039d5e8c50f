//! `POST /_matrix/client/v3/register`. Specified in the client-server API, «Account registration and management», and the
//! application-service API, «Server admin style permissions».

use actix_web::HttpResponse;
use registrations::Registration;
use ruma::{
    OwnedDeviceId, OwnedUserId,
    api::client::account::register::{LoginType, RegistrationKind, v3::Request},
};
use serde_json::json;

use crate::{
    app::App,
    config::Mode,
    error::{MatrixError, Result},
    http::{
        ruma::Ruma,
        uiaa::{self, Stage},
    },
    store::Atom,
    users::{
        NewAccount, create_account,
        names::{self, Chooser},
        sessions::{self, SignIn},
    },
};

/// Makes an account, and signs in unless asked not to.
pub async fn register(request: Ruma<Request>, app: App) -> Result<HttpResponse> {
    if let Some(LoginType::ApplicationService) = request.body.login_type {
        return ghost(&app, request).await;
    }
    match request.body.kind {
        RegistrationKind::User => person(&app, request).await,
        RegistrationKind::Guest => guest(&app, &request.body).await,
        _ => Err(MatrixError::invalid_param("`kind` is neither `user` nor `guest`.")),
    }
}

async fn person(app: &App, request: Ruma<Request>) -> Result<HttpResponse> {
    let flows: &[&[Stage]] = match app.config.registration.mode {
        Mode::Closed => return Err(MatrixError::forbidden("Accounts are made by the administrator here.")),
        Mode::Token => &[&[Stage::RegistrationToken]],
        Mode::Open => &[&[Stage::Dummy]],
    };
    let user = match &request.body.username {
        Some(chosen) => {
            let user = names::user_id(chosen, Chooser::Person, app.server_name(), &app.services.current())?;
            must_be_free(app, &user).await?;
            Some(user)
        }
        None => None,
    };
    uiaa::authenticate(app, &request.interactive, None, flows).await?;
    let password = request.body.password.clone();
    let password = password.ok_or_else(|| MatrixError::missing_param("`password` is missing."))?;
    let user = match user {
        Some(user) => user,
        None => {
            let random = names::random(false);
            names::user_id(&random, Chooser::Person, app.server_name(), &app.services.current())?
        }
    };
    let id = create_account(app, NewAccount::person(user.clone(), Some(password))).await?;
    signed_in(app, user, id, &request.body).await
}

async fn guest(app: &App, body: &Request) -> Result<HttpResponse> {
    if !app.config.registration.guests {
        return Err(MatrixError::new(403, "M_GUEST_ACCESS_FORBIDDEN", "This server has no guests."));
    }
    let name = names::random(true);
    let user = names::user_id(&name, Chooser::Operator, app.server_name(), &app.services.current())?;
    let account = NewAccount { guest: true, ..NewAccount::person(user.clone(), None) };
    let id = create_account(app, account).await?;
    signed_in(app, user, id, body).await
}

/// A ghost: made by an application service in its namespace, never an administrator, never asked for proof.
async fn ghost(app: &App, request: Ruma<Request>) -> Result<HttpResponse> {
    let service: &Registration = &*request.caller.required()?;
    let chosen = request.body.username.as_deref();
    let chosen = chosen.ok_or_else(|| MatrixError::missing_param("`username` is missing."))?;
    let user = names::user_id(chosen, Chooser::Service(service), app.server_name(), &app.services.current())?;
    let id = create_account(app, NewAccount::of_service(user.clone(), &service.id)).await?;
    signed_in(app, user, id, &request.body).await
}

pub(super) async fn must_be_free(app: &App, user: &OwnedUserId) -> Result<()> {
    let Some(id) = app.store.find_atom(user.as_str()).await? else { return Ok(()) };
    if app.store.user(id).await?.is_some() { Err(MatrixError::user_in_use()) } else { Ok(()) }
}

async fn signed_in(app: &App, user: OwnedUserId, id: Atom, body: &Request) -> Result<HttpResponse> {
    if body.inhibit_login {
        return Ok(HttpResponse::Ok().json(json!({ "user_id": user })));
    }
    // A guest may not choose its device.
    let device: Option<OwnedDeviceId> = body.device_id.clone().filter(|id| !id.as_str().is_empty());
    let device = device.filter(|_| body.kind != RegistrationKind::Guest);
    let display_name = body.initial_device_display_name.clone();
    let sign_in = SignIn { user: id, device_id: device, display_name, refreshable: body.refresh_token };
    let signed_in = sessions::sign_in(app, sign_in).await?;
    Ok(HttpResponse::Ok().json(super::login::answer(app, &user, signed_in)))
}
