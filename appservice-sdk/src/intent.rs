//! Us → homeserver, as someone: the bot or a ghost.
//!
//! An [`Intent`] is a cheap view of the one [`Homeserver`] client. Every call is patient: it waits out network errors,
//! 5xx answers and rate limits for ever, with the same transaction id, and only gives up on a lasting refusal.

mod backoff;
mod client;
mod error;
mod media;
mod profile;
mod rooms;
mod send;

pub use self::{
    backoff::delay,
    client::Homeserver,
    error::MatrixError,
    profile::Profile,
    rooms::{CreateRoom, PowerLevels},
    send::{REMARK, Relation, Send},
};

/// Acts as one user of the application service.
#[derive(Clone, Copy)]
pub struct Intent<'a> {
    pub(crate) homeserver: &'a Homeserver,
    /// `None`: the bot.
    pub(crate) user: Option<&'a str>,
}

impl Homeserver {
    /// Acts as the service's own user.
    #[must_use]
    pub fn bot(&self) -> Intent<'_> {
        Intent { homeserver: self, user: None }
    }

    /// Acts as this user of the service's namespace.
    #[must_use]
    pub fn user<'a>(&'a self, user_id: &'a str) -> Intent<'a> {
        Intent { homeserver: self, user: Some(user_id) }
    }
}

impl Intent<'_> {
    /// Who acts.
    #[must_use]
    pub fn user_id(&self) -> &str {
        self.user.unwrap_or_else(|| self.homeserver.bot_id())
    }
}
