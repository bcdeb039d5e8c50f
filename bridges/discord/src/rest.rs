//! The one door to Discord's REST interface.
//!
//! serenity names the routes and the models; sending is ours, because the bridge must know three things serenity's client
//! hides: how long a 429 asks to wait, whether a failed request may have been carried out, and where the server is when
//! it is not `discord.com`.

mod error;
mod limits;

use std::time::Duration;

use appservice_sdk::prelude::{FetchError, MediaStream};
use futures_util::StreamExt as _;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use reqwest::multipart::Form;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serenity::http::Route;
use tokio::time::{Instant, sleep};

pub(crate) use self::error::*;
use self::limits::{Bucket, Limits};
use crate::config::Secret;

const ORIGIN: &str = "https://discord.com";
const AGENT: &str = concat!("DiscordBot (https://github.com/causeway, ", env!("CARGO_PKG_VERSION"), ")");
const TIMEOUT: Duration = Duration::from_secs(30);
/// A file may take longer; the connection must still move every so often.
const STALLED: Duration = Duration::from_secs(60);
/// How long one call waits for limits by itself before it tells the caller to come back.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to Discord as one bot. Cheap to share behind an `Arc`.
pub(crate) struct Rest {
    client: Client,
    base: String,
    authorization: Secret,
    limits: Limits,
}

/// One request: a route, a verb and what goes with it.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    route: Route<'a>,
    /// Where serenity does not know the address yet; the route is then one that is limited alike.
    path: Option<String>,
    /// What stands in the guild's audit log.
    reason: Option<String>,
    method: Method,
    query: Vec<(&'static str, String)>,
    json: Option<Value>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(method: Method, route: Route<'a>) -> Self {
        Self { route, path: None, reason: None, method, query: Vec::new(), json: None }
    }

    /// An address below `/api/v10` that serenity has no route for; `like` is one that is limited alike.
    pub(crate) fn at(method: Method, path: String, like: Route<'a>) -> Self {
        Self { path: Some(path), ..Self::new(method, like) }
    }

    pub(crate) fn get(route: Route<'a>) -> Self {
        Self::new(Method::GET, route)
    }

    pub(crate) fn post(route: Route<'a>) -> Self {
        Self::new(Method::POST, route)
    }

    pub(crate) fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Who wants it and why, for the guild's audit log; at most 512 characters.
    pub(crate) fn reason(mut self, reason: &str) -> Self {
        self.reason = Some(reason.chars().take(512).collect());
        self
    }

    /// A webhook whose token is refused is as good as deleted; the bot itself is not signed out by it.
    fn own(&self, error: RestError) -> RestError {
        match error {
            RestError::SignedOut if by_webhook(&self.route) => RestError::Refused {
                status: StatusCode::NOT_FOUND,
                code: UNKNOWN_WEBHOOK,
                message: "the webhook's token is no longer valid".to_owned(),
            },
            other => other,
        }
    }

    pub(crate) fn json(mut self, body: Value) -> Self {
        self.json = Some(body);
        self
    }
}

