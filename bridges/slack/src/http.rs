//! Events over HTTP, the other choice: requests that Slack signed, stored before they are answered.
//!
//! <https://docs.slack.dev/apis/events-api/using-http-request-urls>,
//! <https://docs.slack.dev/authentication/verifying-requests-from-slack>

use appservice_sdk::prelude::*;
use serde_json::{Map, Value, json};
use slack_morphism::SlackSigningSecret;
use slack_morphism::signature_verifier::SlackEventSignatureVerifier;

use crate::config::Secret;
use crate::inlet::{Entry, Inlet, NotNow};

/// Below this everything is Slack's.
pub(crate) const PATHS: &str = "/slack/";

/// What a request asks for.
#[derive(Debug, PartialEq)]
enum Asked {
    Keep(Entry),
    /// Slack checks that the address is ours.
    Prove(String),
    Unknown,
    Unreadable,
}

/// Answers a request below [`PATHS`].
pub(crate) async fn answer(request: &HttpRequest, secret: &Secret, inlet: &Inlet, remote: &Remote) -> HttpResponse {
    if request.method != "POST" {
        return HttpResponse::not_found();
    }
    let Ok(body) = std::str::from_utf8(&request.body) else { return HttpResponse::text(400, "The body is no text.") };
    if !is_signed(request, body, secret) {
        return HttpResponse::text(401, "The signature is missing or wrong.");
    }
    match read(&request.path, body) {
        Asked::Unknown => HttpResponse::not_found(),
        Asked::Unreadable => HttpResponse::text(400, "This is not what Slack sends there."),
        Asked::Prove(challenge) => HttpResponse::json(200, &json!({ "challenge": challenge })),
        Asked::Keep(entry) => match inlet.put(remote, entry).await {
            Ok(()) => HttpResponse::status(200),
            Err(why @ (NotNow::Full | NotNow::Store(_))) => {
                tracing::error!(%why, "a request of Slack could not be stored; Slack repeats it");
                HttpResponse::text(503, "Not now; try again.")
            }
        },
    }
}

/// Signed by Slack within the last five minutes; compared in constant time.
fn is_signed(request: &HttpRequest, body: &str, secret: &Secret) -> bool {
    let signature = request.header(SlackEventSignatureVerifier::SLACK_SIGNED_HASH_HEADER);
    let time = request.header(SlackEventSignatureVerifier::SLACK_SIGNED_TIMESTAMP);
    let (Some(signature), Some(time)) = (signature, time) else { return false };
    let verifier = SlackEventSignatureVerifier::new(&SlackSigningSecret(secret.expose().to_owned()));
    verifier.verify(signature, body, time).is_ok()
}

fn read(path: &str, body: &str) -> Asked {
    match path.strip_prefix(PATHS).map(|path| path.trim_end_matches('/')) {
        Some("events") => event(body),
        Some("commands") => Asked::Keep(Entry::Command(Value::Object(form(body)))),
        Some("interactive") => {
            let payload = form(body).remove("payload").and_then(|payload| serde_json::from_str(payload.as_str()?).ok());
            payload.map_or(Asked::Unreadable, |payload| Asked::Keep(Entry::Click(payload)))
        }
        _ => Asked::Unknown,
    }
}

fn event(body: &str) -> Asked {
    let Ok(event) = serde_json::from_str::<Value>(body) else { return Asked::Unreadable };
    match event["type"].as_str() {
        Some("url_verification") => {
            event["challenge"].as_str().map_or(Asked::Unreadable, |challenge| Asked::Prove(challenge.to_owned()))
        }
        Some("event_callback") => Asked::Keep(Entry::Event(event)),
        // Events were left out: history has them.
        Some("app_rate_limited") => Asked::Keep(Entry::Hello),
        _ => Asked::Unreadable,
    }
}

fn form(body: &str) -> Map<String, Value> {
    url::form_urlencoded::parse(body.as_bytes())
        .map(|(key, value)| (key.into_owned(), value.into_owned().into()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_slack_sends_is_read() {
        let cases = [
            ("/slack/events", r#"{"type":"url_verification","challenge":"abc"}"#, Asked::Prove("abc".into())),
            (
                "/slack/events",
                r#"{"type":"event_callback","event_id":"Ev1"}"#,
                Asked::Keep(Entry::Event(json!({"type": "event_callback", "event_id": "Ev1"}))),
            ),
            ("/slack/events", r#"{"type":"app_rate_limited"}"#, Asked::Keep(Entry::Hello)),
            ("/slack/events", "{", Asked::Unreadable),
            ("/slack/events", "{}", Asked::Unreadable),
            (
                "/slack/commands",
                "command=%2Fmatrix&text=link+A",
                Asked::Keep(Entry::Command(json!({"command": "/matrix", "text": "link A"}))),
            ),
            (
                "/slack/interactive",
                "payload=%7B%22type%22%3A%22block_actions%22%7D",
                Asked::Keep(Entry::Click(json!({"type": "block_actions"}))),
            ),
            ("/slack/interactive", "payload=x", Asked::Unreadable),
            ("/slack/other", "", Asked::Unknown),
        ];
        for (path, body, wanted) in cases {
            assert_eq!(read(path, body), wanted, "{path} {body}");
        }
    }

    #[test]
    fn an_unsigned_request_is_refused() {
        let request = |headers: &[(&str, &str)]| HttpRequest {
            method: "POST".into(),
            path: "/slack/events".into(),
            query: String::new(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Bytes::new(),
            peer: None,
            trusted: false,
        };
        let secret = Secret::new("s");
        assert!(!is_signed(&request(&[]), "", &secret));
        let now = (Timestamp::now().0 / 1000).to_string();
        let forged = [("x-slack-signature", "v0=00"), ("x-slack-request-timestamp", now.as_str())];
        assert!(!is_signed(&request(&forged), "", &secret));
    }
}
