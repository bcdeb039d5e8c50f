//! An application service that is no bridge: it hears events, in order per room, and acts as its bot.
//!
//! ```no_run
//! # use appservice_sdk::{AppService, BridgeConfig};
//! # async fn welcome(config: BridgeConfig) -> anyhow::Result<()> {
//! AppService::new(config)
//!     .on(|event, bot| async move {
//!         if event.kind == "m.room.member" && event.content["membership"] == "join" {
//!             bot.notice(&event.room_id, &format!("Welcome, {}.", event.sender)).await?;
//!         }
//!         Ok(())
//!     })
//!     .run()
//!     .await
//! # }
//! ```

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use registrations::Registration;
use serde_json::Value;

use crate::{
    bridge::{Bridge, BridgeConfig, Running},
    core::Core,
    engine::{event::MatrixEvent, run::settle},
    inbox::lane::After,
    intent::{Homeserver, Intent, MatrixError, Send as Sending, delay},
    network::{
        Attempt, ChatId, ChatInfo, ConnectError, Features, FetchError, Network, NetworkInfo, Refusal, Remote,
        RemoteUserId, SendError, SendKey, Sent, Session, StoreError, Timestamp, UserInfo,
    },
    store::inbox::Item,
};

/// How often a handler that fails is tried on one event.
const TRIES: u32 = 5;

/// An event, as a handler gets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// `$…`
    pub event_id: String,
    /// `!…`
    pub room_id: String,
    /// `m.room.message`, …
    pub kind: String,
    /// `@…`
    pub sender: String,
    /// For state events.
    pub state_key: Option<String>,
    /// When the sender's server says it was sent.
    pub at: Timestamp,
    /// The content.
    pub content: Value,
}

/// The bot, while one event is handled. What it sends has transaction ids derived from the event, so that a handler which
/// runs again after a crash, and does the same again, sends nothing twice.
pub struct Bot {
    homeserver: Homeserver,
    cause: String,
    sent: AtomicU32,
}

impl Bot {
    /// Everything else the bot can do.
    #[must_use]
    pub fn intent(&self) -> Intent<'_> {
        self.homeserver.bot()
    }

    /// Sends an event; answers its id.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn send(&self, room: &str, kind: &str, content: Value) -> Result<String, MatrixError> {
        let number = self.sent.fetch_add(1, Ordering::Relaxed).to_string();
        let key = SendKey::derive(&["appservice", &self.cause, &number]);
        let event = Sending { room: room.to_owned(), kind: kind.to_owned(), content, key, at: None };
        self.intent().send(&event).await
    }

    /// Says something.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn say(&self, room: &str, text: &str) -> Result<String, MatrixError> {
        let content = serde_json::json!({ "msgtype": "m.text", "body": text, "m.mentions": {} });
        self.send(room, "m.room.message", content).await
    }

    /// Says something as programs do.
    ///
    /// # Errors
    /// A lasting refusal.
    pub async fn notice(&self, room: &str, text: &str) -> Result<String, MatrixError> {
        let content = serde_json::json!({ "msgtype": "m.notice", "body": text, "m.mentions": {} });
        self.send(room, "m.room.message", content).await
    }
}

type Handled = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;
type Handler = Box<dyn Fn(Event, Arc<Bot>) -> Handled + Send + Sync>;

/// What an application service does with events.
pub(crate) struct Handlers {
    all: Vec<Handler>,
    registration: Registration,
}

impl Handlers {
    /// Whether somebody is the service itself.
    pub(crate) fn is_own(&self, user: &str, server_name: &str) -> bool {
        self.registration.covers_user(user, server_name)
    }

    /// Hands an event to every handler; tried again when one fails, a few times.
    pub(crate) async fn work(&self, core: &Core, item: &Item, tries: u32) -> Result<After, StoreError> {
        let Ok(event) = serde_json::from_str::<MatrixEvent>(&item.body) else {
            return settle(core, item, Vec::new()).await;
        };
        for (number, handler) in self.all.iter().enumerate() {
            let cause = format!("{}/{number}", event.event_id);
            let bot = Arc::new(Bot { homeserver: core.homeserver.clone(), cause, sent: AtomicU32::new(0) });
            if let Err(error) = handler(given(&event), bot).await {
                tracing::warn!(event_id = event.event_id, error = %error, "A handler failed.");
                if tries < TRIES {
                    return Ok(After::Again(delay(tries, rand::random())));
                }
            }
        }
        core.health.from_matrix.handled();
        settle(core, item, Vec::new()).await
    }
}

fn given(event: &MatrixEvent) -> Event {
    Event {
        event_id: event.event_id.clone(),
        room_id: event.room_id.clone(),
        kind: event.kind.clone(),
        sender: event.sender.clone(),
        state_key: event.state_key.clone(),
        at: Timestamp(event.origin_server_ts),
        content: event.content.clone(),
    }
}

/// An application service. Events are stored before they are acknowledged, and handled in order per room.
pub struct AppService {
    config: BridgeConfig,
    handlers: Vec<Handler>,
}

impl AppService {
    /// A service that does nothing yet.
    #[must_use]
    pub fn new(config: BridgeConfig) -> Self {
        Self { config, handlers: Vec::new() }
    }

    /// Calls this for every event of others in rooms the service sees.
    #[must_use]
    pub fn on<F, Done>(mut self, handler: F) -> Self
    where
        F: Fn(Event, Arc<Bot>) -> Done + Send + Sync + 'static,
        Done: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.handlers.push(Box::new(move |event, bot| Box::pin(handler(event, bot))));
        self
    }

    fn bridge(self) -> Bridge<NoNetwork> {
        let handlers = Handlers { all: self.handlers, registration: self.config.registration.clone() };
        Bridge::new(NoNetwork, self.config).handled_by(handlers)
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// # Errors
    /// The listener, the database or the homeserver's address cannot work.
    pub async fn run(self) -> anyhow::Result<()> {
        self.bridge().run().await
    }

    /// Starts.
    ///
    /// # Errors
    /// The listener, the database or the homeserver's address cannot work.
    pub async fn start(self) -> anyhow::Result<Running> {
        self.bridge().start().await
    }
}

/// There is nothing on the other side.
struct NoNetwork;

impl Network for NoNetwork {
    const INFO: NetworkInfo = NetworkInfo::new("appservice", "Application service", "https://matrix.org");
    type Session = Nothing;

    async fn connect(&self, remote: Remote) -> Result<Nothing, ConnectError> {
        remote.connected();
        Ok(Nothing)
    }
}

struct Nothing;

impl Session for Nothing {
    fn features(&self, _: &ChatId) -> Features {
        Features::text_only()
    }

    async fn send(&self, _: &Attempt) -> Result<Sent, SendError> {
        Err(SendError::Refused(Refusal::Unsupported("sending")))
    }

    async fn chat(&self, _: &ChatId) -> Result<ChatInfo, FetchError> {
        Err(FetchError::Missing)
    }

    async fn user(&self, _: &RemoteUserId) -> Result<UserInfo, FetchError> {
        Err(FetchError::Missing)
    }
}