impl Rest {
    /// A connection to the interface at `base`, which is `https://discord.com` outside of tests.
    ///
    /// # Errors
    /// The machine has no usable TLS.
    pub(crate) fn new(base: &str, token: &Secret) -> Result<Self, RestError> {
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(STALLED)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(error::transport)?;
        let authorization = Secret::new(format!("Bot {}", token.expose()));
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), authorization, limits: Limits::default() })
    }

    /// Asks and reads the answer. Waits for limits itself, up to [`PATIENCE`]: a 429 means nothing was done.
    pub(crate) async fn call<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, RestError> {
        let body = self.patiently(call).await?;
        serde_json::from_slice(&body).map_err(|error| RestError::Unsure(format!("unreadable answer: {error}")))
    }

    /// Asks and ignores what is in the answer.
    pub(crate) async fn done(&self, call: Call<'_>) -> Result<(), RestError> {
        self.patiently(call).await.map(drop)
    }

    /// Posts a form that may hold files. Never repeated here: the files are streams that can be read once.
    pub(crate) async fn form<T: DeserializeOwned>(&self, call: Call<'_>, form: Form) -> Result<T, RestError> {
        let bucket = Limits::bucket(&call.route, &call.method);
        let request = self.build(&call).multipart(form);
        let body = self.once(&bucket, request).await.map_err(|error| call.own(error))?;
        serde_json::from_slice(&body).map_err(|error| RestError::Unsure(format!("unreadable answer: {error}")))
    }

    /// Reads a file from the address Discord gave for it. The bot's token stays here.
    pub(crate) async fn file(&self, address: &str) -> Result<MediaStream, FetchError> {
        let response = self.client.get(address).header(USER_AGENT, AGENT).send().await;
        let response = response.map_err(|error| FetchError::later(error::transport(error)))?;
        match response.status() {
            status if status.is_success() => {}
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => return Err(FetchError::Missing),
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(FetchError::later(RestError::Unsure(format!("status {}", status.as_u16()))));
            }
            status => return Err(FetchError::Refused(format!("Discord did not give the file ({})", status.as_u16()))),
        }
        let mime = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let size = response.content_length();
        let body =
            response.bytes_stream().map(|chunk| chunk.map_err(|error| FetchError::later(error::transport(error))));
        Ok(MediaStream { mime, size, ..MediaStream::new(body) })
    }

    /// How long a form on this route would have to wait now, so that a stream is not opened in vain.
    pub(crate) async fn settle(&self, call: &Call<'_>) -> Result<(), RestError> {
        let bucket = Limits::bucket(&call.route, &call.method);
        match self.limits.peek(&bucket, Instant::now()) {
            Some(after) if after > PATIENCE => Err(RestError::Limited { after }),
            Some(after) => {
                sleep(after).await;
                Ok(())
            }
            None => Ok(()),
        }
    }

    async fn patiently(&self, call: Call<'_>) -> Result<Vec<u8>, RestError> {
        let bucket = Limits::bucket(&call.route, &call.method);
        let until = Instant::now() + PATIENCE;
        loop {
            let mut request = self.build(&call).timeout(TIMEOUT);
            if let Some(json) = &call.json {
                request = request.json(json);
            }
            match self.once(&bucket, request).await.map_err(|error| call.own(error)) {
                Err(RestError::Limited { after }) if Instant::now() + after <= until => sleep(after).await,
                other => return other,
            }
        }
    }

    async fn once(&self, bucket: &Bucket, request: RequestBuilder) -> Result<Vec<u8>, RestError> {
        self.limits.take(bucket, Instant::now()).map_err(|after| RestError::Limited { after })?;
        let response = request.send().await.map_err(error::transport)?;
        let (status, headers) = (response.status(), response.headers().clone());
        self.limits.learn(bucket, &headers, Instant::now());
        let body = response.bytes().await;
        if status.is_success() {
            return body.map(|bytes| bytes.to_vec()).map_err(|error| match error::transport(error) {
                RestError::Unreached(why) => RestError::Unsure(why),
                other => other,
            });
        }
        let (error, everything) = error::sort(status, &headers, &body.unwrap_or_default());
        if let RestError::Limited { after } = error {
            tracing::debug!(wait_ms = after.as_millis(), everything, "Discord asks to wait");
            self.limits.close(bucket, after, everything, Instant::now());
        }
        Err(error)
    }

    fn build(&self, call: &Call<'_>) -> RequestBuilder {
        let address = match &call.path {
            Some(path) => format!("{}/api/v10{path}", self.base),
            None => call.route.path().replacen(ORIGIN, &self.base, 1),
        };
        let mut request =
            self.client.request(call.method.clone(), address).header(USER_AGENT, AGENT).query(&call.query);
        if let Some(reason) = &call.reason {
            request = request.header("X-Audit-Log-Reason", encoded(reason));
        }
        if !by_webhook(&call.route) {
            request = request.header(AUTHORIZATION, self.authorization.expose());
        }
        request
    }
}

/// A header's value in ASCII, as Discord wants it: whatever is no letter or digit as `%` and its byte.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b' ' | b'@' | b':' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

/// Routes that carry a webhook's own token count against the webhook, not against the bot.
fn by_webhook(route: &Route<'_>) -> bool {
    matches!(
        route,
        Route::WebhookWithToken { .. }
            | Route::WebhookMessage { .. }
            | Route::WebhookOriginalInteractionResponse { .. }
            | Route::InteractionResponse { .. }
    )
}
