//! One request to an application service: where, with which secret, and what its answer means.
//! Specified in the application-service API, «Authorisation» and «Legacy routes».
//!
//! The addresses are set by whoever runs the server, so they may be on this machine or in a private network.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use registrations::Registration;
use reqwest::{Client, Method, Response, redirect};
use serde_json::Value;

/// What stays as it is in one segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The connections to services, kept open.
#[derive(Default)]
pub(super) struct Calls {
    network: OnceLock<Client>,
    sockets: Mutex<HashMap<PathBuf, Client>>,
}

/// Why a request was not answered as hoped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The registration has no address.
    #[error("it has no address")]
    NoAddress,
    /// The address cannot be used.
    #[error("its address cannot be used: {0}")]
    BadAddress(String),
    /// No connection, or it broke.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("it did not answer in time")]
    Silent,
    /// An answer that is not a success.
    #[error("it answered with status {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        body: String,
    },
}

/// A request to a service.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// The path behind the address; segments encoded with [`segment`].
    pub(super) path: &'a str,
    pub(super) query: &'a [(String, String)],
    pub(super) body: Option<Bytes>,
    pub(super) within: Duration,
}

/// One segment of a path, encoded.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

impl Calls {
    /// Sends `call` and answers the body, if the status is one of success.
    pub(super) async fn send(&self, service: &Registration, call: Call<'_>) -> Result<String, Failure> {
        let answer = self.request(service, &call).await?;
        let status = answer.status();
        if status.is_success() {
            // The status is the acknowledgement; what stands in the body is for whoever asked for it.
            return Ok(answer.text().await.unwrap_or_default());
        }
        let body = answer.text().await.unwrap_or_default().chars().take(1000).collect();
        Err(Failure::Status { status: status.as_u16(), body })
    }

    /// Sends `call`, and if the service does not know its path, the same to the older `legacy` path.
    /// Answers the body and whether it was the older path that worked.
    pub(super) async fn send_or_legacy(
        &self,
        service: &Registration,
        call: Call<'_>,
        legacy: &str,
    ) -> Result<(String, bool), Failure> {
        let again = Call { path: legacy, body: call.body.clone(), method: call.method.clone(), ..call };
        match self.send(service, call).await {
            Err(failure) if failure.is_unknown_path() => match self.send(service, again).await {
                Ok(body) => Ok((body, true)),
                Err(_) => Err(failure),
            },
            outcome => Ok((outcome?, false)),
        }
    }

    async fn request(&self, service: &Registration, call: &Call<'_>) -> Result<Response, Failure> {
        let address = service.url.as_deref().ok_or(Failure::NoAddress)?;
        let (client, url) = self.route(address, call.path)?;
        let token = service.hs_token.reveal();
        // Services written before version 1.4 of the specification look for the secret in the query.
        let mut request = client.request(call.method.clone(), url).query(&[("access_token", token)]).bearer_auth(token);
        if !call.query.is_empty() {
            request = request.query(call.query);
        }
        if let Some(body) = &call.body {
            request = request.header("content-type", "application/json").body(body.clone());
        }
        request.timeout(call.within).send().await.map_err(failure)
    }

    /// The connections and the whole address for a path of a service.
    fn route(&self, address: &str, path: &str) -> Result<(Client, url::Url), Failure> {
        let (client, base) = match address.strip_prefix("unix:") {
            Some(socket) => {
                (self.socket(Path::new(&format!("/{}", socket.trim_start_matches('/'))))?, "http://localhost")
            }
            None => (self.network()?, address),
        };
        let url = format!("{}{path}", base.trim_end_matches('/'));
        let url = url.parse().map_err(|_| Failure::BadAddress(format!("`{address}` is not a URL")))?;
        Ok((client, url))
    }

    fn network(&self) -> Result<Client, Failure> {
        if let Some(client) = self.network.get() {
            return Ok(client.clone());
        }
        let client = builder().build().map_err(|error| Failure::BadAddress(error.to_string()))?;
        Ok(self.network.get_or_init(|| client).clone())
    }

    fn socket(&self, path: &Path) -> Result<Client, Failure> {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = sockets.get(path) {
            return Ok(client.clone());
        }
        let client = builder().unix_socket(path).build().map_err(|error| Failure::BadAddress(error.to_string()))?;
        sockets.insert(path.to_owned(), client.clone());
        Ok(client)
    }
}

/// Without redirects: a service answers itself, and a secret is not shown to whomever it points at.
fn builder() -> reqwest::ClientBuilder {
    Client::builder()
        .http1_only()
        .no_proxy()
        .no_gzip()
        .redirect(redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .pool_idle_timeout(Duration::from_secs(50))
        .tcp_nodelay(true)
}

/// The error without its URL, which carries a secret.
fn failure(error: reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::Silent;
    }
    let error = error.without_url();
    let mut source: &dyn std::error::Error = &error;
    while let Some(deeper) = source.source() {
        source = deeper;
    }
    Failure::Unreachable(source.to_string())
}

impl Failure {
    /// Whether the service does not know what was asked, as one that was written for an older specification: its web
    /// framework says so, or the service itself by `M_UNRECOGNIZED`. Any other error code is an answer.
    fn is_unknown_path(&self) -> bool {
        let Self::Status { status: 404 | 405 | 501, body } = self else { return false };
        let answer: Option<Value> = serde_json::from_str(body).ok();
        let code = answer.as_ref().and_then(|answer| answer.get("errcode")).and_then(Value::as_str);
        code.is_none_or(|code| code == "M_UNRECOGNIZED")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_service_is_told_from_one_that_says_no() {
        for (status, body, older) in [
            (404, "Cannot GET /_matrix/app/v1/users/x", true),
            (404, "", true),
            (404, "{}", true),
            (404, r#"{"errcode": "M_UNRECOGNIZED"}"#, true),
            (405, r#"{"errcode": "M_UNRECOGNIZED"}"#, true),
            (501, "", true),
            (404, r#"{"errcode": "M_NOT_FOUND"}"#, false),
            (404, r#"{"errcode": "ORG.EXAMPLE.NO_SUCH_USER"}"#, false),
            (403, "", false),
            (500, "", false),
        ] {
            let failure = Failure::Status { status, body: body.to_owned() };
            assert_eq!(failure.is_unknown_path(), older, "{status} {body}");
        }
        assert!(!Failure::Silent.is_unknown_path());
    }
}
