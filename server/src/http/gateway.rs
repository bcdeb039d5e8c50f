//! One public port: requests for a bundled bridge are handed on to its own listener on loopback.
//!
//! The addresses that senders of webhooks know ([`HOOKS`]) are the webhook bridge's, as they are; `/_bridge/NETWORK/…` is the rest of any bridge's surface, as if it
//! were asked directly. Bodies stream both ways. The homeserver's own calls to a bridge never come through here, so
//! `/_matrix/` below a bridge is not reachable from outside.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    dev::Payload,
    http::header::HeaderMap,
    web::{self, Bytes},
};
use futures_util::{StreamExt, TryStreamExt};
use tokio::sync::mpsc;

use super::caller::peer;
use crate::{app::App, error::MatrixError, services::Services};

/// A bridge that was just killed is back within this time; who asks meanwhile waits.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a bridge may think before it begins to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// Headers that are between two neighbours and not handed on: RFC 9110, 7.6.1. The length is told anew.
const HOP: [&str; 11] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "expect",
];

/// The addresses of services whose senders the webhook bridge takes in. None of them is below `/_matrix`.
pub const HOOKS: [&str; 18] = [
    "/hooks/{*rest}",
    "/hook",
    "/hook/{*rest}",
    "/services/{*rest}",
    "/workflows/{*rest}",
    "/triggers/{*rest}",
    "/api/{*rest}",
    "/bot{token}/{method}",
    "/message",
    "/notify",
    "/notify/{*rest}",
    "/ntfy",
    "/ntfy/",
    "/ntfy/{*rest}",
    "/ping/{*rest}",
    "/webhook/{*rest}",
    "/upload/{*rest}",
    "/reply/{*rest}",
];

/// Hands requests on to bridges. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    services: Services,
    client: reqwest::Client,
    max_body: u64,
}

/// One of [`HOOKS`].
pub async fn hook(app: App, request: HttpRequest, body: web::Payload) -> HttpResponse {
    app.gateway.hook(request, body.into_inner()).await
}

/// `/_bridge/NETWORK/…`
pub async fn bridge(app: App, request: HttpRequest, body: web::Payload) -> HttpResponse {
    app.gateway.bridge(request, body.into_inner()).await
}

