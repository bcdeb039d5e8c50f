//! Giving a file out: `GET /_matrix/client/v1/media/download/{serverName}/{mediaId}[/{fileName}]` and
//! `GET /_matrix/client/v1/media/thumbnail/{serverName}/{mediaId}`. The older paths without authentication serve nothing
//! that was uploaded here: all of it is newer than their end.

use std::{path::PathBuf, time::Duration};

use actix_web::{HttpRequest, HttpResponse, body::SizedStream, http::header};
use futures_util::TryStreamExt;
use serde_json::json;
use tokio_util::io::ReaderStream;

use super::picture::{self, Size};
use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{caller::Caller, caller::query, router::PathArgs},
    store::entity::media,
};

/// What a browser may do with a file from here: show it, and nothing else.
const SANDBOX: &str = "sandbox; default-src 'none'; script-src 'none'; plugin-types application/pdf; \
                       style-src 'unsafe-inline'; media-src 'self'; object-src 'self';";

/// Types a browser may show in place (client-server API, «Serving inline content»).
const INLINE: [&str; 26] = [
    "text/css",
    "text/plain",
    "text/csv",
    "application/json",
    "application/ld+json",
    "image/jpeg",
    "image/gif",
    "image/png",
    "image/apng",
    "image/webp",
    "image/avif",
    "video/mp4",
    "video/webm",
    "video/ogg",
    "video/quicktime",
    "audio/mp4",
    "audio/webm",
    "audio/aac",
    "audio/mpeg",
    "audio/ogg",
    "audio/wave",
    "audio/wav",
    "audio/x-wav",
    "audio/x-pn-wav",
    "audio/flac",
    "audio/x-flac",
];

/// How large an upload may be.
pub async fn config(_: Caller, app: App) -> HttpResponse {
    HttpResponse::Ok().json(json!({"m.upload.size": app.media.max_upload}))
}

/// A file.
pub async fn download(req: HttpRequest, _: Caller, app: App, args: PathArgs) -> Result<HttpResponse> {
    let row = find(&req, &app, &args).await?;
    let name = Some(args.at(2)).filter(|name| !name.is_empty()).map(str::to_owned).or(row.name.clone());
    let path = app.media.file(row.hash.as_deref().unwrap_or_default());
    stream(path, &row.content_type, name).await
}

/// A smaller picture of a file, or the file itself where it is small enough.
pub async fn thumbnail(req: HttpRequest, _: Caller, app: App, args: PathArgs) -> Result<HttpResponse> {
    let number = |name: &str| query(&req, name).and_then(|value| value.parse::<u32>().ok());
    let (Some(width), Some(height)) = (number("width"), number("height")) else {
        return Err(MatrixError::missing_param("`width` and `height` say how large the picture should be."));
    };
    let wanted = Size::wanted(width, height, query(&req, "method").as_deref() == Some("crop"));
    let row = find(&req, &app, &args).await?;
    let hash = row.hash.clone().unwrap_or_default();
    let place = app.media.smaller_file(&hash, wanted);
    if !tokio::fs::try_exists(&place).await.unwrap_or(false) && !make(&app, &row, &hash, wanted).await? {
        return stream(app.media.file(&hash), &row.content_type, row.name).await;
    }
    stream(place, "image/png", None).await
}

/// Makes the smaller picture; false if the original is small enough already.
async fn make(app: &App, row: &media::Model, hash: &str, wanted: Size) -> Result<bool> {
    let cannot = || MatrixError::new(400, "M_UNKNOWN", "No smaller picture can be made of this file.");
    if !picture::KINDS.contains(&row.content_type.as_str()) {
        return Err(cannot());
    }
    let _turn = app.media.smaller.acquire().await.map_err(MatrixError::internal)?;
    let original = app.media.file(hash);
    let made = tokio::task::spawn_blocking(move || picture::smaller(&original, wanted)).await;
    let Some(bytes) = made.map_err(MatrixError::internal)?.map_err(|why| {
        tracing::debug!(%why, "no thumbnail");
        cannot()
    })?
    else {
        return Ok(false);
    };
    let (unfinished, file) = app.media.unfinished().await.map_err(MatrixError::internal)?;
    drop(file);
    tokio::fs::write(&unfinished, bytes).await.map_err(MatrixError::internal)?;
    app.media.finish(&unfinished, &app.media.smaller_file(hash, wanted)).await.map_err(MatrixError::internal)?;
    Ok(true)
}

/// The row of a complete file; waits a little for one that is still being uploaded.
async fn find(req: &HttpRequest, app: &App, args: &PathArgs) -> Result<media::Model> {
    let absent = || MatrixError::not_found("There is no such file.");
    if args.at(0) != app.server_name() {
        return Err(absent());
    }
    let timeout = query(req, "timeout_ms").and_then(|value| value.parse().ok()).unwrap_or(20_000_u64).min(60_000);
    let mut waited = 0;
    loop {
        let row = app.store.media(args.at(1)).await?.ok_or_else(absent)?;
        if row.hash.is_some() {
            return Ok(row);
        }
        if waited >= timeout {
            return Err(MatrixError::new(504, "M_NOT_YET_UPLOADED", "This file is still on its way."));
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
        waited += 250;
    }
}

async fn stream(path: PathBuf, content_type: &str, name: Option<String>) -> Result<HttpResponse> {
    let file =
        tokio::fs::File::open(&path).await.map_err(|error| MatrixError::internal(format_args!("{path:?}: {error}")))?;
    let size = file.metadata().await.map_err(MatrixError::internal)?.len();
    let plain_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let how = if INLINE.contains(&plain_type.as_str()) { "inline" } else { "attachment" };
    let bytes = ReaderStream::with_capacity(file, 64 * 1024).map_err(actix_web::Error::from);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CONTENT_DISPOSITION, disposition(how, name.as_deref())))
        .insert_header((header::CONTENT_SECURITY_POLICY, SANDBOX))
        .insert_header(("Cross-Origin-Resource-Policy", "cross-origin"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "private, max-age=31536000, immutable"))
        .body(SizedStream::new(size, bytes)))
}

/// `Content-Disposition`, with a name beyond ASCII written as RFC 6266 has it. Pure.
fn disposition(how: &str, name: Option<&str>) -> String {
    let Some(name) = name else { return how.to_owned() };
    if name.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte)) {
        return format!("{how}; filename=\"{name}\"");
    }
    let encoded = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    format!("{how}; filename*=utf-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_never_breaks_its_header() {
        for (name, expected) in [
            (None, "inline"),
            (Some("a.png"), "inline; filename=\"a.png\""),
            (Some("a\"b\r\nX: 1"), "inline; filename*=utf-8''a%22b%0D%0AX%3A%201"),
            (Some("ä.png"), "inline; filename*=utf-8''%C3%A4%2Epng"),
        ] {
            assert_eq!(disposition("inline", name), expected);
        }
    }
}
