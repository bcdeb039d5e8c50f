//! `causeway serve`: the homeserver and its bridges, until a signal or a failure.

use std::{net::SocketAddr, path::Path, path::PathBuf};

use anyhow::Context as _;
use server::{
    config::{Config, Loaded},
    data::Data,
    start::Server,
    supervisor::{self, Supervisor},
    telemetry,
    users::operator::{self, Made},
};
use tokio::signal::unix::{SignalKind, signal};

use crate::{bridge, terminal::say};

pub(crate) async fn run(loaded: Loaded, file: Option<PathBuf>) -> anyhow::Result<()> {
    telemetry::start(&loaded.config.log.level);
    let data = Data::take_alone(&loaded.config.server.data)?;
    let bridges = prepare_bridges(&loaded.config)?;
    let mut server = Server::start(loaded.config).await?;
    let app = server.app.clone();
    let administrator = operator::first_administrator(&app).await.context("the administrator cannot be made")?;
    let address = on_this_machine(server.addresses());
    data.announce(&address, &app.local_token).context("the data folder cannot be written to")?;
    let watching = app.services.watch();
    let bridges = Supervisor::start(bridges, &command(file, &address), &app.services, &app.bridges);
    welcome(&app.config, &loaded.files, server.addresses(), administrator.as_ref());

    let ended = tokio::select! {
        ended = server.ended() => ended,
        stop = stop_signal() => stop,
    };
    tracing::info!("stopping");
    watching.abort();
    bridges.stop().await;
    server.stop().await;
    ended
}

/// The bridges that are switched on, each with its registration in place before the server reads them.
fn prepare_bridges(config: &Config) -> anyhow::Result<Vec<String>> {
    let mut networks = Vec::new();
    for (network, settings) in &config.bridges {
        if settings.enabled && bridge::NETWORKS.contains(&network.as_str()) {
            supervisor::ensure_registration(&config.registrations_directory(), network, config.server.name.as_str())?;
            networks.push(network.clone());
        }
    }
    Ok(networks)
}

fn command(file: Option<PathBuf>, address: &str) -> supervisor::Command {
    let mut arguments = vec!["--supervised".into(), "--homeserver".into(), address.into()];
    if let Some(file) = file {
        arguments.extend(["--config".into(), file.into()]);
    }
    supervisor::Command { program: supervisor::own_program(), arguments }
}

/// The server's address for programs on this machine.
fn on_this_machine(addresses: &[SocketAddr]) -> String {
    let Some(first) = addresses.first() else { return String::new() };
    let mut address = *first;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    format!("http://{address}")
}

async fn stop_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

fn welcome(config: &Config, files: &[PathBuf], addresses: &[SocketAddr], administrator: Option<&Made>) {
    let port = addresses.first().map_or(0, SocketAddr::port);
    let listed = |items: Vec<String>| items.join(", ");
    let data = std::path::absolute(&config.server.data).unwrap_or_else(|_| config.server.data.clone());
    let settings = match files {
        [] => "the defaults; see `causeway config show`".to_owned(),
        files => listed(files.iter().map(|file| Path::display(file).to_string()).collect()),
    };
    say(format_args!("Causeway serves {}.\n", config.server.name));
    say(format_args!("  address    {}", config.public_url(port)));
    say(format_args!("  listening  {}", listed(addresses.iter().map(ToString::to_string).collect())));
    say(format_args!("  data       {}", data.display()));
    say(format_args!("  settings   {settings}"));
    let Some(made) = administrator else { return };
    say("\nThis is the first start. An administrator was made; the password is shown only now:\n");
    say(format_args!("  name       {}", made.user_id));
    say(format_args!("  password   {}", made.password));
    say("\nWhat to do next:\n");
    say("  - sign in with a Matrix client, such as Cinny or Element, at the address above");
    say("  - make accounts for others: causeway user add NAME");
    say("  - make an address that takes messages for a room: causeway hook new '#room'");
    say("  - connect Discord: README.md tells how");
    if config.server.name == "localhost" {
        say("\nThe name «localhost» is for trying out. It is part of every id and cannot be changed later: to be");
        say("reached by others, set `server.name` now, with an empty data folder.");
    }
}
