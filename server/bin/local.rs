//! Orders to the server that runs on this machine.

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// Posts JSON and answers JSON; a refusal is told in the server's own words.
pub(crate) async fn post(address: &str, path: &str, token: &str, body: &Value) -> anyhow::Result<Value> {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
    let asked = client.post(format!("{address}{path}")).bearer_auth(token).json(body).send();
    let answer = asked.await.with_context(|| format!("the running server does not answer at {address}"))?;
    let status = answer.status();
    let answer: Value = answer.json().await.with_context(|| format!("the running server answered {status}"))?;
    if !status.is_success() {
        bail!("{}", answer["error"].as_str().unwrap_or("the running server refused"));
    }
    Ok(answer)
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
