//! The HTTP client for one homeserver: one policy for time-outs, retries and rate limits.

use std::{sync::Arc, time::Duration};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use registrations::Token;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;

use super::{MatrixError, delay};

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Percent-encodes one path segment or query value.
pub(crate) fn encode(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
}

/// One homeserver, as this application service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Homeserver(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    base: String,
    as_token: Token,
    bot_id: String,
    server_name: String,
}

/// A call, so far.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    /// Below the base, encoded: `/_matrix/client/v3/…`.
    pub(crate) path: String,
    /// Names and raw values.
    pub(crate) query: Vec<(&'a str, String)>,
    pub(crate) body: Option<Value>,
}

impl Call<'_> {
    pub(crate) fn new(method: Method, path: String) -> Self {
        Self { method, path, query: Vec::new(), body: None }
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

impl Homeserver {
    /// The homeserver at `base`, where the service's own user is `@{localpart}:{server_name}`.
    ///
    /// # Errors
    /// The TLS library cannot start.
    pub fn new(base: &str, as_token: Token, localpart: &str, server_name: &str) -> Result<Self, MatrixError> {
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(60))
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("causeway-appservice-sdk/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|why| MatrixError::local(why.to_string()))?;
        let bot_id = format!("@{localpart}:{server_name}");
        let base = base.trim_end_matches('/').to_owned();
        Ok(Self(Arc::new(Inner { client, base, as_token, bot_id, server_name: server_name.to_owned() })))
    }

    /// The service's own user.
    #[must_use]
    pub fn bot_id(&self) -> &str {
        &self.0.bot_id
    }

    /// The homeserver's name: the part of its users' ids after the colon.
    #[must_use]
    pub fn server_name(&self) -> &str {
        &self.0.server_name
    }

    /// Calls as `user` until there is a lasting answer.
    pub(crate) async fn call(&self, user: Option<&str>, call: Call<'_>) -> Result<Value, MatrixError> {
        let mut tries = 0;
        loop {
            let request = self.request(user, &call);
            let request = match &call.body {
                Some(body) => request.json(body),
                None => request,
            };
            match settle(request.send().await).await {
                Settled::Answer(body) => return Ok(serde_json::from_slice(&body).unwrap_or_default()),
                Settled::Refused(error) => return Err(error),
                Settled::Wait(after, why) => pause(after, why, &mut tries, &call.path).await,
            }
        }
    }

    /// Calls once; for what may be lost (typing) or is tried again by the caller.
    pub(crate) async fn call_once(&self, user: Option<&str>, call: Call<'_>) -> Result<Value, MatrixError> {
        let request = self.request(user, &call);
        let request = match &call.body {
            Some(body) => request.json(body),
            None => request,
        };
        match settle(request.timeout(Duration::from_secs(20)).send().await).await {
            Settled::Answer(body) => Ok(serde_json::from_slice(&body).unwrap_or_default()),
            Settled::Refused(error) => Err(error),
            Settled::Wait(_, why) => Err(MatrixError::local(why)),
        }
    }

    /// A request with the token and, for a ghost, its name.
    pub(crate) fn request(&self, user: Option<&str>, call: &Call<'_>) -> reqwest::RequestBuilder {
        let mut url = format!("{}{}", self.0.base, call.path);
        let user = user.map(|user| ("user_id", user.to_owned()));
        for (at, (name, value)) in call.query.iter().chain(user.iter()).enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            url.push_str(name);
            url.push('=');
            url.push_str(&encode(value));
        }
        self.0.client.request(call.method.clone(), url).bearer_auth(self.0.as_token.reveal())
    }
}

/// What an HTTP exchange means.
pub(crate) enum Settled {
    Answer(bytes::Bytes),
    Refused(MatrixError),
    /// Not now; after this time if told.
    Wait(Option<Duration>, String),
}

/// Waits before the next try, and says so now and then.
pub(crate) async fn pause(after: Option<Duration>, why: String, tries: &mut u32, path: &str) {
    let wait = after.unwrap_or_else(|| delay(*tries, rand::random()));
    *tries = tries.saturating_add(1);
    if tries.is_power_of_two() {
        tracing::warn!(path, tries = *tries, why, "The homeserver did not take a request; it is tried again.");
    }
    tokio::time::sleep(wait).await;
}

/// Reads the answer and decides what it means.
pub(crate) async fn settle(answer: reqwest::Result<Response>) -> Settled {
    let response = match answer {
        Ok(response) => response,
        Err(error) if error.is_builder() => return Settled::Refused(MatrixError::local(error.to_string())),
        Err(error) => return Settled::Wait(None, error.without_url().to_string()),
    };
    let status = response.status();
    let retry_header = retry_after(&response);
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) => return Settled::Wait(None, error.without_url().to_string()),
    };
    if status.is_success() {
        return Settled::Answer(body);
    }
    let error = MatrixError::from_body(status.as_u16(), &body);
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            let told: Option<u64> =
                serde_json::from_slice::<Value>(&body).ok().and_then(|body| body.get("retry_after_ms")?.as_u64());
            Settled::Wait(retry_header.or(told.map(Duration::from_millis)), error.to_string())
        }
        StatusCode::UNAUTHORIZED | StatusCode::REQUEST_TIMEOUT => Settled::Wait(retry_header, error.to_string()),
        _ if status.is_server_error() => Settled::Wait(retry_header, error.to_string()),
        _ => Settled::Refused(error),
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds: f64 = response.headers().get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds.max(0.0)).ok()
}
