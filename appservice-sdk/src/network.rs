//! The author's page: what a bridge to one network has to say.
//!
//! A bridge is two traits. [`Network`] names the network and connects; [`Session`] is the live connection and does what
//! Matrix users ask for. What happens over there is told to [`Remote`] as plain [`Incoming`] values. Everything between
//! (order, storage, retries, ids, ghosts, rooms, media) is the SDK's.

pub mod command;
pub mod error;
pub mod features;
pub mod http;
pub mod ids;
pub mod incoming;
pub mod media;
pub mod outgoing;
pub mod picture;
pub mod profile;
pub mod remote;
pub mod session;

use std::future::Future;

pub use crate::media::web;

pub use self::{
    command::{Answer, Asked},
    error::{BoxError, ConnectError, FetchError, Refusal, SendError, StoreError},
    features::Features,
    http::{HttpRequest, HttpResponse},
    ids::{ChatId, MessageId, RemoteUserId, SendKey, Timestamp},
    incoming::{Author, ChatDelta, Emoji, Incoming, PackImage, Part, Poll, PollAnswer, What},
    media::{MediaKind, MediaRef, MediaSource, MediaStream},
    outgoing::{Act, Attempt, Edit, Known, Lookup, Moderate, OnBehalf, Outgoing, PollState, React, Sent},
    profile::{Access, ChatInfo, ChatKind, UserInfo},
    remote::{Batch, LinkedChat, Person, Remote},
    session::{DynSession, Session},
};

/// What a network is called, here and in ids.
#[derive(Clone, Copy, Debug)]
pub struct NetworkInfo {
    /// Lower-case, for ids, command prefixes and tables: `discord`.
    pub id: &'static str,
    /// For people: `Discord`.
    pub name: &'static str,
    /// Web address of the network, for `m.bridge` state.
    pub url: &'static str,
    /// Whether the network writes its ids in capitals, as Slack does: ghosts are then called by the small letters.
    pub capitals: bool,
}

impl NetworkInfo {
    /// A network known by `id`, called `name`.
    #[must_use]
    pub const fn new(id: &'static str, name: &'static str, url: &'static str) -> Self {
        Self { id, name, url, capitals: false }
    }

    /// The same network, whose ids are written in capitals.
    #[must_use]
    pub const fn in_capitals(self) -> Self {
        Self { capitals: true, ..self }
    }
}

/// What to do with a send whose outcome stayed unknown even after [`Session::lookup`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// Send again with the same key: the network recognises the key.
    WithKey,
    /// Give up and tell the sender that it may not have arrived.
    Never,
    /// Send again and accept that it may appear twice.
    Always,
}

/// A remote network. One value per process; cheap; owns no connection.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a network",
    note = "a network has an INFO, a Session type and `connect`: see `examples/echo.rs`"
)]
pub trait Network: Send + Sync + 'static {
    /// Name and ids.
    const INFO: NetworkInfo;
    /// What to do when a send can neither be confirmed nor ruled out.
    const RESEND: Resend = Resend::Never;
    /// The live connection.
    type Session: Session;

    /// Connects the one account of this process. Called at start and, with back-off, after each
    /// [`Remote::disconnected`] or failed call; the former session is dropped first. Returns once messages can be sent.
    fn connect(&self, remote: Remote) -> impl Future<Output = Result<Self::Session, ConnectError>> + Send;

    /// Answers an HTTP request on the bridge's own listener whose path is not one of the SDK's. Called for any path
    /// outside `/_matrix/`; below `/_bridge/` only when the caller carried the `hs_token`
    /// (then [`HttpRequest::trusted`] is true).
    fn http(&self, request: HttpRequest, remote: Remote) -> impl Future<Output = HttpResponse> + Send {
        let _ = (request, remote);
        async { HttpResponse::not_found() }
    }
}
