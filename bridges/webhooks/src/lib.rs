//! The webhook bridge: `POST /hooks/SECRET` puts a message into a room.
//!
//! A hook belongs to a room and is known by its secret alone. It understands what Mattermost, Slack and Discord take
//! at their own addresses, and answers as they do, so that whatever can notify those can notify a Matrix room. Each
//! name a hook speaks under is a ghost of its own. Matrix → webhook does not exist: what people say in the room stays
//! there.
//!
//! - [`hooks`]: which hooks there are, and making them
//! - [`receive`]: from a request to a stored message and the answer
//! - [`dialect`]: how each service writes a message, and its answers
//! - [`post`]: what they have in common
//! - [`convert`]: Markdown and cards to rich text
//! - [`identity`]: who speaks

pub mod convert;
pub mod dialect;
pub mod emoji;
pub mod hooks;
pub mod identity;
pub mod post;
pub mod receive;
mod session;

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use self::session::NobodyThere;

/// Webhooks, as a network.
#[derive(Debug)]
pub struct Webhooks(());

impl Webhooks {
    /// Reads the section `[bridges.webhooks]`, which has no keys of its own yet.
    ///
    /// # Errors
    /// A sentence that names the key.
    pub fn open(settings: &Map<String, Value>) -> Result<Self, String> {
        match settings.keys().next() {
            None => Ok(Self(())),
            Some(key) => Err(format!("`bridges.webhooks.{key}`: there is no such key; remove it")),
        }
    }
}

impl Network for Webhooks {
    const INFO: NetworkInfo = NetworkInfo::new("webhooks", "Webhook", "");
    type Session = NobodyThere;

    async fn connect(&self, remote: Remote) -> Result<NobodyThere, ConnectError> {
        remote.connected();
        Ok(NobodyThere)
    }

    async fn http(&self, request: HttpRequest, remote: Remote) -> HttpResponse {
        match request.path.as_str() {
            "/_bridge/hooks" if request.trusted && request.method == "POST" => hooks::make(&request, &remote).await,
            path => match path.strip_prefix("/hooks/").filter(|secret| !secret.contains('/')) {
                Some(secret) => receive::receive(&request, secret, &remote).await,
                None => HttpResponse::not_found(),
            },
        }
    }
}
