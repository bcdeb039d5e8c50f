//! Where actix hands over a request and gets back what to do with the connection.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use bytes::Bytes;

use super::{
    answer::{Outcome, Then, answer},
    form::Form,
    listen,
};
use crate::telegram::{
    error::{Refusal, bad},
    server::Line,
    state::Shared,
};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) token: String,
    /// As the client spelled it.
    pub(crate) method: String,
    pub(crate) form: Form,
}

/// `/bot{token}/{method}`.
pub(crate) async fn open(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    body: Result<Bytes, actix_web::Error>,
    shared: web::Data<Arc<Shared>>,
) -> HttpResponse {
    let (token, method) = path.into_inner();
    let outcome = match read(&request, body).await {
        Ok(form) => {
            let asked = Request { token, method, form };
            if asked.method.eq_ignore_ascii_case("getUpdates") {
                listen::updates(&shared, &asked).await
            } else {
                shared.with(|state| answer(state, &asked))
            }
        }
        Err(refusal) => Outcome::refused(&refusal),
    };
    match outcome.then {
        Then::Cut => {
            if let Some(line) = request.conn_data::<Line>() {
                line.cut();
            }
        }
        Then::Wait(time) => actix_web::rt::time::sleep(time).await,
        Then::Send => {}
    }
    let status = StatusCode::from_u16(outcome.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status).json(outcome.body)
}

/// Every path that is none of Telegram's.
pub(crate) async fn nowhere() -> HttpResponse {
    HttpResponse::NotFound().json(Refusal::new(404, "Not Found").body())
}

async fn read(request: &HttpRequest, body: Result<Bytes, actix_web::Error>) -> Result<Form, Refusal> {
    let body = body.map_err(|error| match error.as_response_error().status_code().as_u16() {
        413 => Refusal::new(413, "Request Entity Too Large"),
        _ => bad("can't read the request"),
    })?;
    let kind = request.headers().get("content-type").and_then(|value| value.to_str().ok());
    Form::read(request.query_string(), kind, body).await
}
