//! The registrations of the bridges that come with the house: templates without secrets.

use crate::{Problem, Registration, Token};

const TEMPLATES: [(&str, &str); 4] = [
    ("discord", include_str!("../discord.yaml")),
    ("slack", include_str!("../slack.yaml")),
    ("telegram", include_str!("../telegram.yaml")),
    ("webhooks", include_str!("../webhooks.yaml")),
];

/// The networks that have a template.
pub fn networks() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|(network, _)| *network)
}

/// A registration for a bundled bridge of `server_name`, with fresh secrets and no address.
/// `None` when there is no template for the network.
///
/// # Errors
/// When the template does not fit the server name.
pub fn registration(network: &str, server_name: &str) -> Option<Result<Registration, Problem>> {
    let (_, template) = TEMPLATES.iter().find(|(name, _)| *name == network)?;
    let yaml = template
        .replace("{server}", &regex::escape(server_name))
        .replace("{as_token}", Token::random().reveal())
        .replace("{hs_token}", Token::random().reveal());
    Some(Registration::parse(&yaml))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_a_registration_of_its_own_server_only() {
        for network in networks() {
            let registration = registration(network, "my.server:8448").unwrap().unwrap();
            assert_eq!(registration.id, network);
            assert!(registration.url.is_none() && !registration.rate_limited && registration.receive_ephemeral);
            assert!(registration.advice().is_empty());
            let users = &registration.namespaces.users;
            assert!(users.claims(&format!("@{network}_1234:my.server:8448")), "{network}");
            assert!(!users.covers(&format!("@{network}_1234:myxserver:8448")), "{network}");
            assert!(!users.covers(&format!("@{network}_1234:my.server:8448.evil.org")), "{network}");
            assert!(registration.namespaces.aliases.claims(&format!("#{network}_1:my.server:8448")), "{network}");
            assert!(registration.claims_user(&registration.sender("my.server:8448"), "my.server:8448"));
        }
    }

    #[test]
    fn two_servers_never_share_secrets() {
        let make = || registration("discord", "h").unwrap().unwrap();
        assert!(!make().as_token.matches(make().as_token.reveal()));
        assert!(registration("smoke signals", "h").is_none());
    }
}
