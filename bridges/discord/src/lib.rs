//! Discord, mirrored into Matrix and back.
//!
//! - [`config`]: what an operator sets. `login`: who the bot is. `session`: the live connection. `features`: what it can.
//! - `gateway` reads the ordered stream of events; `feed` stores each before it looks at the next; `receive` turns them
//!   into the SDK's words, purely. `catch_up` fills gaps from history.
//! - `send` plans what Matrix users say, purely, and does it through `hooks`, the channels' webhooks.
//! - `rest` is the one door to Discord's REST interface. `wire` is what Discord says, `ids` and `look` what that means,
//!   `atlas` what is known about the surroundings. `convert` translates markdown.

mod atlas;
mod catch_up;
mod chats;
mod command;
mod config;
mod convert;
mod emoji;
mod features;
mod feed;
mod gateway;
mod hooks;
mod ids;
mod login;
mod look;
mod powers;
mod receive;
mod rest;
mod rights;
mod send;
mod session;
mod shared;
mod wire;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use appservice_sdk::prelude::*;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::atlas::Atlas;
use crate::catch_up::{Begun, Windows};
pub use crate::config::{Config, Secret};
use crate::emoji::Emojis;
use crate::feed::{Feed, POSITION, Systems};
pub use crate::gateway::Pace;
use crate::gateway::{Fatal, Gateway, Position, READ_AHEAD};
use crate::hooks::Hooks;
use crate::look::Cdn;
use crate::powers::Powers;
use crate::rest::Rest;
pub use crate::session::Discord;
use crate::session::Task;
use crate::shared::Shared;

/// How long connecting waits for the gateway. Messages to Discord flow without it.
const GREETING: Duration = Duration::from_secs(15);

/// Discord as a network: its configuration.
#[derive(Clone, Debug)]
pub struct DiscordNetwork {
    config: Config,
    pace: Pace,
}

impl DiscordNetwork {
    /// Discord as the operator wants it.
    ///
    /// # Errors
    /// One sentence that names the key and the cure.
    pub fn open(section: serde_json::Value) -> Result<Self, String> {
        Ok(Self { config: Config::read(section)?, pace: Pace::default() })
    }

    /// The same with other waits between attempts to connect; for tests.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }
}

impl Network for DiscordNetwork {
    const INFO: NetworkInfo = NetworkInfo::new("discord", "Discord", "https://discord.com");
    const RESEND: Resend = Resend::Never;
    type Session = Discord;

    async fn connect(&self, remote: Remote) -> Result<Discord, ConnectError> {
        let config = self.config.clone();
        let rest = Arc::new(Rest::new(config.api(), &config.token).map_err(ConnectError::later)?);
        let me = login::whoami(&rest).await?;
        let app = login::application(&rest, me.id).await?;
        let invitation = features::invitation(app.get());
        tracing::info!(bot = me.username, invitation, "signed in to Discord");
        let guilds = login::guilds(&rest, &config).await?;
        let cdn = Cdn::new(config.cdn());
        let position = remote.get::<Position>(POSITION).await?;
        let shared = Arc::new(Shared {
            atlas: Atlas::new(rest.clone(), cdn.clone(), me.id),
            hooks: Hooks::load(rest.clone(), remote.clone(), me.id, app).await?,
            powers: Powers::load(&remote).await?,
            begun: Begun::load(&remote).await?,
            windows: Windows::load(&remote).await?,
            guilds: Mutex::new(guilds),
            emojis: Emojis::load(&remote).await?,
            members_of_systems: Systems::default(),
            ballots: shared::Recent::default(),
            app,
            me: me.id,
            config,
            rest,
            remote,
            cdn,
            addresses: shared::Addresses::default(),
            echoes: shared::Recent::default(),
            erased: shared::Recent::default(),
        });
        shared.register().await;
        self.listen(shared, position).await
    }

    async fn http(&self, request: HttpRequest, remote: Remote) -> HttpResponse {
        picture::answer(&request, &remote).await
    }
}

impl DiscordNetwork {
    /// Starts reading and waits until Discord talks, or says why it will not.
    async fn listen(&self, shared: Arc<Shared>, position: Option<Position>) -> Result<Discord, ConnectError> {
        let (signals, heard) = mpsc::channel(READ_AHEAD);
        let (live, mut lives) = watch::channel(false);
        let (over, mut ended) = watch::channel(None::<Fatal>);
        let gateway = Gateway {
            rest: shared.rest.clone(),
            token: shared.config.token.clone(),
            address: shared.config.gateway_url.clone(),
            pace: self.pace.clone(),
            position,
        };
        let remote = shared.remote.clone();
        let reading = tokio::spawn(async move {
            let fatal = gateway.run(signals).await;
            if let Some(fatal) = fatal {
                tracing::error!(reason = fatal.sentence(), "Discord's gateway is closed to this bot");
                remote.disconnected(fatal.sentence());
                over.send_replace(Some(fatal));
            }
        });
        let feed = Feed::new(shared.clone(), live);
        let tasks = vec![Task(reading), Task(tokio::spawn(feed.run(heard)))];
        let session = Discord { shared, _tasks: tasks };
        let first = async {
            let talks = async {
                if lives.wait_for(|live| *live).await.is_err() {
                    // The feed ended with the gateway, which has said why or is about to.
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = talks => None,
                fatal = ended.wait_for(Option::is_some) => fatal.ok().and_then(|fatal| fatal.clone()),
            }
        };
        match timeout(GREETING, first).await {
            Ok(Some(Fatal::Token)) => Err(ConnectError::SignedOut(Fatal::Token.sentence().to_owned())),
            Ok(Some(fatal)) => Err(ConnectError::Config(fatal.sentence().to_owned())),
            Ok(None) | Err(_) => Ok(session),
        }
    }
}
