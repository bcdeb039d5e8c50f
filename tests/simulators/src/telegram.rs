//! A simulated Telegram: the Bot API and its files on one port of 127.0.0.1, for one bot.
//!
//! ```no_run
//! # async fn story() -> anyhow::Result<()> {
//! use simulators::telegram::{Fault, Plan, Settings, Telegram};
//! let telegram = Telegram::start(Settings::default()).await?;
//! let ada = telegram.person("Ada", Some("ada"));
//! let harbour = telegram.supergroup("Harbour", ada);
//! telegram.add_bot(harbour, ada)?;
//! telegram.say(harbour, ada, "hello")?;
//! // A bridge is started with `telegram.url()` and `telegram.token()`, answers, and once:
//! telegram.inject(Plan::new(Fault::BadGatewayAfter, "sendMessage"));
//! telegram.wait_for(std::time::Duration::from_secs(5), |t| t.transcript(harbour).len() == 2).await?;
//! # Ok(()) }
//! ```
//!
//! - `world` is the Telegram behind the sockets: accounts, chats, messages, and what the bot is told of each change.
//! - `shape` makes Telegram's JSON of it; `api` speaks the protocol; `updates` and `webhook` deliver; `limits` count.
//! - `faults` is the script of what goes wrong; `control` is what tests and the demo hold in their hands.

mod api;
mod calls;
mod clock;
mod control;
mod error;
mod faults;
mod files;
mod keep;
mod limits;
pub mod model;
pub mod rights;
mod server;
mod settings;
mod shape;
mod state;
mod text;
mod updates;
mod webhook;
mod window;
mod world;

use std::{
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;

pub use calls::Call;
pub use control::watch::{Line, TimedOut};
pub use error::Refusal;
pub use faults::{Fault, Plan};
pub use files::{Media, MediaKind};
pub use settings::{Limits, Settings};
pub use world::draft::{Draft, Sender};

use server::Server;
use state::{Shared, State};
use world::World;

/// A running simulated Telegram. Copies control the same one; it ends with `stop`, or with its last copy.
#[derive(Clone, Debug)]
pub struct Telegram {
    shared: Arc<Shared>,
    server: Arc<Mutex<Option<Server>>>,
    url: Arc<str>,
}

impl Telegram {
    /// Starts it, with what its state file remembers, or empty but for the bot.
    pub async fn start(settings: Settings) -> anyhow::Result<Self> {
        let port = settings.port.unwrap_or(0);
        let listener =
            TcpListener::bind(("127.0.0.1", port)).with_context(|| format!("cannot listen on port {port}"))?;
        let url: Arc<str> = format!("http://{}", listener.local_addr()?).into();
        let kept = settings.state.as_deref().map(keep::load).transpose()?.flatten();
        let state = match kept {
            Some(kept) => State { webhook: kept.webhook, ..State::new(settings, kept.world, kept.updates) },
            None => {
                let world = World::with_bot(&settings);
                let updates = updates::Updates::starting_at(settings.first_update);
                State::new(settings, world, updates)
            }
        };
        let shared = Arc::new(Shared::new(state));
        let server = Server::start(listener, Arc::clone(&shared)).await?;
        Ok(Self { shared, server: Arc::new(Mutex::new(Some(server))), url })
    }

    /// Ends it: sockets closed, state written, port free.
    pub async fn stop(&self) {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(server) = server {
            server.stop().await;
        }
    }

    /// What stands in the place of `https://api.telegram.org`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The bot's token, as BotFather last gave it.
    pub fn token(&self) -> String {
        self.shared.look(|state| state.world.token.clone())
    }
}
