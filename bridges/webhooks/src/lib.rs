//! The webhook bridge: whatever can notify Slack, Mattermost, Discord and their like can notify a Matrix room, with only
//! the host changed.
//!
//! A hook belongs to a room and is known by its secret alone. Each name it speaks under is a ghost of its own.
//!
//! - [`hooks`]: which hooks there are, and making them
//! - [`address`]: where each dialect lives, and the one secret that suits them all
//! - [`body`]: JSON, forms, parts and plain text
//! - [`receive`]: from a request to its dialect
//! - [`dialect`]: how each service writes a message, and its answers
//! - [`post`]: what they have in common
//! - [`deliver`]: the one door into the room, where a message is stored before it is answered
//! - [`convert`]: every markup to rich text
//! - [`template`]: any other JSON
//! - [`files`]: what came along
//! - [`identity`], [`ids`]: who speaks, and what messages are called

pub mod address;
pub mod body;
pub mod convert;
pub mod deliver;
pub mod dialect;
pub mod emoji;
pub mod files;
pub mod hooks;
pub mod identity;
pub mod ids;
pub mod post;
pub mod receive;
mod session;
pub mod template;

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
        files::sweep(&remote).await;
        remote.connected();
        Ok(NobodyThere { remote })
    }

    async fn http(&self, request: HttpRequest, remote: Remote) -> HttpResponse {
        match request.path.as_str() {
            "/_bridge/hooks" if request.trusted && request.method == "POST" => hooks::make(&request, &remote).await,
            _ => receive::receive(&request, &remote).await,
        }
    }
}
