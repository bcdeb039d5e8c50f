//! A bridge, from its configuration to its end.

use std::{io::Write, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use anyhow::Context;
use registrations::Registration;
use serde::Deserialize;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    appservice::Handlers,
    connect,
    core::{Core, Settings},
    engine::{names::Names, run::power},
    host::CoreHost,
    inbox::lane,
    ingress::{
        ServeNetwork,
        server::{Listener, Serving},
    },
    intent::{Homeserver, MatrixError, delay},
    media::web,
    network::{HttpRequest, HttpResponse, Network, Remote, Timestamp},
    portal::{leave, link::configured, map::Portals},
    settings::{AutoCreate, Exclude, StatusEvents},
    store::{Store, failed, inbox},
};

/// A link that stands in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkConfig {
    /// `!id:server` or `#alias:server`.
    pub room: String,
    /// The network's id of the chat.
    pub chat: String,
}

/// What a bridge needs to know.
#[derive(Clone, Debug)]
pub struct BridgeConfig {
    /// The registration the homeserver has, too.
    pub registration: Registration,
    /// `http://127.0.0.1:8008`
    pub homeserver_url: String,
    /// The part of user ids after the colon. `None`: the homeserver is asked.
    pub server_name: Option<String>,
    /// `sqlite:/path/to/file.db` or `postgres://…`
    pub database_url: String,
    /// Where to listen; port 0 takes a free one.
    pub listen: String,
    /// Rooms and chats that are linked from the start.
    pub links: Vec<LinkConfig>,
    /// Whether rooms are made for chats that nobody linked.
    pub auto_create: AutoCreate,
    /// Whom and what the bridge leaves out, in both directions.
    pub exclude: Exclude,
    /// Who may use commands: user ids, server names, or `*`. Empty: everybody of the homeserver.
    pub permissions: Vec<String>,
    /// Who links without being let by somebody on the network: user ids, server names, or `*`. Those given by user id
    /// are invited to rooms that the bridge makes by itself, and govern them.
    pub admins: Vec<String>,
    /// Largest file that is carried over, in bytes.
    pub max_media: u64,
    /// Largest request body on the listener, in bytes.
    pub max_body: usize,
    /// Whether files may be fetched from loopback and private addresses.
    pub allow_private: bool,
    /// Whether the bot «reads» each message that arrived on the network, so that its sender sees it.
    pub delivery_receipts: bool,
    /// Which messages get a status event.
    pub delivery_status: StatusEvents,
    /// Whether a name, topic or picture that somebody chooses in Matrix changes the chat's.
    pub look_follows_matrix: bool,
    /// Networks whose bridges may be in the same rooms: their bots and ghosts are told from people by their names.
    pub siblings: Vec<String>,
    /// The bot's display name. `None`: «Network bridge».
    pub bot_name: Option<String>,
    /// What ghosts' and aliases' names begin with. `None`: the network's id and `_`.
    pub prefix: Option<String>,
}

impl BridgeConfig {
    /// The usual values for everything else.
    pub fn new(registration: Registration, homeserver_url: impl Into<String>, database_url: impl Into<String>) -> Self {
        Self {
            registration,
            homeserver_url: homeserver_url.into(),
            server_name: None,
            database_url: database_url.into(),
            listen: "127.0.0.1:0".to_owned(),
            links: Vec::new(),
            auto_create: AutoCreate::default(),
            exclude: Exclude::default(),
            permissions: Vec::new(),
            admins: Vec::new(),
            max_media: 100 * 1024 * 1024,
            max_body: 32 * 1024 * 1024,
            allow_private: false,
            delivery_receipts: true,
            delivery_status: StatusEvents::default(),
            look_follows_matrix: false,
            siblings: Vec::new(),
            bot_name: None,
            prefix: None,
        }
    }
}

/// A bridge that is not running yet.
pub struct Bridge<N: Network> {
    network: Arc<N>,
    config: BridgeConfig,
    handlers: Option<Handlers>,
}

/// A running bridge.
pub struct Running {
    pub(crate) core: Arc<Core>,
    listener: Serving,
    address: SocketAddr,
}

impl<N: Network> Bridge<N> {
    /// A bridge to this network.
    pub fn new(network: N, config: BridgeConfig) -> Self {
        Self { network: Arc::new(network), config, handlers: None }
    }

