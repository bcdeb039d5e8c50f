//! Namespaces: the users, aliases and rooms a service is interested in, or owns.
//!
//! A pattern is a regular expression that has to match **from the start** of an id but not up to its end, because
//! Synapse uses Python's `re.match` and registration files in the wild rely on it.

use regex::Regex;

use crate::problem::Problem;

/// The three namespaces of a registration.
#[derive(Clone, Debug, Default)]
pub struct Namespaces {
    pub users: Space,
    pub aliases: Space,
    pub rooms: Space,
}

/// One namespace: a list of patterns for one kind of id.
#[derive(Clone, Debug, Default)]
pub struct Space(pub Vec<Namespace>);

/// One pattern of a namespace.
#[derive(Clone, Debug)]
pub struct Namespace {
    /// Whether nobody but the service may create what matches.
    pub exclusive: bool,
    /// The expression as written in the file.
    pub regex: String,
    compiled: Regex,
}

impl Namespace {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// When the expression is not one the `regex` crate reads; look-around and back-references are the usual reason.
    pub fn new(regex: &str, exclusive: bool) -> Result<Self, Problem> {
        let compiled = Regex::new(&format!(r"\A(?:{regex})"))
            .map_err(|error| Problem::new("regex", format!("`{regex}` is not a regular expression"), cure(&error)))?;
        Ok(Self { exclusive, regex: regex.to_owned(), compiled })
    }

    /// Whether the pattern matches from the start of `id`.
    pub fn matches(&self, id: &str) -> bool {
        self.compiled.is_match(id)
    }
}

impl Space {
    /// Whether the service wants to hear about `id`.
    pub fn covers(&self, id: &str) -> bool {
        self.0.iter().any(|namespace| namespace.matches(id))
    }

    /// Whether `id` belongs to the service alone.
    pub fn claims(&self, id: &str) -> bool {
        self.0.iter().any(|namespace| namespace.exclusive && namespace.matches(id))
    }
}

/// `text` as an expression that matches nothing but itself.
pub fn escape(text: &str) -> String {
    regex::escape(text)
}

/// The last line of the regex crate's error is the sentence; the lines before it draw the pattern.
fn cure(error: &regex::Error) -> String {
    let text = error.to_string();
    let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
    format!("correct the expression ({reason})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_like_pythons_re_match() {
        for (pattern, id, expected) in [
            (r"@_irc_.*", "@_irc_bob:example.org", true),
            (r"@_irc_", "@_irc_bob:example.org", true),
            (r"_irc_", "@_irc_bob:example.org", false),
            (r"^@_irc_", "@_irc_bob:example.org", true),
            (r"@x:owo\.tld", "@x:owo.tld", true),
            (r"@x:owo\.tld", "@x:owo.tld.evil.org", true),
            (r"^@x:owo\.tld$", "@x:owo.tld.evil.org", false),
            (r"@x:owo\.tld", "@x:owoxtld", false),
            (r"@x:owo\.tld", "@yx:owo.tld", false),
            (r"@.*:example\.com", "@anyone:example.com", true),
            (r"@.*:example\.com", "@anyone:example.org", false),
            (r"@a|@b", "@b:example.org", true),
            (r"@a|b", "xb", false),
            (r"", "anything", true),
            (r"@[0-9]+:h", "@123:h", true),
            (r"@[0-9]+:h", "@12a:h", false),
            (r"@Bob", "@bob:h", false),
            (r"(?i)@Bob", "@bob:h", true),
            (r"\@discord\_.*", "@discord_1:h", true),
            (r"#irc-.*", "#irc-rust:h", true),
            (r"!room:h", "!room:h", true),
        ] {
            assert_eq!(Namespace::new(pattern, true).unwrap().matches(id), expected, "{pattern} {id}");
        }
    }

    #[test]
    fn only_exclusive_patterns_claim() {
        let space = Space(vec![Namespace::new("@mine_", true).unwrap(), Namespace::new("@watched_", false).unwrap()]);
        for (id, covers, claims) in
            [("@mine_1:h", true, true), ("@watched_1:h", true, false), ("@other:h", false, false)]
        {
            assert_eq!((space.covers(id), space.claims(id)), (covers, claims), "{id}");
        }
    }

    #[test]
    fn a_broken_pattern_is_named() {
        let problem = Namespace::new("@(", true).unwrap_err();
        assert!(problem.to_string().contains("`@(` is not a regular expression"), "{problem}");
        let problem = Namespace::new("@(?=x)", true).unwrap_err();
        assert!(problem.to_string().contains("look-around"), "{problem}");
    }
}
