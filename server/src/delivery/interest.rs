//! Which application services care about an event, and why. Pure.
//! Specified in the application-service API, «Registration»; here in one sentence: a service hears of an event when the
//! sender is its user, when it is a member event about its user, when one of its users is in the room, or when the room
//! or one of its aliases is in its namespaces. Only users of this server count.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use crate::store::Atom;

/// The services a user belongs to.
pub type Owners = Arc<[Atom]>;

/// What a room means to application services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// The services whose namespaces have the room, or one of its aliases.
    place: BTreeSet<Atom>,
    /// The users of each service who are in the room.
    users: BTreeMap<Atom, HashSet<Atom>>,
}

/// What matters of an event.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The services its sender belongs to.
    pub sender: Owners,
    /// Of a member event: about whom.
    pub about: Option<About>,
}

/// Somebody whose membership an event sets.
#[derive(Clone, Debug)]
pub struct About {
    /// The user.
    pub user: Atom,
    /// The services the user belongs to.
    pub owners: Owners,
    /// Whether the user is in the room from now on.
    pub joined: bool,
}

impl Inside {
    /// A room that is in the namespaces of these services, and nobody in it yet.
    pub fn new(place: impl IntoIterator<Item = Atom>) -> Self {
        Self { place: place.into_iter().collect(), users: BTreeMap::new() }
    }

    /// Takes note of what a user is to the room now.
    pub fn moved(&mut self, about: &About) {
        for owner in about.owners.iter() {
            let users = self.users.entry(*owner).or_default();
            if about.joined {
                users.insert(about.user);
            } else {
                users.remove(&about.user);
            }
        }
    }

    /// The services that hear everything in this room.
    pub fn listening(&self) -> BTreeSet<Atom> {
        let present = self.users.iter().filter(|(_, users)| !users.is_empty()).map(|(service, _)| *service);
        self.place.iter().copied().chain(present).collect()
    }

    fn has(&self, service: Atom, user: Atom) -> bool {
        self.users.get(&service).is_some_and(|users| users.contains(&user))
    }

    fn count(&self, service: Atom) -> usize {
        self.users.get(&service).map_or(0, HashSet::len)
    }
}

/// For each of these events, which are about to be appended together, the services that must hear of it. What an
/// earlier one changes holds for the later ones; `inside` itself is left alone, for the append may fail.
pub fn interested(inside: &Inside, events: &[Facts]) -> Vec<Vec<Atom>> {
    let mut listening = inside.listening();
    let mut moved = Moved::default();
    let hear = |facts: &Facts| {
        let mut services = listening.clone();
        services.extend(facts.sender.iter());
        if let Some(about) = &facts.about {
            services.extend(about.owners.iter());
            moved.note(inside, about, &mut listening);
        }
        services.into_iter().collect()
    };
    events.iter().map(hear).collect()
}

/// The changes of a batch on top of what is committed.
#[derive(Default)]
struct Moved(HashMap<(Atom, Atom), bool>);

impl Moved {
    fn note(&mut self, inside: &Inside, about: &About, listening: &mut BTreeSet<Atom>) {
        for &service in about.owners.iter() {
            self.0.insert((service, about.user), about.joined);
            if about.joined || inside.place.contains(&service) || self.left(inside, service) > 0 {
                listening.insert(service);
            } else {
                listening.remove(&service);
            }
        }
    }

    /// How many users of `service` are in the room with the changes so far.
    fn left(&self, inside: &Inside, service: Atom) -> usize {
        let changes = self.0.iter().filter(|((of, _), _)| *of == service);
        changes.fold(inside.count(service), |count, ((_, user), joined)| match (inside.has(service, *user), joined) {
            (false, true) => count + 1,
            (true, false) => count - 1,
            _ => count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IRC: Atom = Atom(1);
    const XMPP: Atom = Atom(2);
    const GHOST: Atom = Atom(10);
    const OTHER_GHOST: Atom = Atom(11);

    fn owners(services: &[Atom]) -> Owners {
        services.into()
    }

    fn message(sender: &[Atom]) -> Facts {
        Facts { sender: owners(sender), about: None }
    }

    fn member(user: Atom, of: &[Atom], joined: bool) -> Facts {
        Facts { sender: owners(&[]), about: Some(About { user, owners: owners(of), joined }) }
    }

    fn with(users: &[(Atom, Atom)]) -> Inside {
        let mut inside = Inside::default();
        for &(service, user) in users {
            inside.moved(&About { user, owners: owners(&[service]), joined: true });
        }
        inside
    }

    #[test]
    fn every_reason_to_hear_of_an_event_and_none_else() {
        let nobody: &[Atom] = &[];
        for (why, inside, event, expected) in [
            ("nothing to do with anybody", Inside::default(), message(&[]), nobody),
            ("its user spoke", Inside::default(), message(&[IRC]), &[IRC]),
            ("two services own the sender", Inside::default(), message(&[IRC, XMPP]), &[IRC, XMPP]),
            ("its user is in the room", with(&[(IRC, GHOST)]), message(&[]), &[IRC]),
            ("both have somebody in the room", with(&[(IRC, GHOST), (XMPP, GHOST)]), message(&[]), &[IRC, XMPP]),
            ("its user was in the room", with(&[]), message(&[]), nobody),
            ("its user is invited", Inside::default(), member(GHOST, &[IRC], false), &[IRC]),
            ("its user joins", Inside::default(), member(GHOST, &[IRC], true), &[IRC]),
            ("its last user leaves", with(&[(IRC, GHOST)]), member(GHOST, &[IRC], false), &[IRC]),
            ("somebody else joins", Inside::default(), member(GHOST, &[], true), nobody),
            ("the room is in its namespace", Inside::new([XMPP]), message(&[]), &[XMPP]),
            ("several reasons, heard once", Inside::new([IRC]), message(&[IRC]), &[IRC]),
        ] {
            assert_eq!(interested(&inside, &[event]), [expected], "{why}");
        }
    }

    #[test]
    fn events_of_one_batch_know_of_each_other() {
        let batch = |inside: &Inside, events: &[Facts]| -> Vec<usize> {
            interested(inside, events).iter().map(Vec::len).collect()
        };
        let (joins, leaves) = (member(GHOST, &[IRC], true), member(GHOST, &[IRC], false));
        let word = message(&[]);
        assert_eq!(batch(&Inside::default(), &[word.clone(), joins.clone(), word.clone()]), [0, 1, 1]);
        let one = with(&[(IRC, GHOST)]);
        assert_eq!(batch(&one, &[word.clone(), leaves.clone(), word.clone()]), [1, 1, 0]);
        assert_eq!(batch(&one, &[leaves.clone(), joins, word.clone()]), [1, 1, 1]);
        let two = with(&[(IRC, GHOST), (IRC, OTHER_GHOST)]);
        assert_eq!(batch(&two, &[leaves.clone(), leaves, word]), [1, 1, 1], "leaving twice is leaving once");
    }

    #[test]
    fn a_decision_changes_nothing_until_it_is_committed() {
        let mut inside = with(&[(IRC, GHOST)]);
        let leaves = member(GHOST, &[IRC], false);
        interested(&inside, std::slice::from_ref(&leaves));
        assert_eq!(inside.listening().len(), 1);
        inside.moved(leaves.about.as_ref().unwrap());
        inside.moved(leaves.about.as_ref().unwrap());
        assert!(inside.listening().is_empty());
    }
}