    /// Events go to these handlers instead of a network.
    pub(crate) fn handled_by(self, handlers: Handlers) -> Self {
        Self { handlers: Some(handlers), ..self }
    }

    /// Runs until SIGTERM or SIGINT. Says where it listens in one line of JSON on standard output.
    ///
    /// # Errors
    /// The listener, the database or the homeserver's address cannot work.
    pub async fn run(self) -> anyhow::Result<()> {
        let running = self.start().await?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", serde_json::json!({ "listening": format!("http://{}", running.address()) }))?;
        out.flush()?;
        drop(out);
        ended().await;
        running.stop().await;
        Ok(())
    }

    /// Starts: listens at once, connects in the background.
    ///
    /// # Errors
    /// The listener, the database or the homeserver's address cannot work.
    pub async fn start(self) -> anyhow::Result<Running> {
        let Self { network, config, handlers } = self;
        let listener = Listener::bind(&config.listen)
            .with_context(|| format!("cannot listen on {}: is the address in use?", config.listen))?;
        let address = listener.address()?;
        let links = config.links.clone();
        let usual = handlers.is_none().then(|| format!("{} bridge", N::INFO.name));
        let bot_name = config.bot_name.clone().or(usual);
        let core = core::<N>(config, handlers).await?;
        let host = Arc::new(CoreHost { core: core.clone(), connection: 0 });
        let serve = Arc::new(Served { network: network.clone(), remote: Remote::new(host) });
        let handle = listener.serve(core.clone(), serve)?;
        core.spawn(begin(core.clone(), network, links, bot_name));
        core.spawn(prune(core.clone()));
        Ok(Running { core, listener: handle, address })
    }
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops: no new requests, what is being done is dropped (and done again on the next start), the database is closed.
    pub async fn stop(self) {
        self.listener.stop().await;
        self.core.stop.cancel();
        self.core.tasks.close();
        if tokio::time::timeout(Duration::from_secs(10), self.core.tasks.wait()).await.is_err() {
            tracing::warn!("Some tasks did not end in time.");
        }
        self.core.session.set(None);
        self.core.store.close().await;
    }
}

impl Running {
    /// Dies: everything ends where it is, as after SIGKILL. For tests of bridges.
    pub async fn kill(self) {
        self.core.stop.cancel();
        self.listener.kill().await;
        self.core.tasks.close();
        let _ = tokio::time::timeout(Duration::from_secs(5), self.core.tasks.wait()).await;
        self.core.session.set(None);
        self.core.store.close().await;
    }
}

struct Served<N> {
    network: Arc<N>,
    remote: Remote,
}

impl<N: Network> ServeNetwork for Served<N> {
    fn serve(&self, request: HttpRequest) -> Pin<Box<dyn Future<Output = HttpResponse> + Send + '_>> {
        Box::pin(self.network.http(request, self.remote.clone()))
    }
}

/// Opens everything a bridge has.
async fn core<N: Network>(config: BridgeConfig, handlers: Option<Handlers>) -> anyhow::Result<Arc<Core>> {
    let store = Store::open(&config.database_url).await.context("the bridge's database cannot be opened")?;
    let registration = config.registration;
    let server_name = match config.server_name {
        Some(name) => name,
        None => server_name(&config.homeserver_url, &registration).await,
    };
    let homeserver = Homeserver::new(
        &config.homeserver_url,
        registration.as_token.clone(),
        &registration.sender_localpart,
        &server_name,
    )?;
    let (portals, spaces) = (Portals::default(), Portals::default());
    for portal in store.portals().await? {
        if let Some(room) = &portal.room_id {
            let map = if portal.kind == "space" { &spaces } else { &portals };
            map.insert(&portal.chat, room, portal.parent.as_deref());
        }
    }
    for (from, to) in store.moves().await? {
        portals.was(&from, &to);
    }
    let permissions = match config.permissions.is_empty() {
        true => vec![server_name.clone()],
        false => config.permissions,
    };
    let prefix = config.prefix.unwrap_or_else(|| format!("{}_", N::INFO.id));
    Ok(Arc::new(Core {
        info: N::INFO,
        resend: N::RESEND,
        names: Names { prefix, bot: homeserver.bot_id().to_owned(), server_name, capitals: N::INFO.capitals },
        settings: Settings {
            registration_id: registration.id,
            hs_token: registration.hs_token,
            as_token: registration.as_token,
            permissions,
            admins: config.admins,
            auto_create: config.auto_create,
            exclude: config.exclude,
            delivery_status: config.delivery_status,
            look_follows_matrix: config.look_follows_matrix,
            siblings: config.siblings,
            max_media: config.max_media,
            max_body: config.max_body,
            allow_private: config.allow_private,
            delivery_receipts: config.delivery_receipts,
        },
        homeserver,
        store,
        portals,
        spaces,
        rooms: crate::core::RoomCache::default(),
        ghosts: crate::engine::run::ghost::Ghosts::default(),
        lanes: lane::Lanes::default(),
        delivered: crate::engine::run::delivered::Delivered::default(),
        powers: crate::engine::run::power::Powers::default(),
        pending: crate::engine::run::status::Pending::default(),
        session: crate::core::SessionSlot::default(),
        health: crate::health::Health::default(),
        connection: connect::Connection::default(),
        web: web::client(config.allow_private)?,
        tasks: TaskTracker::new(),
        stop: CancellationToken::new(),
        handlers,
        started: Timestamp::now(),
    }))
}

