//! One registration: <https://spec.matrix.org/v1.19/application-service-api/#registration>.

use serde_yaml_ng::Mapping;

use crate::{Namespaces, Problem, Token};

/// Who an application service is and what belongs to it.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The name by which the server knows the service; never shown, never changed.
    pub id: String,
    /// Where the service listens: `http:`, `https:` or `unix:`. Without it nothing is ever pushed.
    pub url: Option<String>,
    /// The secret the service shows to the homeserver.
    pub as_token: Token,
    /// The secret the homeserver shows to the service.
    pub hs_token: Token,
    /// The localpart of the service's own user, usually a bot.
    pub sender_localpart: String,
    /// Whether the service's users are held to the rate limits of people.
    pub rate_limited: bool,
    /// What the service is interested in.
    pub namespaces: Namespaces,
    /// The third-party networks it answers for, as in `/thirdparty/protocols`.
    pub protocols: Vec<String>,
    /// Whether typing, receipts and presence are pushed (`receive_ephemeral`, `de.sorunome.msc2409.push_ephemeral`).
    pub receive_ephemeral: bool,
    /// Whether transactions carry device lists and one-time-key counts (`org.matrix.msc3202`).
    pub device_extensions: bool,
    /// Whether the service manages devices of its users without logging in (`io.element.msc4190`).
    pub device_management: bool,
    /// Keys nobody here knows, kept so that a rewritten file loses nothing.
    pub other: Mapping,
}

impl Registration {
    /// A new registration with fresh secrets, no namespaces and no address.
    pub fn generate(id: impl Into<String>, sender_localpart: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            url: None,
            as_token: Token::random(),
            hs_token: Token::random(),
            sender_localpart: sender_localpart.into(),
            rate_limited: false,
            namespaces: Namespaces::default(),
            protocols: Vec::new(),
            receive_ephemeral: true,
            device_extensions: false,
            device_management: false,
            other: Mapping::new(),
        }
    }

    /// The user id of the service's own user.
    pub fn sender(&self, server_name: &str) -> String {
        format!("@{}:{server_name}", self.sender_localpart)
    }

    /// Whether the service speaks for `user_id`: its own user, or one of its namespace.
    pub fn covers_user(&self, user_id: &str, server_name: &str) -> bool {
        self.is_sender(user_id, server_name) || self.namespaces.users.covers(user_id)
    }

    /// Whether nobody but the service may register `user_id`.
    pub fn claims_user(&self, user_id: &str, server_name: &str) -> bool {
        self.is_sender(user_id, server_name) || self.namespaces.users.claims(user_id)
    }

    fn is_sender(&self, user_id: &str, server_name: &str) -> bool {
        user_id
            .strip_prefix('@')
            .and_then(|rest| rest.strip_prefix(self.sender_localpart.as_str()))
            .and_then(|rest| rest.strip_prefix(':'))
            .is_some_and(|rest| rest == server_name)
    }

    /// What works but is better changed. Synapse accepts such files, so they are used as they are.
    pub fn advice(&self) -> Vec<Problem> {
        let mut advice = Vec::new();
        if self.as_token.matches(self.hs_token.reveal()) {
            advice.push(Problem::new(
                "hs_token",
                "it is the same as `as_token`",
                "use two different secrets, so that a leaked one opens one direction only",
            ));
        }
        for (key, token) in [("as_token", &self.as_token), ("hs_token", &self.hs_token)] {
            if token.reveal().len() < 16 {
                advice.push(Problem::new(key, "it is short enough to be guessed", "use at least 32 random characters"));
            }
        }
        advice
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Namespace, Space};

    #[test]
    fn the_sender_belongs_to_the_service_on_its_own_server_only() {
        let mut registration = Registration::generate("irc", "ircbot");
        registration.namespaces.users = Space(vec![Namespace::new("@seen_", false).unwrap()]);
        for (user, covers, claims) in [
            ("@ircbot:example.org", true, true),
            ("@ircbot:example.org:8448", false, false),
            ("@ircbot:elsewhere.org", false, false),
            ("@ircbot2:example.org", false, false),
            ("@seen_1:elsewhere.org", true, false),
            ("ircbot:example.org", false, false),
        ] {
            assert_eq!(registration.covers_user(user, "example.org"), covers, "{user}");
            assert_eq!(registration.claims_user(user, "example.org"), claims, "{user}");
        }
    }

    #[test]
    fn weak_secrets_are_advised_against() {
        let mut registration = Registration::generate("irc", "ircbot");
        assert!(registration.advice().is_empty());
        registration.as_token = Token::new("short");
        registration.hs_token = Token::new("short");
        let keys: Vec<_> = registration.advice().into_iter().map(|advice| advice.key).collect();
        assert_eq!(keys, ["hs_token", "as_token", "hs_token"]);
    }
}
