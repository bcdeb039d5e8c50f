//! Where actix hands over a request and gets back what to do with the connection.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use bytes::Bytes;

use super::{
    answer::{Body, Outcome, Then, answer},
    ask::Request,
    form::{Form, percent_decoded},
};
use crate::discord::{
    error::{self, Refusal, plain},
    server::Line,
    state::Shared,
};

/// Every path that is neither gateway nor CDN.
pub(crate) async fn open(
    request: HttpRequest,
    body: Result<Bytes, actix_web::Error>,
    shared: web::Data<Arc<Shared>>,
) -> HttpResponse {
    let outcome = match read(&request, body) {
        Ok(asked) => shared.with(|state| answer(state, &asked)),
        Err(refusal) => Outcome::refused(&refusal),
    };
    let line = request.conn_data::<Line>();
    match outcome.then {
        Then::Cut => {
            if let Some(line) = line {
                line.cut();
            }
        }
        Then::Wait(time) => actix_web::rt::time::sleep(time).await,
        Then::Send => {}
    }
    respond(outcome)
}

fn read(request: &HttpRequest, body: Result<Bytes, actix_web::Error>) -> Result<Request, Refusal> {
    let body = body.map_err(|_| error::too_large())?;
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let path = request.uri().path();
    let path = path.strip_prefix("/api").ok_or_else(|| plain(404, "Not Found"))?;
    let path = ["/v10", "/v9"].iter().find_map(|version| path.strip_prefix(version)).unwrap_or(path);
    let query = request.query_string().split('&').filter_map(|pair| pair.split_once('='));
    Ok(Request {
        method: request.method().to_string(),
        path: path.to_owned(),
        query: query.map(|(key, value)| (key.to_owned(), percent_decoded(&value.replace('+', " ")))).collect(),
        authorization: text("authorization").map(str::to_owned),
        reason: text("x-audit-log-reason").map(str::to_owned),
        form: Form::parse(text("content-type"), &body)?,
    })
}

fn respond(outcome: Outcome) -> HttpResponse {
    let status = StatusCode::from_u16(outcome.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    // A 429 without it is taken for a ban of the address by some libraries, rightly.
    response.insert_header(("via", "1.1 google"));
    for (name, value) in outcome.headers {
        response.insert_header((name, value));
    }
    match outcome.body {
        Body::Json(value) => response.json(value),
        Body::Html(page) => response.content_type("text/html; charset=UTF-8").body(page),
        Body::Nothing => response.finish(),
    }
}
