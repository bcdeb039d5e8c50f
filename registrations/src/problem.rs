//! What is wrong with a registration, in one sentence: the key, what was found, and the cure.

use std::path::PathBuf;

/// Something in a registration that keeps it from being used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}`: {found}; {cure}")]
pub struct Problem {
    /// Where in the file, as a path of keys: `namespaces.users.0.regex`.
    pub key: String,
    /// What is there.
    pub found: String,
    /// What to write instead.
    pub cure: String,
}

impl Problem {
    /// A problem at `key`.
    pub fn new(key: impl Into<String>, found: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { key: key.into(), found: found.into(), cure: cure.into() }
    }

    /// The same problem, seen from one level further out.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        self.key = format!("{outer}.{}", self.key);
        self
    }
}

/// A registration file that cannot be used. The other files of its folder can.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    #[error("{}: {problem}", file.display())]
    Content { file: PathBuf, problem: Problem },
    #[error("{}: {action} failed: {error}; {cure}", file.display())]
    Access { file: PathBuf, action: &'static str, cure: &'static str, error: std::io::Error },
}

impl FileProblem {
    /// The file in question.
    pub fn file(&self) -> &std::path::Path {
        match self {
            Self::Content { file, .. } | Self::Access { file, .. } => file,
        }
    }
}
