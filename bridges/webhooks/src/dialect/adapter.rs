//! Monitors and forges, whose JSON tells what happened: known by the name in the address, by their headers, or by shape.

pub mod alertmanager;
pub mod github;
pub mod gitlab;
pub mod kuma;

use appservice_sdk::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{Dialect, Refusal, apprise, discord, mattermost, rocketchat, slack};
use crate::{body::Body, post::Post};

/// Who sent a request, by its headers and then by its shape.
#[must_use]
pub fn recognise(request: &HttpRequest, payload: &Map<String, Value>) -> Option<Dialect> {
    let has = |name: &str| request.header(name).is_some();
    let is = |key: &str| payload.contains_key(key);
    if has("x-gitea-event") || has("x-forgejo-event") || has("x-gogs-event") {
        Some(Dialect::Gitea)
    } else if has("x-github-event") {
        Some(Dialect::GitHub)
    } else if has("x-gitlab-event") {
        Some(Dialect::GitLab)
    } else if is("alerts") && is("groupKey") && (is("orgId") || is("state")) {
        Some(Dialect::Grafana)
    } else if is("alerts") && is("groupKey") {
        Some(Dialect::Alertmanager)
    } else if is("heartbeat") && is("monitor") && is("msg") {
        Some(Dialect::UptimeKuma)
    } else if apprise::is_one(payload) {
        Some(Dialect::Apprise)
    } else {
        None
    }
}

/// The dialect of a name in an address: `/hook/SECRET/github`.
#[must_use]
pub fn named(name: &str) -> Option<Dialect> {
    Some(match name.to_ascii_lowercase().as_str() {
        "slack" => Dialect::Slack,
        "mattermost" => Dialect::Mattermost,
        "discord" => Dialect::Discord,
        "rocketchat" | "rocket.chat" => Dialect::RocketChat,
        "apprise" => Dialect::Apprise,
        "alertmanager" | "prometheus" => Dialect::Alertmanager,
        "grafana" => Dialect::Grafana,
        "github" => Dialect::GitHub,
        "gitlab" => Dialect::GitLab,
        "gitea" | "forgejo" | "gogs" => Dialect::Gitea,
        "uptime-kuma" | "uptimekuma" | "kuma" => Dialect::UptimeKuma,
        "hookshot" => Dialect::Hookshot,
        _ => return None,
    })
}

/// Reads a message of this dialect.
///
/// # Errors
/// As the dialect has them. No posts: there is nothing to tell.
pub fn read(dialect: Dialect, request: &HttpRequest, body: &Body) -> Result<Vec<Post>, Refusal> {
    let payload = body.object().ok_or(Refusal::Unreadable)?;
    let header = |name: &str| request.header(name).map(str::to_owned);
    let posts = match dialect {
        Dialect::Slack => vec![slack::read(&payload)?],
        Dialect::Mattermost => vec![mattermost::read(&payload)?],
        Dialect::Discord => vec![discord::read(&payload, body)?],
        Dialect::RocketChat => vec![rocketchat::read(&payload)?],
        Dialect::Apprise => vec![apprise::read(&payload)?],
        Dialect::Alertmanager | Dialect::Grafana => vec![alertmanager::read(dialect, &payload)?],
        Dialect::UptimeKuma => vec![kuma::read(&payload)?],
        Dialect::GitLab => gitlab::read(&payload, header("x-gitlab-event").as_deref()),
        Dialect::GitHub | Dialect::Gitea => {
            let event =
                header("x-github-event").or_else(|| header("x-gitea-event")).or_else(|| header("x-forgejo-event"));
            github::read(dialect, &event.unwrap_or_default(), &payload)
        }
        _ => return Err(Refusal::Unsupported),
    };
    let delivery = ["x-github-delivery", "x-gitea-delivery", "x-gitlab-event-uuid", "idempotency-key", "x-dedupe-key"];
    let delivery = delivery.into_iter().find_map(header);
    let dedupe = |at: usize| delivery.as_ref().map(|delivery| format!("{delivery}/{at}"));
    Ok(posts
        .into_iter()
        .enumerate()
        .map(|(at, post)| Post { dedupe: post.dedupe.clone().or_else(|| dedupe(at)), ..post })
        .collect())
}

/// Whether a request is signed with this secret, if it is signed at all: `X-Hub-Signature-256`, `X-Gitlab-Token`. The
/// secret to give the forge is the hook's own.
///
/// # Errors
/// [`Refusal::Unsigned`]
pub fn verify(request: &HttpRequest, secret: &str) -> Result<(), Refusal> {
    if let Some(token) = request.header("x-gitlab-token").filter(|token| !token.is_empty()) {
        let same: bool = token.as_bytes().ct_eq(secret.as_bytes()).into();
        return if same { Ok(()) } else { Err(Refusal::Unsigned) };
    }
    let signature = request.header("x-hub-signature-256").or_else(|| request.header("x-gitea-signature"));
    let Some(signature) = signature.filter(|signature| !signature.is_empty()) else { return Ok(()) };
    let hex = signature.strip_prefix("sha256=").unwrap_or(signature);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| Refusal::Unsigned)?;
    mac.update(&request.body);
    let ours: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let same: bool = ours.as_bytes().ct_eq(hex.to_ascii_lowercase().as_bytes()).into();
    if same { Ok(()) } else { Err(Refusal::Unsigned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)], body: &str) -> HttpRequest {
        HttpRequest {
            method: "POST".into(),
            path: "/".into(),
            query: String::new(),
            headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            body: body.to_owned().into(),
            peer: None,
            trusted: false,
        }
    }

    /// The example of GitHub's own page on validating deliveries.
    #[test]
    fn a_signature_has_to_be_right_if_there_is_one() {
        let right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let wrong = right.replace('7', "8");
        let secret = "It's a Secret to Everybody";
        for (name, value, ok) in [
            ("x-hub-signature-256", right, true),
            ("x-hub-signature-256", &wrong, false),
            ("x-hub-signature-256", "sha256=", false),
            ("x-gitlab-token", secret, true),
            ("x-gitlab-token", "other", false),
            ("x-nothing", "", true),
        ] {
            assert_eq!(verify(&request(&[(name, value)], "Hello, World!"), secret).is_ok(), ok, "{name}: {value}");
        }
    }

    #[test]
    fn senders_are_recognised() {
        for (header, payload, dialect) in [
            ("x-github-event", "{}", Some(Dialect::GitHub)),
            ("x-gitlab-event", "{}", Some(Dialect::GitLab)),
            ("x-gitea-event", "{}", Some(Dialect::Gitea)),
            ("x", r#"{"alerts":[],"groupKey":"","version":"4"}"#, Some(Dialect::Alertmanager)),
            ("x", r#"{"alerts":[],"groupKey":"","orgId":1}"#, Some(Dialect::Grafana)),
            ("x", r#"{"heartbeat":null,"monitor":null,"msg":"m"}"#, Some(Dialect::UptimeKuma)),
            ("x", r#"{"version":"1.0","title":"","message":"","type":"info"}"#, Some(Dialect::Apprise)),
            ("x", r#"{"text":"x"}"#, None),
        ] {
            let payload: Map<String, Value> = serde_json::from_str(payload).unwrap();
            assert_eq!(recognise(&request(&[(header, "push")], ""), &payload), dialect);
        }
    }
}
