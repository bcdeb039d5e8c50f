//! Whom and what a bridge leaves out.

use std::collections::HashSet;

/// Ids of remote people, chats and Matrix users; one that ends in `*` stands for all that begin so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exclude {
    whole: HashSet<String>,
    beginnings: Vec<String>,
}

impl Exclude {
    /// A list of ids.
    pub fn new(ids: impl IntoIterator<Item = String>) -> Self {
        let mut list = Self::default();
        for id in ids {
            match id.strip_suffix('*') {
                Some(beginning) => list.beginnings.push(beginning.to_owned()),
                None => drop(list.whole.insert(id)),
            }
        }
        list
    }

    /// Whether this id is left out.
    #[must_use]
    pub fn names(&self, id: &str) -> bool {
        self.whole.contains(id) || self.beginnings.iter().any(|beginning| id.starts_with(beginning))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_excluded_whole_or_by_their_beginning() {
        let list = Exclude::new(["U1", "@spam*", "C2"].map(str::to_owned));
        let cases = [("U1", true), ("U12", false), ("@spammer:s", true), ("@sp:s", false), ("C2", true), ("", false)];
        for (id, excluded) in cases {
            assert_eq!(list.names(id), excluded, "{id}");
        }
        assert!(!Exclude::default().names("x"));
    }
}
