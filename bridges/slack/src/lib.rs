//! Slack, mirrored into Matrix and back.
//!
//! - [`config`]: what an operator sets. `login`: who the app is, and with `scopes` whether it may enough. `session`: the
//!   live connection. `features`: what it can, and what Slack makes impossible.
//! - `socket` and `http` are the two ways in; `inlet` stores what comes before it is acknowledged; `feed` understands it in
//!   order, and `receive` turns it into the SDK's words, purely. `catch_up` fills gaps from history.
//! - `send` plans what Matrix users say, purely, and does it. `command` is `/matrix` in Slack.
//! - `api` is the one door to Slack's Web API. `wire` is what Slack says, `ids` and `look` what that means, `atlas` what is
//!   known about the surroundings. `convert` translates markup.

mod api;
mod atlas;
mod catch_up;
mod command;
mod config;
mod convert;
mod features;
mod feed;
mod http;
mod ids;
mod inlet;
mod login;
mod look;
mod receive;
mod scopes;
mod send;
mod session;
mod shared;
mod socket;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use appservice_sdk::prelude::*;
use tokio::time::timeout;

use crate::api::Api;
use crate::atlas::Atlas;
pub use crate::config::{Config, Mode, Replies, Secret};
use crate::feed::Feed;
use crate::inlet::{Entry, Inlet};
pub use crate::session::Slack;
use crate::session::Task;
use crate::shared::{Recent, Shared};
pub use crate::socket::Pace;
use crate::socket::Socket;

/// How long connecting waits for the socket. Messages to Slack flow without it.
const GREETING: Duration = Duration::from_secs(15);

/// Slack as a network: its configuration, and where what Slack tells comes in.
#[derive(Clone)]
pub struct SlackNetwork {
    config: Config,
    pace: Pace,
    inlet: Arc<Inlet>,
}

impl SlackNetwork {
    /// Slack as the operator wants it.
    ///
    /// # Errors
    /// One sentence that names the key and the cure.
    pub fn open(section: serde_json::Value) -> Result<Self, String> {
        Ok(Self { config: Config::read(section)?, pace: Pace::default(), inlet: Arc::default() })
    }

    /// The same with other waits between attempts to connect; for tests.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }
}

impl Network for SlackNetwork {
    const INFO: NetworkInfo = NetworkInfo::new("slack", "Slack", "https://slack.com").in_capitals();
    const RESEND: Resend = Resend::Never;
    type Session = Slack;

    async fn connect(&self, remote: Remote) -> Result<Slack, ConnectError> {
        let api = Arc::new(Api::new(&self.config).map_err(ConnectError::later)?);
        let me = login::whoami(&api).await?;
        tracing::info!(workspace = me.url, "signed in to Slack");
        self.inlet.load(&remote).await?;
        let shared = Arc::new(Shared {
            config: self.config.clone(),
            atlas: Atlas::new(api.clone()),
            api,
            remote,
            me,
            shares: Recent::default(),
            erased: Recent::default(),
        });
        shared.forget_uploads(Timestamp::now()).await?;
        let socket = match self.config.mode {
            Mode::Socket => Some(self.listen(&shared).await?),
            Mode::Http => {
                self.inlet
                    .put(&shared.remote, Entry::Hello)
                    .await
                    .map_err(|why| ConnectError::later(why.to_string()))?;
                shared.remote.connected();
                None
            }
        };
        let feed = Feed::new(shared.clone(), self.inlet.clone());
        Ok(Slack { shared, _socket: socket, _feed: Task(tokio::spawn(feed.run())) })
    }

    async fn http(&self, request: HttpRequest, remote: Remote) -> HttpResponse {
        if !request.path.starts_with(http::PATHS) {
            return picture::answer(&request, &remote).await;
        }
        match self.config.mode {
            Mode::Http => http::answer(&request, &self.config.signing_secret, &self.inlet, &remote).await,
            Mode::Socket => HttpResponse::not_found(),
        }
    }
}

impl SlackNetwork {
    /// Opens the socket and waits until Slack says hello, or says why it will not.
    async fn listen(&self, shared: &Shared) -> Result<Socket, ConnectError> {
        let opened =
            Socket::open(&shared.api, &self.config.app_token, &self.pace, self.inlet.clone(), shared.remote.clone());
        let (socket, mut live) = opened.await.map_err(ConnectError::later)?;
        if let Ok(Ok(_)) = timeout(GREETING, live.wait_for(|live| *live)).await {
            return Ok(socket);
        }
        match shared.api.try_socket(&self.config.app_token).await {
            Err(error) if error.is_any(&["invalid_auth", "not_authed", "token_revoked", "account_inactive"]) => {
                Err(ConnectError::SignedOut(
                    "Slack does not accept bridges.slack.app_token: make another under «App-Level Tokens»".to_owned(),
                ))
            }
            Err(error) if !error.passes() => Err(ConnectError::Config(format!(
                "Slack opens no socket ({error}): turn Socket Mode on for the app, and give its token connections:write"
            ))),
            // It keeps trying; messages to Slack flow without it.
            _ => Ok(socket),
        }
    }
}
