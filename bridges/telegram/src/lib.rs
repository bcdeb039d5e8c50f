//! Telegram, mirrored into Matrix and back.
//!
//! - [`config`]: what an operator sets. `login`: who the bot is. `session`: the live connection. `features`: what it can.
//! - `poll` asks for updates, `webhook` has them brought; `feed` stores each before it is confirmed; `receive` turns them
//!   into the SDK's words, purely. `album` puts together what Telegram tells in pieces.
//! - `send` plans what Matrix users say, purely, and does it. `command` is what people of Telegram ask of the bridge,
//!   `check` what the bot lacks.
//! - `rest` is the one door to the Bot API. `wire` is what Telegram says, `ids` and `look` what that means, `atlas` what
//!   is known of chats, `media` how files are read. `convert` translates texts.

mod album;
mod atlas;
mod check;
mod command;
mod config;
mod convert;
mod features;
mod feed;
mod ids;
mod login;
mod look;
mod media;
mod poll;
mod receive;
mod rest;
mod send;
mod session;
mod shared;
mod webhook;
mod wire;

use std::sync::Arc;

use appservice_sdk::prelude::*;
use serde_json::Value;

pub use crate::config::{Config, Mode, Secret, Topics, Uncertain};
use crate::feed::Feed;
pub use crate::rest::Pace;
use crate::rest::Rest;
use crate::session::Task;
pub use crate::session::Telegram;
use crate::shared::Shared;
use crate::webhook::Door;

/// Telegram as a network: its configuration.
#[derive(Clone)]
pub struct TelegramNetwork {
    config: Config,
    pace: Pace,
    door: Door,
}

impl TelegramNetwork {
    /// Telegram as the operator wants it.
    ///
    /// # Errors
    /// One sentence that names the key and the cure.
    pub fn open(section: Value) -> Result<Self, String> {
        Ok(Self { config: Config::read(section)?, pace: Pace::default(), door: Door::default() })
    }

    /// The same at another pace; for tests.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }
}

impl Network for TelegramNetwork {
    const INFO: NetworkInfo = NetworkInfo::new("telegram", "Telegram", "https://telegram.org");
    const RESEND: Resend = Resend::Never;
    type Session = Telegram;

    async fn connect(&self, remote: Remote) -> Result<Telegram, ConnectError> {
        let config = self.config.clone();
        let rest = Rest::new(config.api(), &config.token, self.pace.clone()).map_err(ConnectError::later)?;
        let rest = Arc::new(rest);
        let me = login::whoami(&rest).await?;
        tracing::info!(bot = me.username.as_deref(), "signed in to Telegram");
        let shared = Arc::new(Shared::load(config, rest.clone(), remote.clone(), me).await?);
        remote.emit_all(shared.atlas.found()).await?;
        let feed = Feed::load(shared.clone(), self.pace.album).await?;
        let reading = match shared.config.mode {
            Mode::Poll => {
                webhook::unset(&rest).await?;
                tokio::spawn(poll::run(shared.clone(), feed, self.pace.longest))
            }
            Mode::Webhook => {
                let reading = tokio::spawn(webhook::run(feed, self.door.open()));
                webhook::set(&rest, &shared.config, &remote).await?;
                remote.connected();
                reading
            }
        };
        let checking = tokio::spawn(check::all(shared.clone()));
        Ok(Telegram { shared, _tasks: vec![Task(reading), Task(checking)] })
    }

    async fn http(&self, request: HttpRequest, remote: Remote) -> HttpResponse {
        match self.config.mode {
            Mode::Webhook => self.door.answer(&request, &remote).await,
            Mode::Poll => HttpResponse::not_found(),
        }
    }
}
