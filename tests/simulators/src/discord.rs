//! A simulated Discord: gateway v10, REST v10 and CDN on one port of 127.0.0.1, for one bot.
//!
//! ```no_run
//! # async fn story() -> anyhow::Result<()> {
//! use simulators::discord::{Discord, Fault, Plan, Settings};
//! let discord = Discord::start(Settings::default()).await?;
//! let guild = discord.guild("Harbour");
//! let channel = discord.text_channel(guild, "general")?;
//! let ada = discord.person(guild, "ada")?;
//! discord.say(channel, ada, "hello")?;
//! // A bridge is started with `discord.url()` and `discord.token()`, answers through a webhook, and once:
//! discord.inject(Plan::new(Fault::BadGatewayAfter, "POST /webhooks/{webhook}/{token}"));
//! discord.wait_for(std::time::Duration::from_secs(5), |d| d.transcript(channel).len() == 2).await?;
//! # Ok(()) }
//! ```
//!
//! - `world` is the Discord behind the sockets: guilds, channels, messages, and the event each change causes.
//! - `shape` makes Discord's JSON of it; `rest` and `gateway` speak the protocol; `limits` count requests.
//! - `faults` is the script of what goes wrong; `control` is what tests and the demo hold in their hands.

mod calls;
mod cdn;
mod clock;
mod control;
mod error;
mod event;
mod faults;
mod gateway;
pub mod intent;
mod keep;
mod limits;
pub mod model;
pub mod permission;
pub(crate) mod picture;
mod rest;
mod server;
mod settings;
mod shape;
mod snowflake;
mod state;
mod window;
mod world;

use std::{
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use tokio::sync::mpsc::unbounded_channel;

pub use calls::Call;
pub use control::watch::{Line, TimedOut};
pub use error::Refusal;
pub use event::Event;
pub use faults::{Fault, Plan};
pub use settings::{Limits, Settings};
pub use snowflake::Snowflake;

use server::Server;
use state::{Shared, State};
use world::World;

/// A running simulated Discord. Copies control the same one; it ends with `stop`, or with its last copy.
#[derive(Clone, Debug)]
pub struct Discord {
    shared: Arc<Shared>,
    server: Arc<Mutex<Option<Server>>>,
    url: Arc<str>,
}

impl Discord {
    /// Starts it, with what its state file remembers, or empty but for the bot.
    pub async fn start(settings: Settings) -> anyhow::Result<Self> {
        let port = settings.port.unwrap_or(0);
        let listener =
            TcpListener::bind(("127.0.0.1", port)).with_context(|| format!("cannot listen on port {port}"))?;
        let url: Arc<str> = format!("http://{}", listener.local_addr()?).into();
        let kept = settings.state.as_deref().map(keep::load).transpose()?.flatten();
        let mut world = kept.unwrap_or_else(|| empty_world(&settings.bot_name));
        world.base = url.to_string();
        world.cdn_lifetime = settings.cdn_lifetime.as_secs();
        world.keep = settings.kept_messages;
        let (links, waiting) = unbounded_channel();
        let shared = Arc::new(Shared::new(State::new(settings, world), links));
        let server = Server::start(listener, Arc::clone(&shared), waiting).await?;
        Ok(Self { shared, server: Arc::new(Mutex::new(Some(server))), url })
    }

    /// Ends it: sockets closed, state written, port free.
    pub async fn stop(&self) {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(server) = server {
            server.stop().await;
        }
    }

    /// What stands in the place of `https://discord.com`: REST is under `/api/v10`, files under `/cdn`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address of the gateway, as `GET /gateway` tells it.
    pub fn gateway_url(&self) -> String {
        gateway_url(&self.url)
    }

    /// What stands in the place of `https://cdn.discordapp.com`.
    pub fn cdn_url(&self) -> String {
        format!("{}/cdn", self.url)
    }

    /// The bot's token.
    pub fn token(&self) -> &str {
        &self.shared.settings.token
    }
}

fn empty_world(bot_name: &str) -> World {
    let mut world = World::default();
    world.app.bot = world.create_user(bot_name, true);
    // Applications made since 2016 share their id with their bot.
    world.app.id = world.app.bot;
    world
}

fn gateway_url(base: &str) -> String {
    format!("ws{}/gateway", base.strip_prefix("http").unwrap_or(base))
}