impl Gateway {
    /// A gateway to these services that takes bodies up to `max_body` bytes.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(services: Services, max_body: u64) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(2))
            .no_gzip()
            .build()?;
        Ok(Self { services, client, max_body })
    }

    /// Hands a request of a sender of webhooks on to their bridge. A bridge that is down is told in a word that no
    /// dialect takes for success, with a status that senders try again after.
    pub async fn hook(&self, request: HttpRequest, body: Payload) -> HttpResponse {
        let path = request.uri().path().to_owned();
        let answer = self.forward("webhooks", &path, request, body).await;
        answer.unwrap_or_else(|error| match error.status_code().is_server_error() {
            true => HttpResponse::ServiceUnavailable()
                .insert_header(("retry-after", "5"))
                .content_type("text/plain; charset=utf-8")
                .body("unavailable"),
            false => error.error_response(),
        })
    }

    /// Hands a request below `/_bridge/NETWORK/` on to that bridge.
    pub async fn bridge(&self, request: HttpRequest, body: Payload) -> HttpResponse {
        let found = split(request.uri().path()).map(|(network, rest)| (network.to_owned(), rest.to_owned()));
        let Some((network, path)) = found else { return MatrixError::unrecognized().error_response() };
        self.forward(&network, &path, request, body).await.unwrap_or_else(|error| error.error_response())
    }

    async fn forward(
        &self,
        network: &str,
        path: &str,
        request: HttpRequest,
        body: Payload,
    ) -> Result<HttpResponse, MatrixError> {
        let address = self.address(network).await?;
        let length = content_length(request.headers());
        if length.is_some_and(|length| length > self.max_body) {
            return Err(too_large());
        }
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes()).unwrap_or_default();
        let overflow = Arc::new(AtomicBool::new(false));
        let asked = self
            .client
            .request(method, format!("{address}{path}{query}"))
            .headers(handed_on(&request))
            .body(self.stream(body, overflow.clone()))
            .send();
        match tokio::time::timeout(ANSWER_WITHIN, asked).await {
            Ok(Ok(answer)) => Ok(answered(answer)),
            Ok(Err(_)) if overflow.load(Ordering::Relaxed) => Err(too_large()),
            Ok(Err(error)) => {
                // The address of a webhook is its secret.
                tracing::warn!(network, "bridge not reachable: {}", error.without_url());
                Err(MatrixError::new(502, "M_UNKNOWN", format!("The {network} bridge does not answer right now.")))
            }
            Err(_) => Err(MatrixError::new(504, "M_UNKNOWN", format!("The {network} bridge took too long to answer."))),
        }
    }

    /// Where the bridge listens. Waits a moment for one that is being restarted.
    async fn address(&self, network: &str) -> Result<String, MatrixError> {
        let mut changes = self.services.changes();
        let unknown = changes.borrow().by_id(network).is_none_or(|service| !self.services.is_supervised(&service.id));
        if unknown {
            return Err(MatrixError::unrecognized());
        }
        let is_up =
            |roster: &Arc<registrations::Roster>| roster.by_id(network).is_some_and(|service| service.url.is_some());
        let roster = tokio::time::timeout(PATIENCE, changes.wait_for(is_up)).await;
        let address = roster.ok().and_then(Result::ok).and_then(|roster| roster.by_id(network)?.url.clone());
        address.ok_or_else(|| {
            MatrixError::new(502, "M_UNKNOWN", format!("The {network} bridge is not running; try again later."))
        })
    }

    /// The body as a stream that may leave this thread, ended with an error beyond the limit.
    fn stream(&self, mut body: Payload, overflow: Arc<AtomicBool>) -> reqwest::Body {
        let (sender, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(4);
        let mut left = self.max_body;
        actix_web::rt::spawn(async move {
            while let Some(chunk) = body.next().await {
                let chunk = chunk.map_err(std::io::Error::other).and_then(|chunk| {
                    let size = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                    left = left.checked_sub(size).ok_or_else(|| {
                        overflow.store(true, Ordering::Relaxed);
                        std::io::Error::from(std::io::ErrorKind::FileTooLarge)
                    })?;
                    Ok(chunk)
                });
                let failed = chunk.is_err();
                if sender.send(chunk).await.is_err() || failed {
                    return;
                }
            }
        });
        reqwest::Body::wrap_stream(futures_util::stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|chunk| (chunk, receiver))
        }))
    }
}

/// `/_bridge/NETWORK/REST` as `NETWORK` and `/REST`. The homeserver's private API of a bridge is not among it.
fn split(path: &str) -> Option<(&str, &str)> {
    let below = path.strip_prefix("/_bridge/")?;
    let (network, rest) = below.split_at(below.find('/')?);
    let private = percent_encoding::percent_decode_str(rest).decode_utf8_lossy().contains("/_matrix");
    (!network.is_empty() && !private && !rest.contains("/../")).then_some((network, rest))
}

fn handed_on(request: &HttpRequest) -> reqwest::header::HeaderMap {
    let mut headers = reqwest::header::HeaderMap::new();
    let mut add = |name: &str, value: &[u8]| {
        let name = reqwest::header::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, reqwest::header::HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    };
    for (name, value) in request.headers() {
        if !HOP.contains(&name.as_str()) && !name.as_str().starts_with("x-forwarded-") {
            add(name.as_str(), value.as_bytes());
        }
    }
    let connection = request.connection_info();
    add("x-forwarded-host", connection.host().as_bytes());
    add("x-forwarded-proto", connection.scheme().as_bytes());
    if let Some(address) = peer(request) {
        add("x-forwarded-for", address.to_string().as_bytes());
    }
    headers
}

fn answered(answer: reqwest::Response) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(answer.status().as_u16());
    let mut response = HttpResponse::build(status.unwrap_or(actix_web::http::StatusCode::BAD_GATEWAY));
    let length = answer.content_length();
    for (name, value) in answer.headers() {
        if !HOP.contains(&name.as_str()) && name != "content-length" {
            response.append_header((name.as_str(), value.as_bytes()));
        }
    }
    let body = answer.bytes_stream().map_err(std::io::Error::other);
    match length {
        Some(length) => response.no_chunking(length).streaming(body),
        None => response.streaming(body),
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get("content-length")?.to_str().ok()?.parse().ok()
}

fn too_large() -> MatrixError {
    MatrixError::too_large("The body of this request is too large.")
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
