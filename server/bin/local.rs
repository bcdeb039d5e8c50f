//! Orders to the server that runs on this machine.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

/// What the server answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    /// The body, unless it is a refusal, which is told in the server's own words.
    pub(crate) fn good(self) -> anyhow::Result<Value> {
        if !self.status.is_success() {
            bail!("{}", self.complaint());
        }
        Ok(self.body)
    }

    pub(crate) fn complaint(&self) -> String {
        match self.body["error"].as_str() {
            Some(error) => error.to_owned(),
            None => format!("the running server answered {}", self.status),
        }
    }
}

/// Posts JSON and answers JSON.
pub(crate) async fn post(address: &str, path: &str, token: &str, body: &Value) -> anyhow::Result<Value> {
    ask(client()?.post(format!("{address}{path}")).bearer_auth(token).json(body), address).await?.good()
}

/// The same with any method.
pub(crate) async fn order(
    method: reqwest::Method,
    address: &str,
    path: &str,
    token: &str,
    body: &Value,
) -> anyhow::Result<Value> {
    ask(client()?.request(method, format!("{address}{path}")).bearer_auth(token).json(body), address).await?.good()
}

/// Gets JSON, refusals too.
pub(crate) async fn get(address: &str, path: &str, token: &str) -> anyhow::Result<Answer> {
    ask(client()?.get(format!("{address}{path}")).bearer_auth(token), address).await
}

async fn ask(request: RequestBuilder, address: &str) -> anyhow::Result<Answer> {
    let answer = request.send().await.with_context(|| format!("the running server does not answer at {address}"))?;
    let status = answer.status();
    Ok(Answer { status, body: answer.json().await.with_context(|| format!("the running server answered {status}"))? })
}

fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()
}

/// A name as one segment of a path.
pub(crate) fn segment(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
