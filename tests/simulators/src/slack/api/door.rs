//! Where actix hands over a request and gets back what to do with the connection.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::{
    answer::{Body, Outcome, Then, answer},
    ask::Request,
};
use crate::slack::{server::Line, state::Shared};

/// `/api/{method}`.
pub(crate) async fn open(
    request: HttpRequest,
    method: web::Path<String>,
    body: Bytes,
    shared: web::Data<Arc<Shared>>,
) -> HttpResponse {
    let asked = read(&request, method.into_inner(), &body).await;
    let outcome = shared.with(|state| match asked {
        Ok(asked) => answer(state, &asked),
        Err(error) => Outcome::refused(&crate::slack::error::no(error)),
    });
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

async fn read(request: &HttpRequest, method: String, body: &Bytes) -> Result<Request, &'static str> {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let mut args = pairs(request.query_string());
    let kind = text("content-type").unwrap_or_default().to_owned();
    if kind.starts_with("application/json") && !body.is_empty() {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => args.extend(fields),
            Ok(_) => return Err("json_not_object"),
            Err(_) => return Err("invalid_json"),
        }
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        args.extend(pairs(std::str::from_utf8(body).map_err(|_| "invalid_charset")?));
    } else if kind.starts_with("multipart/form-data") {
        args.extend(fields(&kind, body.clone()).await.ok_or("invalid_form_data")?);
    } else if !body.is_empty() {
        return Err("invalid_post_type");
    }
    let given = args.remove("token").and_then(|token| token.as_str().map(str::to_owned));
    let bearer = text("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    Ok(Request { method, args, token: bearer.or(given).filter(|token| !token.is_empty()) })
}

fn pairs(text: &str) -> Map<String, Value> {
    let read = web::Query::<Vec<(String, String)>>::from_query(text);
    read.map(|all| all.into_inner().into_iter().map(|(name, value)| (name, Value::String(value))).collect())
        .unwrap_or_default()
}

/// The texts of a multipart form.
async fn fields(kind: &str, body: Bytes) -> Option<Map<String, Value>> {
    let boundary = multer::parse_boundary(kind).ok()?;
    let stream = futures_util::stream::once(async move { Ok::<_, std::io::Error>(body) });
    let mut form = multer::Multipart::new(stream, boundary);
    let mut all = Map::new();
    while let Some(field) = form.next_field().await.ok()? {
        let name = field.name().unwrap_or_default().to_owned();
        all.insert(name, Value::String(field.text().await.ok()?));
    }
    Some(all)
}

fn respond(outcome: Outcome) -> HttpResponse {
    let status = StatusCode::from_u16(outcome.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in outcome.headers {
        response.insert_header((name, value));
    }
    match outcome.body {
        Body::Json(value) => response.content_type("application/json; charset=utf-8").body(value.to_string()),
        Body::Page(page) => response.content_type("text/html; charset=utf-8").body(page),
    }
}