/// Asks the homeserver who we are, until it answers.
async fn server_name(base: &str, registration: &Registration) -> String {
    let mut tries = 0;
    loop {
        match Homeserver::whoami(base, &registration.as_token).await {
            Ok(user) => {
                if let Some((_, server)) = user.split_once(':') {
                    return server.to_owned();
                }
                tracing::warn!(user, "The homeserver gave us a name without a server.");
            }
            Err(error) => tracing::warn!(error = %error, "The homeserver does not say who we are; it is asked again."),
        }
        tokio::time::sleep(delay(tries, rand::random())).await;
        tries += 1;
    }
}

/// What happens once after the start, in order.
async fn begin<N: Network>(core: Arc<Core>, network: Arc<N>, links: Vec<LinkConfig>, bot_name: Option<String>) {
    introduce(&core, bot_name.as_deref()).await;
    core.spawn(ping(core.clone()));
    configured(&core, links).await;
    match lane::resume(&core).await {
        Ok(0) => {}
        Ok(lanes) => tracing::info!(lanes, "Going on with what a former run left."),
        Err(error) => tracing::error!(error = %error, "What a former run left cannot be read."),
    }
    power::resume(&core).await;
    leave::resume(&core).await;
    connect::keep(core, network).await;
}

/// Makes the bot.
async fn introduce(core: &Core, name: Option<&str>) {
    let bot = core.homeserver.bot();
    if let Err(error) = bot.register().await {
        tracing::warn!(error = %error, "The bot could not be registered.");
    }
    if let Some(name) = name {
        christen(core, name).await;
    }
}

/// Asks the homeserver whether it reaches us: a few times, because it may learn our address only now.
async fn ping(core: Arc<Core>) {
    let mut answer = Err(MatrixError::local("not asked"));
    for wait in [0, 1, 2, 5, 10] {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        answer = core.homeserver.ping(&core.settings.registration_id).await;
        if answer.is_ok() {
            break;
        }
    }
    match answer {
        Ok(took) => tracing::info!(milliseconds = took.as_millis(), "The homeserver reaches the bridge."),
        Err(error) => tracing::warn!(error = %error, "The homeserver does not say that it reaches the bridge."),
    }
}

/// A bot is born with its local part as name; whoever gave it another one meant it.
async fn christen(core: &Core, name: &str) {
    let bot = core.homeserver.bot();
    let named = core.homeserver.profile(bot.user_id()).await.ok().and_then(|profile| profile.name);
    let born = named.as_deref().is_none_or(|known| core.names.bot.starts_with(&format!("@{known}:")));
    if born && let Err(error) = bot.set_name(name).await {
        tracing::info!(error = %error, "The bot could not be named.");
    }
}

/// Forgets what was done a month ago, once an hour.
async fn prune(core: Arc<Core>) {
    const MONTH: i64 = 30 * 86_400_000;
    loop {
        let before = Timestamp::now().0.saturating_sub(MONTH);
        if let Err(error) =
            core.store.commit("forgetting old items", vec![inbox::prune(before), failed::prune(before)]).await
        {
            tracing::warn!(error = %error, "Old items could not be forgotten.");
        }
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
}

/// Waits for SIGTERM or SIGINT.
async fn ended() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut term) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = interrupt => {}
            _ = term.recv() => {}
        }
        return;
    }
    let _ = interrupt.await;
}
