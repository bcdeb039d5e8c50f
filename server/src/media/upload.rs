//! Taking a file in: `POST /_matrix/media/v3/upload`, and in two steps `POST /_matrix/media/v1/create`, then
//! `PUT /_matrix/media/v3/upload/{serverName}/{mediaId}`.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use futures_util::StreamExt;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{caller::Caller, router::PathArgs},
    store::entity::media,
};

/// How long a promised upload is waited for, in milliseconds.
const PROMISE_MS: u64 = 24 * 60 * 60 * 1000;
/// Promises one user may have open.
const PROMISES: i64 = 100;

/// Takes a file and answers its address.
pub async fn post(req: HttpRequest, caller: Caller, app: App, payload: web::Payload) -> Result<HttpResponse> {
    caller.not_guest()?;
    let id = new_id();
    let row = receive(&req, &caller, &app, payload, id.clone()).await?;
    app.store.add_media(row).await?;
    Ok(HttpResponse::Ok().json(json!({"content_uri": mxc(&app, &id)})))
}

/// Promises an address for a file that follows.
pub async fn create(caller: Caller, app: App) -> Result<HttpResponse> {
    caller.not_guest()?;
    let user = app.store.atom(caller.user.as_str()).await?;
    let now = app.clock.now_ms();
    if app.store.open_promises(user, millis(now.saturating_sub(PROMISE_MS))).await? >= PROMISES {
        return Err(MatrixError::limit_exceeded(std::time::Duration::from_secs(60)));
    }
    let id = new_id();
    let row = media::Model {
        id: id.clone(),
        user,
        created: millis(now),
        hash: None,
        size: 0,
        content_type: String::new(),
        name: None,
    };
    app.store.add_media(row).await?;
    Ok(HttpResponse::Ok().json(json!({"content_uri": mxc(&app, &id), "unused_expires_at": now + PROMISE_MS})))
}

/// Keeps the promise.
pub async fn put(
    req: HttpRequest,
    caller: Caller,
    app: App,
    args: PathArgs,
    payload: web::Payload,
) -> Result<HttpResponse> {
    caller.not_guest()?;
    let user = app.store.atom(caller.user.as_str()).await?;
    let expired = app.clock.now_ms().saturating_sub(PROMISE_MS);
    let promised = if args.at(0) == app.server_name() { app.store.media(args.at(1)).await? } else { None };
    match promised {
        Some(row) if row.user != user => {
            return Err(MatrixError::forbidden("This address was promised to somebody else."));
        }
        Some(row) if row.hash.is_some() => return Err(taken()),
        Some(row) if row.created >= millis(expired) => {}
        _ => return Err(MatrixError::not_found("This address was not promised, or too long ago.")),
    }
    let row = receive(&req, &caller, &app, payload, args.at(1).to_owned()).await?;
    if app.store.keep_promise(row).await? { Ok(HttpResponse::Ok().json(json!({}))) } else { Err(taken()) }
}

fn taken() -> MatrixError {
    MatrixError::new(409, "M_CANNOT_OVERWRITE_MEDIA", "There is a file at this address already.")
}

/// Streams the body into a file named after its content, never holding more than a piece of it.
async fn receive(
    req: &HttpRequest,
    caller: &Caller,
    app: &App,
    payload: web::Payload,
    id: String,
) -> Result<media::Model> {
    let length = req.headers().get("content-length").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > app.media.max_upload) {
        return Err(too_large(app));
    }
    let (path, file) = app.media.unfinished().await.map_err(MatrixError::internal)?;
    let received = write(app, file, payload).await;
    let (hash, size) = match received {
        Ok(received) => received,
        Err(error) => {
            let _ = tokio::fs::remove_file(&path).await;
            return Err(error);
        }
    };
    app.media.finish(&path, &app.media.file(&hash)).await.map_err(MatrixError::internal)?;
    let content_type = req.content_type();
    let content_type = if content_type.is_empty() { "application/octet-stream" } else { content_type };
    let name = url::form_urlencoded::parse(req.query_string().as_bytes())
        .find(|(key, _)| key == "filename")
        .map(|(_, name)| name.into_owned());
    Ok(media::Model {
        id,
        user: app.store.atom(caller.user.as_str()).await?,
        created: millis(app.clock.now_ms()),
        hash: Some(hash),
        size: millis(size),
        content_type: content_type.to_owned(),
        name,
    })
}

async fn write(app: &App, mut file: tokio::fs::File, mut payload: web::Payload) -> Result<(String, u64)> {
    let (mut hash, mut size) = (Sha256::new(), 0_u64);
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| MatrixError::unknown(format!("The upload broke off: {error}.")))?;
        size += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if size > app.media.max_upload {
            return Err(too_large(app));
        }
        hash.update(&piece);
        file.write_all(&piece).await.map_err(MatrixError::internal)?;
    }
    file.flush().await.map_err(MatrixError::internal)?;
    Ok((hex::encode(hash.finalize()), size))
}

fn too_large(app: &App) -> MatrixError {
    MatrixError::too_large(format!("The largest upload here is {} bytes.", app.media.max_upload))
}

fn mxc(app: &App, id: &str) -> String {
    format!("mxc://{}/{id}", app.server_name())
}

/// An address nobody can guess.
fn new_id() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

fn millis(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
