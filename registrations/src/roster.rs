//! The application services of a running server: an unchanging list that is replaced as a whole.

use std::{collections::HashMap, sync::Arc};

use crate::{Problem, Registration, token};

/// All services, found by the hash of their token or by their id. Ids and tokens are unique in it.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    services: Vec<Arc<Registration>>,
    by_token: HashMap<[u8; 32], usize>,
    by_id: HashMap<String, usize>,
}

impl Roster {
    /// Adds a service.
    ///
    /// # Errors
    /// When another service has the same id or the same `as_token`: the first one stays.
    pub fn add(&mut self, registration: Arc<Registration>) -> Result<(), Problem> {
        if self.by_id.contains_key(&registration.id) {
            let found = format!("`{}` is used by another service", registration.id);
            return Err(Problem::new("id", found, "give each service its own; perhaps this file is a copy"));
        }
        let hash = registration.as_token.hash();
        if let Some(other) = self.by_token.get(&hash).and_then(|index| self.services.get(*index)) {
            let found = format!("service `{}` has the same one", other.id);
            return Err(Problem::new("as_token", found, "give each service its own secret"));
        }
        self.by_token.insert(hash, self.services.len());
        self.by_id.insert(registration.id.clone(), self.services.len());
        self.services.push(registration);
        Ok(())
    }

    /// The service that shows this `as_token`.
    ///
    /// Looked up by hash, so the time taken tells nothing about the tokens of others.
    pub fn by_token(&self, offered: &str) -> Option<&Arc<Registration>> {
        let service = self.services.get(*self.by_token.get(&token::hash(offered))?)?;
        service.as_token.matches(offered).then_some(service)
    }

    /// The service of this id.
    pub fn by_id(&self, id: &str) -> Option<&Arc<Registration>> {
        self.services.get(*self.by_id.get(id)?)
    }

    /// The service that alone may register `user_id`.
    pub fn claiming_user(&self, user_id: &str, server_name: &str) -> Option<&Arc<Registration>> {
        self.iter().find(|service| service.claims_user(user_id, server_name))
    }

    /// The service that alone may create `alias`.
    pub fn claiming_alias(&self, alias: &str) -> Option<&Arc<Registration>> {
        self.iter().find(|service| service.namespaces.aliases.claims(alias))
    }

    /// All services, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Registration>> {
        self.services.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.services.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Namespace, Space};

    fn service(id: &str, ghosts: &str) -> Registration {
        let mut registration = Registration::generate(id, format!("{id}bot"));
        registration.namespaces.users = Space(vec![Namespace::new(ghosts, true).unwrap()]);
        registration
    }

    #[test]
    fn services_are_found_by_token_id_and_user() {
        let (irc, xmpp) = (Arc::new(service("irc", "@irc_")), Arc::new(service("xmpp", "@xmpp_")));
        let mut roster = Roster::default();
        roster.add(irc.clone()).unwrap();
        roster.add(xmpp.clone()).unwrap();
        assert_eq!(roster.by_token(xmpp.as_token.reveal()).unwrap().id, "xmpp");
        assert!(roster.by_token(xmpp.hs_token.reveal()).is_none());
        assert_eq!(roster.by_id("irc").unwrap().id, "irc");
        assert_eq!(roster.claiming_user("@irc_bob:h", "h").unwrap().id, "irc");
        assert_eq!(roster.claiming_user("@xmppbot:h", "h").unwrap().id, "xmpp");
        assert!(roster.claiming_user("@bob:h", "h").is_none());
    }

    #[test]
    fn doubled_ids_and_tokens_are_refused() {
        let mut roster = Roster::default();
        let first = Arc::new(service("irc", "@irc_"));
        roster.add(first.clone()).unwrap();
        assert_eq!(roster.add(Arc::new(service("irc", "@other_"))).unwrap_err().key, "id");
        let mut copy = service("xmpp", "@xmpp_");
        copy.as_token = first.as_token.clone();
        let problem = roster.add(Arc::new(copy)).unwrap_err();
        assert_eq!((problem.key.as_str(), problem.found.as_str()), ("as_token", "service `irc` has the same one"));
        assert_eq!(roster.len(), 1);
    }
}
