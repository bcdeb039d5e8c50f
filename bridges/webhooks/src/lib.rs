//! The webhook bridge: whatever can notify Slack, Mattermost, Discord and their like can notify a Matrix room, with only
//! the host changed.
//!
//! A hook belongs to a room and is known by its secret alone. Each name it speaks under is a ghost of its own.
//!
//! - [`hooks`]: which hooks there are, and making them, by command and over HTTP
//! - [`address`]: where each dialect lives, and the one secret that suits them all
//! - [`body`]: JSON, forms, parts and plain text
//! - [`receive`]: from a request to its dialect
//! - [`dialect`]: how each service writes a message, and its answers
//! - [`post`]: what they have in common
//! - [`deliver`]: the one door into the room, where a message is stored before it is answered
//!   - [`incident`]: messages that tell of one thing; [`storm`]: more than anybody can read
//!   - [`say`]: how urgent a message is; [`urgent`]: what repeats until somebody answers
//! - [`heartbeat`]: what should be heard from, and an alert when it is not
//! - [`fallback`]: other ways for what nobody answers
//! - [`outgoing`]: what people say, told to programs
//! - [`desk`], [`agenda`], [`timers`]: what all of them work with, and what happens because time passed
//! - [`convert`]: every markup to rich text
//! - [`template`]: any other JSON
//! - [`files`]: what came along
//! - [`identity`], [`ids`]: who speaks, and what messages are called

pub mod address;
pub mod agenda;
pub mod body;
pub mod config;
pub mod convert;
pub mod deliver;
pub mod desk;
pub mod dialect;
pub mod emoji;
pub mod fallback;
pub mod files;
pub mod heartbeat;
pub mod hooks;
pub mod identity;
pub mod ids;
pub mod incident;
pub mod outgoing;
pub mod post;
pub mod receive;
pub mod say;
mod session;
pub mod storm;
pub mod template;
mod timers;
pub mod urgent;
pub mod when;

use std::sync::Arc;

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use self::{
    config::Config,
    desk::{Desk, House},
    session::Listener,
};

/// Webhooks, as a network.
pub struct Webhooks(Arc<House>);

impl Webhooks {
    /// Reads the section `[bridges.webhooks]`: see [`config`].
    ///
    /// # Errors
    /// A sentence that names the key.
    pub fn open(settings: &Map<String, Value>) -> Result<Self, String> {
        Ok(Self(Arc::new(House::new(Config::read(settings)?))))
    }
}

impl Network for Webhooks {
    const INFO: NetworkInfo = NetworkInfo::new("webhooks", "Webhook", "");
    type Session = Listener;

    async fn connect(&self, remote: Remote) -> Result<Listener, ConnectError> {
        files::sweep(&remote).await;
        let desk = Desk::new(remote, self.0.clone());
        self.0.outs.load(&desk).await?;
        timers::resume(&desk).await?;
        desk.connected();
        Ok(Listener { timers: tokio::spawn(timers::run(desk.clone())), desk })
    }

    async fn http(&self, request: HttpRequest, remote: Remote) -> HttpResponse {
        let desk = Desk::new(remote, self.0.clone());
        let path = request.path.as_str();
        if path == "/_bridge/hooks" || path.starts_with("/_bridge/hooks/") {
            return if request.trusted { hooks::api::answer(&request, &desk).await } else { HttpResponse::not_found() };
        }
        match path.strip_prefix("/reply/") {
            Some(secret) if request.method == "POST" => outgoing::reply(&request, secret, &desk).await,
            _ => receive::receive(&request, &desk).await,
        }
    }
}
