//! Where each dialect lives: from a request's path, query and headers to the dialect, the secret and the rest.
//!
//! One secret suits every client that checks the form of its address. A hook's secret is 26 letters and digits. Where a
//! service's tokens are longer (Discord's 68, Telegram's 35), the secret is followed by filling that carries no meaning,
//! and is known by its first 26 characters.

use appservice_sdk::prelude::*;

use crate::{dialect::Dialect, ids};

/// The length of a secret.
pub const LENGTH: usize = 26;

/// A request's address, understood.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Whose address it is.
    pub dialect: Dialect,
    /// The hook's secret; empty when the request carries none.
    pub secret: String,
    /// What stands behind it, as it is needed by the dialect: `messages/17`, `sendMessage`, an adapter's name.
    pub rest: String,
}

/// The secret in a service's token.
#[must_use]
pub fn secret(token: &str) -> String {
    let plain = token.len() >= LENGTH && token.bytes().take(LENGTH).all(|letter| letter.is_ascii_alphanumeric());
    if plain { token.chars().take(LENGTH).collect() } else { token.to_owned() }
}

impl Address {
    fn new(dialect: Dialect, token: &str, rest: &str) -> Self {
        Self { dialect, secret: secret(token), rest: rest.to_owned() }
    }

    /// The address of a request; `None`: nobody lives there.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Option<Self> {
        let path: Vec<&str> = request.path.split('/').filter(|segment| !segment.is_empty()).collect();
        match path.as_slice() {
            // ntfy's JSON, which names its topic.
            [] if request.method == "POST" => Some(Self::new(Dialect::Ntfy, "", "")),
            ["hooks", token] => Some(Self::new(Dialect::Mattermost, token, "")),
            ["hooks", _, token] => Some(Self::new(Dialect::RocketChat, token, "")),
            ["services", .., token] if path.len() <= 4 => Some(Self::new(Dialect::Slack, token, "")),
            ["workflows" | "triggers", .., token] => Some(Self::new(Dialect::Slack, token, "")),
            ["hook", token] => Some(Self::new(Dialect::Native, token, "")),
            ["hook", token, adapter] => Some(Self::new(Dialect::Native, token, adapter)),
            ["hook"] => Some(Self::new(Dialect::Native, &bearer(request)?, "")),
            ["webhook", token] => Some(Self::new(Dialect::Hookshot, token, "")),
            // Newer clients of Apprise name the key in a header.
            ["notify"] => Some(Self::new(Dialect::Apprise, request.header("x-apprise-config-id")?, "")),
            ["notify", token] => Some(Self::new(Dialect::Apprise, token, "")),
            ["upload", id] => Some(Self::new(Dialect::SlackApi, "", &format!("upload/{id}"))),
            ["message"] => Some(Self::new(Dialect::Gotify, &gotify(request), "")),
            ["api", rest @ ..] => api(rest, request),
            path => other(path),
        }
    }
}

fn other(path: &[&str]) -> Option<Address> {
    match path {
        ["ping", token, rest @ ..] if rest.len() <= 2 => {
            Some(Address::new(Dialect::Healthchecks, token, &rest.join("/")))
        }
        ["ntfy", rest @ ..] if rest.len() <= 2 => {
            let token = rest.first().copied().unwrap_or_default();
            Some(Address::new(Dialect::Ntfy, token, &rest.get(1..).unwrap_or_default().join("/")))
        }
        [bot, method] => telegram(bot, method),
        _ => None,
    }
}

/// What lives below `/api`.
fn api(path: &[&str], request: &HttpRequest) -> Option<Address> {
    let path = match path {
        [version, rest @ ..] if rest.first() == Some(&"webhooks") && is_version(version) => rest,
        path => path,
    };
    match path {
        ["webhooks", _, token, rest @ ..] => Some(Address::new(Dialect::Discord, token, &rest.join("/"))),
        ["notify" | "status" | "revoke"] => {
            let token = bearer(request).unwrap_or_default();
            Some(Address::new(Dialect::Line, &token, path.first()?))
        }
        ["v1", "matrix", "hook", token] => Some(Address::new(Dialect::Turt2live, token, "")),
        ["v1", "chat.postMessage"] => {
            let token = request.header("x-auth-token").unwrap_or_default();
            Some(Address::new(Dialect::RocketChat, token, "api"))
        }
        ["v4", rest @ ..] => {
            Some(Address::new(Dialect::Mattermost, &bearer(request).unwrap_or_default(), &rest.join("/")))
        }
        [method] if method.contains('.') => Some(Address::new(Dialect::SlackApi, &slack(request), method)),
        _ => None,
    }
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|number| number.parse::<u8>().is_ok())
}

/// `bot123:SECRET/sendMessage`
fn telegram(bot: &str, method: &str) -> Option<Address> {
    let token = bot.strip_prefix("bot")?.replace("%3A", ":").replace("%3a", ":");
    let (_, token) = token.split_once(':')?;
    Some(Address::new(Dialect::Telegram, token, method))
}

