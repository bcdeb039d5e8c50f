//! `causeway bridge NETWORK`: one bridge as a process of its own, started by the server or by hand beside any
//! homeserver.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context as _, bail};
use appservice_sdk::{Bridge, BridgeConfig, network::Network, settings::Settings};
use bridge_discord::DiscordNetwork;
use bridge_slack::SlackNetwork;
use bridge_telegram::TelegramNetwork;
use bridge_webhooks::Webhooks;
use clap::Args;
use registrations::Registration;
use serde_json::{Map, Value, json};
use server::{
    config::{Config, Loaded},
    supervisor, telemetry,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

use crate::terminal::Exit;

/// The bridges of this program.
pub(crate) const NETWORKS: [&str; 4] = ["discord", "slack", "telegram", "webhooks"];

/// How long to wait for another process of the same bridge to end, in tenths of a second.
const ALONE_WITHIN: u32 = 300;

#[derive(Args)]
pub(crate) struct Arguments {
    /// `discord`, `slack`, `telegram` or `webhooks`; its section in the configuration applies.
    network: String,
    /// The address of the homeserver; the configured server on this machine if not given.
    #[arg(long, value_name = "URL")]
    homeserver: Option<String>,
    /// The registration that the homeserver has too; the one in the data folder if not given.
    #[arg(long, value_name = "FILE")]
    registration: Option<PathBuf>,
    /// Where to listen for the homeserver.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: String,
    /// Stop when standard input ends: how the server stops its bridges.
    #[arg(long, hide = true)]
    supervised: bool,
}

pub(crate) async fn run(loaded: Loaded, arguments: Arguments) -> anyhow::Result<()> {
    telemetry::start(&loaded.config.log.level);
    let config = loaded.config;
    let mut section = config.bridges.get(&arguments.network).map(|bridge| bridge.settings.clone()).unwrap_or_default();
    let common = Settings::take(&mut section, &arguments.network).map_err(cannot_work)?;
    match arguments.network.as_str() {
        "discord" => {
            let section = with_public_address(section, &config, &arguments.network);
            let discord = DiscordNetwork::open(section.into()).map_err(cannot_work)?;
            keep(discord, common.fill(settings(&config, &arguments)?), &config, &arguments).await
        }
        "slack" => {
            let section = with_public_address(section, &config, &arguments.network);
            let slack = SlackNetwork::open(section.into()).map_err(cannot_work)?;
            keep(slack, common.fill(settings(&config, &arguments)?), &config, &arguments).await
        }
        "telegram" => {
            let section = with_public_address(section, &config, &arguments.network);
            let telegram = TelegramNetwork::open(section.into()).map_err(cannot_work)?;
            keep(telegram, common.fill(settings(&config, &arguments)?), &config, &arguments).await
        }
        "webhooks" => {
            let section = reached_at(section, &config);
            let webhooks = Webhooks::open(&section).map_err(cannot_work)?;
            keep(webhooks, common.fill(settings(&config, &arguments)?), &config, &arguments).await
        }
        other => {
            Err(cannot_work(format!("there is no bridge named `{other}`; there are {}", NETWORKS.join(", "))).into())
        }
    }
}

/// Starts the bridge, tells where it listens, and stops it when it is told to.
async fn keep<N: Network>(
    network: N,
    settings: BridgeConfig,
    config: &Config,
    arguments: &Arguments,
) -> anyhow::Result<()> {
    let stop = arguments.supervised.then(end_of_input);
    let _alone = alone(config, &arguments.network).await?;
    let running = Bridge::new(network, settings).start().await?;
    writeln!(io::stdout(), "{}", json!({ "listening": format!("http://{}", running.address()) }))?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let told = async {
        match stop {
            Some(stop) => drop(stop.await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = told => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    running.stop().await;
    Ok(())
}

/// Waits until no other process runs this bridge on this data: one that lost its server may still be finishing, and two
/// would each send what waits.
async fn alone(config: &Config, network: &str) -> anyhow::Result<File> {
    std::fs::create_dir_all(&config.server.data)?;
    let path = config.data_file(format!("{network}.lock"));
    let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let lock = lock.with_context(|| format!("{} cannot be written to (server.data)", path.display()))?;
    for _ in 0..ALONE_WITHIN {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    bail!("the {network} bridge runs already on {}; stop that one", config.server.data.display())
}

fn settings(config: &Config, arguments: &Arguments) -> anyhow::Result<BridgeConfig> {
    let network = &arguments.network;
    let own = arguments.registration.is_none();
    let registration = match &arguments.registration {
        Some(file) => Registration::load(file)?,
        None => {
            supervisor::ensure_registration(&config.registrations_directory(), network, config.server.name.as_str())?
        }
    };
    let homeserver = match &arguments.homeserver {
        Some(url) => url.clone(),
        None => format!("http://{}", config.server.listen.first().context("`server.listen` names no address")?),
    };
    let database = format!("sqlite:{}", config.data_file(format!("{network}.db")).display());
    Ok(BridgeConfig {
        server_name: own.then(|| config.server.name.to_string()),
        listen: arguments.listen.clone(),
        max_media: config.media.max_upload.0,
        allow_private: config.network.allow_private,
        siblings: NETWORKS.iter().filter(|other| *other != network).map(|other| (*other).to_owned()).collect(),
        ..BridgeConfig::new(registration, homeserver, database)
    })
}

/// Networks fetch the pictures of people in Matrix from the server's public port, if there is one.
fn with_public_address(mut section: Map<String, Value>, config: &Config, network: &str) -> Map<String, Value> {
    if let (Some(url), false) = (&config.server.public_url, section.contains_key("public_url")) {
        let url = url.as_str().trim_end_matches('/');
        section.insert("public_url".to_owned(), json!(format!("{url}/_bridge/{network}")));
    }
    section
}

/// Hooks tell people their whole address, and call only whom they may.
fn reached_at(mut section: Map<String, Value>, config: &Config) -> Map<String, Value> {
    let local = config.server.listen.first().map(|address| format!("http://{address}"));
    let url = config.server.public_url.as_ref().map(|url| url.as_str().to_owned()).or(local);
    if let (Some(url), false) = (url, section.contains_key("public_url")) {
        section.insert("public_url".to_owned(), json!(url));
    }
    section.entry("allow_private").or_insert(json!(config.network.allow_private));
    section
}

fn cannot_work(message: String) -> Exit {
    Exit { code: supervisor::CANNOT_WORK, message }
}

/// Ends when standard input does. A plain thread, so that it never keeps the process from ending.
fn end_of_input() -> oneshot::Receiver<()> {
    let (over, ended) = oneshot::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 64];
        while io::stdin().read(&mut buffer).is_ok_and(|read| read > 0) {}
        let _ = over.send(());
    });
    ended
}
