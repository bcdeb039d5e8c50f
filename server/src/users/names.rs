//! Which names people may choose. Specified in the appendices, «User Identifiers».

use registrations::{Registration, Roster};
use ruma::{OwnedUserId, ServerName, UserId};

use crate::error::{MatrixError, Result};

/// A whole user id may have this many bytes.
const LONGEST: usize = 255;

/// Who chooses the name.
#[derive(Clone, Copy)]
pub enum Chooser<'a> {
    /// Somebody at the register page.
    Person,
    /// Whoever runs the server: may take any well-formed name that no application service owns.
    Operator,
    /// An application service, for one of its ghosts.
    Service(&'a Registration),
}

/// The user id for a chosen localpart (or full id of this server), if the chooser may take it. Whether it is free is
/// for the database to say.
pub fn user_id(chosen: &str, chooser: Chooser<'_>, server: &ServerName, roster: &Roster) -> Result<OwnedUserId> {
    let localpart = localpart(chosen, server).ok_or_else(|| {
        MatrixError::invalid_username("The user name must be a plain name or a full user id of this server.")
    })?;
    // People's names are lower case, whatever they typed; ghosts are named by their service.
    let localpart = match chooser {
        Chooser::Service(_) => localpart.to_owned(),
        _ => localpart.to_lowercase(),
    };
    well_formed(&localpart, chooser)?;
    if localpart.len() + server.as_str().len() + 2 > LONGEST {
        return Err(MatrixError::invalid_username("The user id would be longer than 255 bytes."));
    }
    let user = UserId::parse(format!("@{localpart}:{server}"))
        .map_err(|error| MatrixError::invalid_username(format!("This cannot be a user name: {error}.")))?;
    owned_by_none_other(&user, chooser, server, roster)?;
    not_reserved(&localpart, chooser)?;
    Ok(user)
}

/// The localpart of what somebody typed: `alice`, or `@alice:this.server`.
pub fn localpart<'a>(typed: &'a str, server: &ServerName) -> Option<&'a str> {
    match typed.strip_prefix('@') {
        None => Some(typed),
        Some(full) => full.split_once(':').filter(|(_, name)| *name == server.as_str()).map(|(local, _)| local),
    }
}

fn well_formed(localpart: &str, chooser: Chooser<'_>) -> Result<()> {
    let refuse = |why: &'static str| Err(MatrixError::invalid_username(why));
    if localpart.is_empty() {
        return refuse("The user name is empty.");
    }
    if let Chooser::Service(_) = chooser {
        // The historical character set: bridges have made such names for years.
        let printable = localpart.bytes().all(|b| (0x21..=0x7e).contains(&b) && b != b':');
        return if printable { Ok(()) } else { refuse("The user name has characters that no user id may have.") };
    }
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._=-/+".contains(&b);
    if !localpart.bytes().all(allowed) {
        return refuse("A user name is made of the characters a-z, 0-9, '.', '_', '=', '-', '/' and '+'.");
    }
    Ok(())
}

/// Names that no application service has claimed, and that are still not for people.
fn not_reserved(localpart: &str, chooser: Chooser<'_>) -> Result<()> {
    match chooser {
        Chooser::Person if localpart.starts_with('_') => {
            Err(MatrixError::invalid_username("User names that begin with an underscore are kept for bridges."))
        }
        Chooser::Person if localpart.bytes().all(|b| b.is_ascii_digit()) => {
            Err(MatrixError::invalid_username("User names of digits alone are kept for guests."))
        }
        _ => Ok(()),
    }
}

fn owned_by_none_other(user: &UserId, chooser: Chooser<'_>, server: &ServerName, roster: &Roster) -> Result<()> {
    let owner = roster.claiming_user(user.as_str(), server.as_str());
    match chooser {
        Chooser::Service(service) if !service.covers_user(user.as_str(), server.as_str()) => {
            Err(MatrixError::exclusive("This name is outside the namespaces of the application service."))
        }
        Chooser::Service(service) if owner.is_some_and(|owner| owner.id != service.id) => {
            Err(MatrixError::exclusive("This name belongs to another application service."))
        }
        Chooser::Person | Chooser::Operator if owner.is_some() => {
            Err(MatrixError::exclusive("This name belongs to an application service."))
        }
        _ => Ok(()),
    }
}

/// A name for somebody who chose none.
pub fn random(guest: bool) -> String {
    let bytes: [u8; 12] = rand::random();
    if guest {
        return bytes.iter().map(|byte| char::from(b'0' + byte % 10)).collect();
    }
    bytes.iter().map(|byte| char::from(b'a' + byte % 26)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use registrations::{Namespace, Space};

    use super::*;

    fn roster() -> (Roster, Registration) {
        let mut roster = Roster::default();
        let mut irc = Registration::generate("irc", "ircbot");
        irc.namespaces.users = Space(vec![Namespace::new("@irc_.*", true).unwrap()]);
        roster.add(Arc::new(irc.clone())).unwrap();
        let mut xmpp = Registration::generate("xmpp", "xmppbot");
        xmpp.namespaces.users = Space(vec![Namespace::new("@.*", false).unwrap()]);
        roster.add(Arc::new(xmpp.clone())).unwrap();
        (roster, xmpp)
    }

    #[test]
    fn names_are_checked_by_who_chooses_them() {
        let (roster, xmpp) = roster();
        let irc = roster.by_id("irc").unwrap();
        let (person, operator) = (Chooser::Person, Chooser::Operator);
        for (chosen, chooser, expected) in [
            ("alice", person, Ok("@alice:h")),
            ("Alice", person, Ok("@alice:h")),
            ("@alice:h", person, Ok("@alice:h")),
            ("@alice:elsewhere", person, Err("M_INVALID_USERNAME")),
            ("", person, Err("M_INVALID_USERNAME")),
            ("a b", person, Err("M_INVALID_USERNAME")),
            ("a:b", person, Err("M_INVALID_USERNAME")),
            ("älice", person, Err("M_INVALID_USERNAME")),
            ("_alice", person, Err("M_INVALID_USERNAME")),
            ("_alice", operator, Ok("@_alice:h")),
            ("123", person, Err("M_INVALID_USERNAME")),
            ("irc_bob", person, Err("M_EXCLUSIVE")),
            ("ircbot", operator, Err("M_EXCLUSIVE")),
            ("irc_Bob#1", Chooser::Service(irc), Ok("@irc_Bob#1:h")),
            ("ircbot", Chooser::Service(irc), Ok("@ircbot:h")),
            ("bob", Chooser::Service(irc), Err("M_EXCLUSIVE")),
            ("irc_bob", Chooser::Service(&xmpp), Err("M_EXCLUSIVE")),
            ("bob", Chooser::Service(&xmpp), Ok("@bob:h")),
        ] {
            let server = <&ServerName>::try_from("h").unwrap();
            let user = user_id(chosen, chooser, server, &roster);
            let user = user.as_ref().map(|user| user.as_str()).map_err(MatrixError::errcode);
            assert_eq!(user, expected, "{chosen}");
        }
        let long = "a".repeat(254);
        let refused = user_id(&long, person, <&ServerName>::try_from("h").unwrap(), &roster);
        assert_eq!(refused.unwrap_err().errcode(), "M_INVALID_USERNAME");
    }
}
