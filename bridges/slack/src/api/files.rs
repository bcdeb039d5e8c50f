//! Bytes of files, which do not go through the Web API: read with the bot's token, but only from Slack's own hosts, and
//! written to the address that Slack names for each upload.

use std::time::Duration;

use appservice_sdk::prelude::*;
use futures_util::StreamExt as _;
use reqwest::{StatusCode, Url};

use super::{Api, ApiError, plain};

/// How long an upload may take.
const UPLOAD: Duration = Duration::from_mins(10);

impl Api {
    /// The address, if it is one of Slack's own: there, and nowhere else, the bot's token may be shown.
    pub(super) fn own(&self, address: &str) -> Option<Url> {
        let url = Url::parse(address).ok()?;
        let base = Url::parse(&self.base).ok()?;
        let same = url.scheme() == base.scheme()
            && url.host_str() == base.host_str()
            && url.port_or_known_default() == base.port_or_known_default();
        let slack = |host: &str| host == "slack.com" || host.ends_with(".slack.com");
        let of_slack = url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(slack);
        (same || of_slack && base.host_str().is_some_and(slack)).then_some(url)
    }

    /// Reads a file (`url_private`).
    ///
    /// # Errors
    /// As the error says.
    pub(crate) async fn download(&self, address: &str) -> Result<MediaStream, FetchError> {
        let Some(url) = self.own(address) else {
            return Err(FetchError::Refused("the file does not lie on Slack".to_owned()));
        };
        let asked = self.web.get(url).bearer_auth(&self.token.token_value.0).send().await;
        let answer = asked.map_err(|error| FetchError::later(plain(&error)))?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(FetchError::Missing),
            StatusCode::TOO_MANY_REQUESTS => return Err(later(super::error::limited(&answer))),
            status if status.is_server_error() => return Err(FetchError::later(format!("status {status}"))),
            // Without the right to read files Slack leads to its page for signing in.
            _ => return Err(FetchError::Refused("Slack does not show the file to the bot (files:read)".to_owned())),
        }
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (mime, size) = (header("content-type"), answer.content_length());
        let body = answer.bytes_stream().map(|chunk| chunk.map_err(|error| FetchError::later(plain(&error))));
        Ok(MediaStream { mime, size, ..MediaStream::new(body) })
    }

    /// Writes a file to the address Slack named for it.
    ///
    /// # Errors
    /// It did not arrive whole: nothing was posted.
    pub(crate) async fn upload(&self, address: &str, size: u64, body: reqwest::Body) -> Result<(), ApiError> {
        let url = self.own(address).ok_or_else(|| ApiError::said("upload_url_is_not_of_slack"))?;
        let asked = self.web.post(url).header("content-length", size).body(body).timeout(UPLOAD);
        let answer = asked.send().await.map_err(|error| ApiError::Unreached(plain(&error)))?;
        match super::error::limited(&answer) {
            Some(limited) => Err(limited),
            None if answer.status().is_success() => Ok(()),
            None => Err(ApiError::Unreached(format!("status {}", answer.status().as_u16()))),
        }
    }
}

fn later(limited: Option<ApiError>) -> FetchError {
    match limited {
        Some(ApiError::Limited { after }) => FetchError::Later { after: Some(after), why: "too many requests".into() },
        _ => FetchError::later("too many requests"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_token_is_shown_to_slack_alone() {
        let open = |api: &str| {
            let config = Config { api_url: api.to_owned(), ..Config::default() };
            Api::new(&config).unwrap()
        };
        let slack = open("https://slack.com/api");
        for good in
            ["https://files.slack.com/files-pri/T1-F1/a.png", "https://slack.com/x", "https://hooks.slack.com/1"]
        {
            assert!(slack.own(good).is_some(), "{good}");
        }
        for bad in [
            "http://files.slack.com/a",
            "https://files.slack.com.evil.example/a",
            "https://evilslack.com/a",
            "https://files.slack.com:8443/a",
            "https://127.0.0.1/a",
            "file:///etc/passwd",
            "nonsense",
        ] {
            assert!(slack.own(bad).is_none(), "{bad}");
        }
        let other = open("http://127.0.0.1:9000/api");
        assert!(other.own("http://127.0.0.1:9000/files/a").is_some());
        assert!(
            other.own("http://127.0.0.1:9001/files/a").is_none() && other.own("https://files.slack.com/a").is_none()
        );
    }
}
