//! From a configuration to a running server, and back to rest.

use std::{net::SocketAddr, path::Path};

use anyhow::Context;
use ruma::signatures::Ed25519KeyPair;

use crate::{
    app::{App, Parts},
    clock::Clock,
    config::{Config, Durability},
    delivery::{self, Delivery},
    http::{self, Listening, gateway::Gateway, limits::Limits},
    media::Media,
    push::{self, Push},
    rooms::Rooms,
    services::Services,
    store::{self, Store},
    stream::Stream,
    sync::Sync,
    typing::Typing,
    users::Users,
};

/// A server that is up.
pub struct Server {
    /// Its parts.
    pub app: App,
    listening: Listening,
    watching: tokio::task::JoinHandle<()>,
    _delivery: delivery::Running,
    _push: push::Running,
}

impl Server {
    /// Opens the database, takes up unfinished work and listens. The data folder must exist.
    ///
    /// # Errors
    /// What is in the way, in a sentence for the operator.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        let app = open(config).await?;
        let listening = http::listen(app.clone(), &app.config.server.listen).await?;
        let (watching, delivery) = (app.services.watch(), delivery::start(&app));
        let push = push::start(&app);
        Ok(Self { app, listening, watching, _delivery: delivery, _push: push })
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.listening.addresses
    }

    /// Takes no more requests, finishes those under way.
    pub async fn stop(self) {
        self.listening.stop().await;
        self.watching.abort();
    }

    /// Waits until the server ends by itself, which it does only by failing.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        self.listening.ended().await
    }
}

/// Everything but the listening: also for commands that work on the data while no server runs.
pub async fn open(config: Config) -> anyhow::Result<App> {
    let key = signing_key(&config.server.data)?;
    let (stream, delivery) = (Stream::default(), Delivery::default());
    let (sync, clock) = (Sync::default(), Clock::default());
    let push = Push::default();
    stream.listen(vec![delivery.listener(), sync.listener(), push.listener()]);
    stream.freeze_by(delivery.freezer(clock.clone()));
    let url = config.database_url();
    let durability = match config.database.durability {
        Durability::Process => store::Durability::Process,
        Durability::Power => store::Durability::Power,
    };
    let store = Store::open(&url, durability, stream.clone()).await.map_err(|error| cannot_open(&url, &error))?;
    sync.live.start_after(stream.current());
    let services =
        Services::open(config.server.name.as_str(), [config.registrations_directory(), config.appservices_directory()]);
    // Before the first request: a bundled bridge is queued for from the first event on, long before it listens.
    for (network, _) in config.bridges.iter().filter(|(_, bridge)| bridge.enabled) {
        services.supervise(network);
    }
    let gateway = Gateway::new(services.clone(), config.media.max_upload.0)?;
    Ok(App::new(Parts {
        bridges: crate::supervisor::Board::default(),
        local_token: registrations::Token::random(),
        gateway,
        limits: Limits::new(config.limits.enabled),
        key,
        media: Media::new(config.data_file("media"), config.media.max_upload.0),
        store,
        stream,
        rooms: Rooms::default(),
        services,
        delivery,
        push,
        sync,
        typing: Typing::new(clock.now_ms()),
        clock,
        users: Users::default(),
        config,
    }))
}

/// The key that signs this server's events, made at the first start.
fn signing_key(data: &Path) -> anyhow::Result<Ed25519KeyPair> {
    let file = data.join("signing.key");
    let read = || std::fs::read(&file).with_context(|| format!("the signing key {} cannot be read", file.display()));
    let document = if file.exists() {
        read()?
    } else {
        let document = Ed25519KeyPair::generate();
        registrations::write::write_secret(&file, &document)
            .with_context(|| format!("the signing key {} cannot be written", file.display()))?;
        document.to_vec()
    };
    let parse = |version: String| {
        Ed25519KeyPair::from_der(&document, version)
            .map_err(|error| anyhow::anyhow!("the signing key {} is damaged: {error}", file.display()))
    };
    // The version names the key among those of this server; the start of the public half will do.
    let public = hex::encode(parse(String::new())?.public_key());
    parse(public.chars().take(8).collect())
}

fn cannot_open(url: &str, error: &impl std::fmt::Display) -> anyhow::Error {
    let url = without_password(url);
    anyhow::anyhow!("the database {url} cannot be opened ({error}); start it, or correct `database.url`")
}

/// The address of a database as it may be shown.
fn without_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            let _ = parsed.set_password(Some("…"));
            parsed.to_string().replace("%E2%80%A6", "…")
        }
        _ => url.to_owned(),
    }
}
