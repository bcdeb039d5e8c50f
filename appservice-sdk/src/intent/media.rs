//! Files on the homeserver: up and down, in streams.

use std::{path::Path, time::Duration};

use futures_util::StreamExt;
use reqwest::{Body, Method, StatusCode, header};
use serde_json::Value;
use tokio_util::io::ReaderStream;

use super::{
    Homeserver, Intent, MatrixError,
    client::{Call, Settled, encode, pause, settle},
};
use crate::network::{FetchError, MediaStream};

impl Intent<'_> {
    /// `POST /_matrix/media/v3/upload`: answers the `mxc://…` address. The file is read anew for each try.
    ///
    /// # Errors
    /// A lasting refusal; the file cannot be read.
    pub async fn upload(&self, file: &Path, size: u64, mime: &str, name: Option<&str>) -> Result<String, MatrixError> {
        let mut call = Call::new(Method::POST, "/_matrix/media/v3/upload".to_owned());
        call.query.extend(name.map(|name| ("filename", name.to_owned())));
        let mut tries = 0;
        loop {
            let opened = tokio::fs::File::open(file).await.map_err(|why| MatrixError::local(why.to_string()))?;
            let request = self
                .homeserver
                .request(self.user, &call)
                .header(header::CONTENT_TYPE, mime)
                .header(header::CONTENT_LENGTH, size)
                .body(Body::wrap_stream(ReaderStream::with_capacity(opened, 64 * 1024)));
            match settle(request.send().await).await {
                Settled::Answer(body) => {
                    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
                    let mxc = answer.get("content_uri").and_then(Value::as_str).map(str::to_owned);
                    return mxc.ok_or_else(|| MatrixError::local("the homeserver answered without an address"));
                }
                Settled::Refused(error) => return Err(error),
                Settled::Wait(after, why) => pause(after, why, &mut tries, &call.path).await,
            }
        }
    }
}

impl Homeserver {
    /// Reads a file: `GET /_matrix/client/v1/media/download/{serverName}/{mediaId}`, or the older path where the
    /// homeserver does not know that one.
    ///
    /// # Errors
    /// `Missing`, `Refused`, or `Later`; it is tried once.
    pub async fn download(&self, mxc: &str) -> Result<MediaStream, FetchError> {
        let (server, id) = mxc
            .strip_prefix("mxc://")
            .and_then(|rest| rest.split_once('/'))
            .ok_or_else(|| FetchError::Refused("the file has no valid address".to_owned()))?;
        let tail = format!("download/{}/{}", encode(server), encode(id));
        let call = Call::new(Method::GET, format!("/_matrix/client/v1/media/{tail}"));
        match open(self.request(None, &call)).await {
            Err(FetchError::Missing) => {
                open(self.request(None, &Call::new(Method::GET, format!("/_matrix/media/v3/{tail}")))).await
            }
            answer => answer,
        }
    }
}

async fn open(request: reqwest::RequestBuilder) -> Result<MediaStream, FetchError> {
    let later = |error: reqwest::Error| FetchError::later(error.without_url());
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) if error.is_builder() => {
            return Err(FetchError::Refused("the file has no valid address".to_owned()));
        }
        Err(error) => return Err(later(error)),
    };
    match response.status() {
        status if status.is_success() => {}
        StatusCode::NOT_FOUND | StatusCode::GONE => return Err(FetchError::Missing),
        status @ (StatusCode::TOO_MANY_REQUESTS | StatusCode::GATEWAY_TIMEOUT) => {
            let why = format!("HTTP {}", status.as_u16()).into();
            return Err(FetchError::Later { after: Some(Duration::from_secs(5)), why });
        }
        status if status.is_server_error() => return Err(FetchError::later(format!("HTTP {}", status.as_u16()))),
        status => return Err(FetchError::Refused(format!("the file was refused (HTTP {})", status.as_u16()))),
    }
    let mime = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let size = response.content_length();
    let body = response.bytes_stream().map(|chunk| chunk.map_err(|error| FetchError::later(error.without_url())));
    Ok(MediaStream { mime, size, body: Box::pin(body) })
}