/// `Authorization: Bearer SECRET`
#[must_use]
pub fn bearer(request: &HttpRequest) -> Option<String> {
    let (scheme, token) = request.header("authorization")?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn gotify(request: &HttpRequest) -> String {
    let header = request.header("x-gotify-key").map(str::to_owned);
    header.or_else(|| bearer(request)).or_else(|| request.param("token")).unwrap_or_default()
}

/// `Authorization: Bearer xoxb-1-SECRET`, or the parameter `token`.
fn slack(request: &HttpRequest) -> String {
    let token = bearer(request).or_else(|| request.param("token")).unwrap_or_default();
    token.rsplit('-').next().unwrap_or_default().to_owned()
}

/// The secret in a token that came in the body, as Slack's API has it.
#[must_use]
pub fn slack_secret(token: &str) -> String {
    secret(token.rsplit('-').next().unwrap_or_default())
}

/// Every address of a hook, for showing after it was made: the dialect and what stands behind `https://host`.
#[must_use]
pub fn all(hook: &str, secret: &str) -> Vec<(Dialect, String)> {
    let number = ids::of(hook);
    let filled = |length: usize| secret.chars().cycle().take(length).collect::<String>();
    vec![
        (Dialect::Native, format!("/hook/{secret}")),
        (Dialect::Mattermost, format!("/hooks/{secret}")),
        (Dialect::Slack, format!("/services/T{upper}/B{upper}/{secret}", upper = hook.to_uppercase())),
        (Dialect::Discord, format!("/api/webhooks/{number}/{}", filled(68))),
        (Dialect::RocketChat, format!("/hooks/{hook}/{secret}")),
        (Dialect::Telegram, format!("/bot{number}:{}", filled(35))),
        (Dialect::Ntfy, format!("/ntfy/{secret}")),
        (Dialect::Apprise, format!("/notify/{secret}")),
        (Dialect::Hookshot, format!("/webhook/{secret}")),
        (Dialect::Turt2live, format!("/api/v1/matrix/hook/{secret}")),
        (Dialect::Healthchecks, format!("/ping/{secret}")),
    ]
}

/// The secret stays out of logs.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").field("dialect", &self.dialect).field("rest", &self.rest).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "abcdefghijkmnpqrstuvwxyz23";

    fn request(path: &str, headers: &[(&str, &str)]) -> HttpRequest {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        HttpRequest {
            method: "POST".into(),
            path: path.into(),
            query: query.into(),
            headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            body: Bytes::new(),
            peer: None,
            trusted: false,
        }
    }

    #[test]
    fn every_address_of_a_hook_leads_to_its_dialect_and_secret() {
        for (dialect, path) in all("k3f9", SECRET) {
            let path = if dialect == Dialect::Telegram { format!("{path}/sendMessage") } else { path };
            let address = Address::of(&request(&path, &[])).unwrap();
            assert_eq!((address.dialect, address.secret.as_str()), (dialect, SECRET), "{path}");
        }
    }

    #[test]
    fn addresses_satisfy_the_checks_of_clients() {
        let all = all("k3f9", SECRET);
        let path = |wanted| &all.iter().find(|(dialect, _)| *dialect == wanted).unwrap().1;
        let discord: Vec<_> = path(Dialect::Discord).rsplit('/').collect();
        assert_eq!(discord[0].len(), 68);
        assert!((17..=19).contains(&discord[1].len()) && discord[1].bytes().all(|digit| digit.is_ascii_digit()));
        let (_, telegram) = path(Dialect::Telegram).split_once(':').unwrap();
        assert_eq!(telegram.len(), 35);
        assert!(path(Dialect::Mattermost).ends_with(SECRET) && SECRET.len() == LENGTH);
    }

    #[test]
    fn secrets_come_in_headers_and_queries_too() {
        let bearer = format!("Bearer {SECRET}");
        let slack = format!("Bearer xoxb-1-{SECRET}");
        let query = format!("/message?token={SECRET}");
        for (path, header, dialect, rest) in [
            ("/hook", ("authorization", bearer.as_str()), Dialect::Native, ""),
            ("/notify", ("x-apprise-config-id", SECRET), Dialect::Apprise, ""),
            ("/api/notify", ("authorization", &bearer), Dialect::Line, "notify"),
            ("/message", ("x-gotify-key", SECRET), Dialect::Gotify, ""),
            (&query, ("x", ""), Dialect::Gotify, ""),
            ("/api/chat.postMessage", ("authorization", &slack), Dialect::SlackApi, "chat.postMessage"),
            ("/api/v1/chat.postMessage", ("x-auth-token", SECRET), Dialect::RocketChat, "api"),
        ] {
            let address = Address::of(&request(path, &[header])).unwrap();
            assert_eq!((address.dialect, &*address.secret, &*address.rest), (dialect, SECRET, rest), "{path}");
        }
    }

    #[test]
    fn nobody_lives_elsewhere() {
        for path in ["/hooks", "/hooks/a/b/c", "/bot/sendMessage", "/_matrix/x", "/api", "/api/x", "/ping"] {
            assert_eq!(Address::of(&request(path, &[])), None, "{path}");
        }
    }

    #[test]
    fn a_secret_is_not_shown_in_logs() {
        let address = Address::of(&request(&format!("/hooks/{SECRET}"), &[])).unwrap();
        assert!(!format!("{address:?}").contains(SECRET));
    }
}
