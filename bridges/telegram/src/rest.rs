//! The one door to the Bot API.
//!
//! teloxide names the models; sending is ours, because the bridge must know what teloxide's client hides: whether a
//! failed request may have been carried out. The bot's token stands in every path, so no address is ever shown.

mod error;
mod limits;

use std::time::Duration;

use appservice_sdk::prelude::{FetchError, MediaStream};
use futures_util::StreamExt as _;
use reqwest::header::CONTENT_TYPE;
use reqwest::multipart::Form;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

pub(crate) use self::error::{Reason, RestError};
use self::limits::Limits;
pub use self::limits::Pace;
use crate::config::Secret;

const TIMEOUT: Duration = Duration::from_secs(30);
/// A file may take longer; the connection must still move every so often.
const STALLED: Duration = Duration::from_secs(90);

/// A connection to Telegram as one bot. Cheap to share behind an `Arc`.
pub(crate) struct Rest {
    client: Client,
    methods: Secret,
    files: Secret,
    limits: Limits,
}

#[derive(Deserialize)]
struct Answer<T> {
    result: T,
}

impl Rest {
    /// A connection to the Bot API at `base`.
    ///
    /// # Errors
    /// The machine has no usable TLS.
    pub(crate) fn new(base: &str, token: &Secret, pace: Pace) -> Result<Self, RestError> {
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(STALLED)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(error::transport)?;
        let token = token.expose();
        Ok(Self {
            client,
            methods: Secret::new(format!("{base}/bot{token}")),
            files: Secret::new(format!("{base}/file/bot{token}")),
            limits: Limits::new(pace),
        })
    }

    /// Asks and reads the answer.
    pub(crate) async fn call<T: DeserializeOwned>(&self, method: &str, body: &Value) -> Result<T, RestError> {
        self.once(self.post(method).json(body).timeout(TIMEOUT)).await
    }

    /// Asks for something that belongs to a chat: not before the chat is open again after an answer 429.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, chat: i64, method: &str, body: &Value) -> Result<T, RestError> {
        if let Some(after) = self.limits.closed(chat, Instant::now()) {
            return Err(RestError::Limited { after });
        }
        self.heed(chat, self.call(method, body).await)
    }

    /// Sends a message: takes a place in the chat's windows first.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        chat: i64,
        method: &str,
        body: &Value,
    ) -> Result<T, RestError> {
        self.settle(chat)?;
        self.heed(chat, self.call(method, body).await)
    }

    /// Sends a form that holds a file, after [`Rest::settle`]. Never repeated here: the file is a stream.
    pub(crate) async fn form<T: DeserializeOwned>(&self, chat: i64, method: &str, form: Form) -> Result<T, RestError> {
        let answer = self.once(self.post(method).multipart(form)).await;
        self.heed(chat, answer)
    }

    /// Takes a place in the chat's windows, or says how long they are closed.
    pub(crate) fn settle(&self, chat: i64) -> Result<(), RestError> {
        self.limits.take(chat, Instant::now()).map_err(|after| RestError::Limited { after })
    }

    /// Waits for updates: the answer may take as long as Telegram was asked to wait.
    pub(crate) async fn updates(&self, body: &Value, wait: Duration) -> Result<Vec<Value>, RestError> {
        self.once(self.post("getUpdates").json(body).timeout(wait + TIMEOUT)).await
    }

    /// Reads a file by the path that `getFile` gave.
    pub(crate) async fn file(&self, path: &str) -> Result<MediaStream, FetchError> {
        let response = self.client.get(format!("{}/{path}", self.files.expose())).send().await;
        let response = response.map_err(|error| FetchError::later(error::transport(error)))?;
        match response.status() {
            status if status.is_success() => {}
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => return Err(FetchError::Missing),
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(FetchError::later(RestError::Unsure(format!("status {}", status.as_u16()))));
            }
            status => return Err(FetchError::Refused(format!("Telegram did not give the file ({})", status.as_u16()))),
        }
        let mime = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let size = response.content_length();
        let body =
            response.bytes_stream().map(|chunk| chunk.map_err(|error| FetchError::later(error::transport(error))));
        // Telegram's file server calls everything a stream of octets.
        let mime = mime.filter(|mime| mime != "application/octet-stream");
        Ok(MediaStream { mime, size, ..MediaStream::new(body) })
    }

    fn post(&self, method: &str) -> RequestBuilder {
        self.client.post(format!("{}/{method}", self.methods.expose()))
    }

    fn heed<T>(&self, chat: i64, answer: Result<T, RestError>) -> Result<T, RestError> {
        if let Err(RestError::Limited { after }) = &answer {
            tracing::debug!(chat, wait_ms = after.as_millis(), "Telegram asks to wait");
            self.limits.close(chat, *after, Instant::now());
        }
        answer
    }

    async fn once<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, RestError> {
        let response = request.send().await.map_err(error::transport)?;
        let status = response.status();
        let body = response.bytes().await;
        if !status.is_success() {
            return Err(error::sort(status.as_u16(), &body.unwrap_or_default()));
        }
        let body = body.map_err(|error| match error::transport(error) {
            RestError::Unreached(why) => RestError::Unsure(why),
            other => other,
        })?;
        let answer: Result<Answer<T>, _> = serde_json::from_slice(&body);
        answer.map(|answer| answer.result).map_err(|error| RestError::Unsure(format!("unreadable answer: {error}")))
    }
}
