//! Errors, named by what happens next rather than by the library that raised them.

use std::time::Duration;

/// Any cause.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a message did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The chat's lane waits (exactly `after`, if given) and tries the same again.
    #[error("the network asked us to wait")]
    Later {
        /// How long; `None`: the SDK's own back-off.
        after: Option<Duration>,
        /// Why.
        #[source]
        why: BoxError,
    },
    /// It will never work: the sender gets one plain sentence, the lane goes on.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The account is signed out: every lane of the network pauses until it is connected again.
    #[error("signed out")]
    SignedOut,
    /// The chat no longer exists: the portal closes with a notice.
    #[error("the chat is gone")]
    ChatGone,
    /// The answer was lost: the SDK asks [`super::Session::lookup`] before it repeats.
    #[error("unclear whether it arrived")]
    Unsure(#[source] BoxError),
    /// A fault of ours: set aside with a notice, the lane goes on.
    #[error(transparent)]
    Bug(#[from] anyhow::Error),
}

impl SendError {
    /// The network cannot do this at all.
    #[must_use]
    pub fn unsupported(what: &'static str) -> Self {
        Self::Refused(Refusal::Unsupported(what))
    }

    /// Try again after the SDK's own back-off.
    pub fn later(why: impl Into<BoxError>) -> Self {
        Self::Later { after: None, why: why.into() }
    }

    /// Try again after exactly this time.
    pub fn later_in(after: Duration, why: impl Into<BoxError>) -> Self {
        Self::Later { after: Some(after), why: why.into() }
    }

    /// Refused, in the network's own words.
    pub fn said(text: impl Into<String>) -> Self {
        Self::Refused(Refusal::Said(text.into()))
    }
}

/// A permanent refusal. Its text is a plain sentence for the sender.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is too long.
    #[error("the message is longer than {max} characters")]
    TooLong {
        /// Most characters.
        max: usize,
    },
    /// The file is too large.
    #[error("the file is larger than {max} bytes")]
    TooLarge {
        /// Most bytes.
        max: u64,
    },
    /// A kind of content that the network has no place for.
    #[error("{0} cannot be sent there")]
    Format(String),
    /// The bridge lacks the permission.
    #[error("the bridge is not allowed to do that there ({0})")]
    NotAllowed(String),
    /// What it refers to is unknown over there.
    #[error("the message it refers to is unknown there")]
    TargetUnknown,
    /// The network has no such feature.
    #[error("{0} is not possible there")]
    Unsupported(&'static str),
    /// The network's own words.
    #[error("{0}")]
    Said(String),
}

/// Why something could not be read from the network or the homeserver.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It does not exist, or not for us. Worth remembering.
    #[error("not found")]
    Missing,
    /// It exists but is refused for good.
    #[error("refused: {0}")]
    Refused(String),
    /// Larger than the limit that was given.
    #[error("larger than {max} bytes")]
    TooLarge {
        /// The limit in bytes.
        max: u64,
    },
    /// May work later.
    #[error("not now")]
    Later {
        /// How long to wait, if told.
        after: Option<Duration>,
        /// Why.
        #[source]
        why: BoxError,
    },
}

impl FetchError {
    /// May work later.
    pub fn later(why: impl Into<BoxError>) -> Self {
        Self::Later { after: None, why: why.into() }
    }
}

/// Files that cannot be had make a message refused; those that may come later make it wait.
impl From<FetchError> for SendError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Missing => Self::Refused(Refusal::Said("the file could not be found".into())),
            FetchError::Refused(why) => Self::Refused(Refusal::Said(why)),
            FetchError::TooLarge { max } => Self::Refused(Refusal::TooLarge { max }),
            FetchError::Later { after, why } => Self::Later { after, why },
        }
    }
}

/// Why the account could not be connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Tried again with back-off.
    #[error("not reachable")]
    Later {
        /// How long to wait, if told.
        after: Option<Duration>,
        /// Why.
        #[source]
        why: BoxError,
    },
    /// The credential is wrong or revoked: shown in health, tried again only slowly.
    #[error("signed out: {0}")]
    SignedOut(String),
    /// The configuration cannot work: names the key and the cure.
    #[error("{0}")]
    Config(String),
}

impl ConnectError {
    /// Tried again with back-off.
    pub fn later(why: impl Into<BoxError>) -> Self {
        Self::Later { after: None, why: why.into() }
    }
}

/// The bridge's own database failed; nothing was stored.
#[derive(Debug, thiserror::Error)]
#[error("the bridge's database failed while {doing}")]
pub struct StoreError {
    /// What was being done: «storing events».
    pub doing: &'static str,
    /// Why.
    #[source]
    pub why: BoxError,
}

impl StoreError {
    /// A failure while `doing` something.
    pub fn new(doing: &'static str, why: impl Into<BoxError>) -> Self {
        Self { doing, why: why.into() }
    }
}

impl From<StoreError> for SendError {
    fn from(error: StoreError) -> Self {
        Self::later(error)
    }
}

impl From<StoreError> for ConnectError {
    fn from(error: StoreError) -> Self {
        Self::later(error)
    }
}

impl From<StoreError> for FetchError {
    fn from(error: StoreError) -> Self {
        Self::later(error)
    }
}
