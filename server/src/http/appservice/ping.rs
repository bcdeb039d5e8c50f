//! `POST /_matrix/client/v1/appservice/{appserviceId}/ping`: a service asks whether it can be reached.
//! Specified in the application-service API, «Pinging».

use ruma::api::client::appservice::request_ping::v1::{Request, Response};

use crate::{
    app::App,
    delivery::{ask, call::Failure},
    error::{MatrixError, Result},
    http::ruma::Ruma,
};

/// Pings the service that asks. That it asks has already ended any pause in the delivery to it.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, .. } = request;
    let service = caller.appservice.filter(|service| service.id == body.appservice_id);
    let service =
        service.ok_or_else(|| MatrixError::forbidden("This is not the token of that application service."))?;
    let transaction = body.transaction_id.as_ref().map(|id| id.as_str());
    match ask::ping(&app, &service, transaction).await {
        Ok(duration) => Ok(Response::new(duration)),
        Err(failure) => Err(refusal(failure)),
    }
}

fn refusal(failure: Failure) -> MatrixError {
    let message = format!("The application service was not reached: {failure}.");
    match failure {
        Failure::NoAddress => MatrixError::new(400, "M_URL_NOT_SET", message),
        Failure::Silent => MatrixError::new(504, "M_CONNECTION_TIMEOUT", message),
        Failure::BadAddress(_) | Failure::Unreachable(_) => MatrixError::new(502, "M_CONNECTION_FAILED", message),
        Failure::Status { status, body } => {
            MatrixError::new(502, "M_BAD_STATUS", message).with("status", status).with("body", body)
        }
    }
}
