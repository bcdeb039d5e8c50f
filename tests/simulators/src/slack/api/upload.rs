//! The addresses that are no methods: where files are uploaded and fetched, pictures, and answers to interactions.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    discord::picture,
    slack::{calls::Call, faults::Fault, state::Shared},
};

fn record(shared: &Shared, method: &str, args: Value, outcome: Result<(), String>) -> HttpResponse {
    shared.with(|state| {
        let status = if outcome.is_ok() { 200 } else { 404 };
        let time = state.world.clock.micros();
        let done = outcome.is_ok();
        state.record(Call { time, method: method.to_owned(), args, status, error: outcome.err(), done });
        if done { HttpResponse::Ok().body("OK") } else { HttpResponse::NotFound().body("not found") }
    })
}

/// `POST /upload/v1/{file}`: raw bytes, or a form with one file.
pub(crate) async fn take(
    request: HttpRequest,
    id: web::Path<String>,
    body: Bytes,
    shared: web::Data<Arc<Shared>>,
) -> HttpResponse {
    let broken = shared.with(|state| state.faults.strikes("upload", |fault| matches!(fault, Fault::ServerErrorBefore)));
    if broken.is_some() {
        return HttpResponse::ServiceUnavailable().finish();
    }
    let kind = request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let bytes = match multer::parse_boundary(kind) {
        Ok(boundary) => match file_of(boundary, body).await {
            Some(bytes) => bytes,
            None => return HttpResponse::BadRequest().body("no file in the form"),
        },
        Err(_) => body,
    };
    let length = bytes.len();
    let outcome = shared.with(|state| state.world.fill_file(&id, bytes)).map_err(|refusal| refusal.error);
    if outcome.is_err() {
        return record(&shared, "upload", json!({ "file": *id, "length": length }), outcome);
    }
    record(&shared, "upload", json!({ "file": *id, "length": length }), Ok(()));
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(format!("OK - {length}"))
}

async fn file_of(boundary: String, body: Bytes) -> Option<Bytes> {
    let stream = futures_util::stream::once(async move { Ok::<_, std::io::Error>(body) });
    multer::Multipart::new(stream, boundary).next_field().await.ok()??.bytes().await.ok()
}

/// `GET /files-pri/{team}-{file}/…`: the file for the right token; for any other a page to sign in, with status 200
/// as at Slack.
pub(crate) async fn fetch(
    request: HttpRequest,
    path: web::Path<String>,
    shared: web::Data<Arc<Shared>>,
) -> HttpResponse {
    let id = path.split('/').next().and_then(|first| first.split('-').nth(1)).unwrap_or_default().to_owned();
    let token = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let right = token.and_then(|value| value.strip_prefix("Bearer ")) == Some(shared.settings.token.as_str());
    let right = right && shared.look(|state| !state.revoked && state.has_scope("files:read"));
    if !right {
        let page = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head></html>";
        return HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page);
    }
    let found = shared.look(|state| {
        let file = state.world.file(&id).ok()?;
        Some((file.mimetype.clone(), file.bytes.clone()?))
    });
    record(&shared, "file", json!({ "file": id }), found.as_ref().map(|_| ()).ok_or_else(|| "file_not_found".into()));
    match found {
        Some((kind, bytes)) => HttpResponse::Ok().content_type(kind).body(bytes),
        None => HttpResponse::NotFound().finish(),
    }
}

/// `GET /avatars/{hash}-{size}.png`: a small picture whose colour comes from its hash.
pub(crate) async fn avatar(path: web::Path<String>) -> HttpResponse {
    let hash = path.rsplit_once('-').map_or(path.as_str(), |(hash, _)| hash);
    let digest = Sha256::digest(hash);
    HttpResponse::Ok().content_type("image/png").body(picture::square([digest[0], digest[1], digest[2]]))
}

/// `POST /respond/{channel}/{user}/{ts}`: a `response_url`.
pub(crate) async fn respond(
    path: web::Path<(String, String, String)>,
    body: web::Json<Value>,
    shared: web::Data<Arc<Shared>>,
) -> HttpResponse {
    let (channel, user, ts) = path.into_inner();
    let ts = if ts == "none" { "" } else { &ts };
    match shared.with(|state| state.respond((&channel, &user, ts), &body)) {
        Ok(()) => {
            record(&shared, "response_url", body.0, Ok(()));
            HttpResponse::Ok().content_type("text/html").body("ok")
        }
        Err(refusal) => {
            record(&shared, "response_url", body.0, Err(refusal.error.clone()));
            HttpResponse::NotFound().json(refusal.body())
        }
    }
}
