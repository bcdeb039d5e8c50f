//! A simulated Slack: Web API, Socket Mode (or HTTP callbacks) and files on one port of 127.0.0.1, for one app in one
//! workspace.
//!
//! ```no_run
//! # async fn story() -> anyhow::Result<()> {
//! use simulators::slack::{Fault, Plan, Settings, Slack};
//! let slack = Slack::start(Settings::default()).await?;
//! let channel = slack.channel("news")?;
//! let ada = slack.person("ada")?;
//! slack.join(&channel, &ada)?;
//! slack.say(&channel, &ada, "hello *there*")?;
//! // A bridge is started with `slack.api_url()`, `slack.token()` and `slack.app_token()`, and once:
//! slack.inject(Plan::new(Fault::CutAfter, "chat.postMessage"));
//! slack.wait_for(std::time::Duration::from_secs(5), |s| s.transcript(&channel).len() == 2).await?;
//! # Ok(()) }
//! ```
//!
//! - `world` is the Slack behind the sockets: people, channels, messages, and the event each change causes.
//! - `shape` makes Slack's JSON of it; `api`, `socket` and `callbacks` speak the protocol; `limits` count requests.
//! - `faults` is the script of what goes wrong; `control` is what tests and the demo hold in their hands.

mod api;
mod callbacks;
mod calls;
mod clock;
mod control;
mod error;
mod event;
mod faults;
mod keep;
mod limits;
pub mod model;
mod server;
mod settings;
mod shape;
mod socket;
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
pub use control::{
    talk::Note,
    watch::{Line, TimedOut},
};
pub use error::Refusal;
pub use event::Event;
pub use faults::{Fault, Plan};
pub use settings::{Limits, SCOPES, Settings};
pub use socket::{Goodbye, Told};

use server::{Server, Waiting};
use state::{Shared, State};
use world::World;

/// A running simulated Slack. Copies control the same one; it ends with `stop`, or with its last copy.
#[derive(Clone, Debug)]
pub struct Slack {
    shared: Arc<Shared>,
    server: Arc<Mutex<Option<Server>>>,
    url: Arc<str>,
}

impl Slack {
    /// Starts it, with what its state file remembers, or empty but for the owner, the app and #general.
    pub async fn start(settings: Settings) -> anyhow::Result<Self> {
        let port = settings.port.unwrap_or(0);
        let listener =
            TcpListener::bind(("127.0.0.1", port)).with_context(|| format!("cannot listen on port {port}"))?;
        let url: Arc<str> = format!("http://{}", listener.local_addr()?).into();
        let kept = settings.state.as_deref().map(keep::load).transpose()?.flatten();
        let mut world = kept.unwrap_or_else(|| World::new(&settings.team_name, &settings.bot_name));
        world.base = url.to_string();
        world.slim_files = settings.slim_files;
        world.kept_messages = settings.kept_messages;
        let (later, when_due) = unbounded_channel();
        let (posts, to_post) = unbounded_channel();
        let shared = Arc::new(Shared::new(State::new(settings, world), later, posts));
        let waiting = Waiting { later: when_due, posts: to_post };
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

    /// Where it is: files, pictures, and its page.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What stands in the place of `https://slack.com/api`.
    pub fn api_url(&self) -> String {
        format!("{}/api", self.url)
    }

    /// The bot's token.
    pub fn token(&self) -> &str {
        &self.shared.settings.token
    }

    /// The app-level token.
    pub fn app_token(&self) -> &str {
        &self.shared.settings.app_token
    }

    /// What HTTP callbacks are signed with.
    pub fn signing_secret(&self) -> &str {
        &self.shared.settings.signing_secret
    }
}
