//! `causeway hook new ROOM`: an address that takes messages for a room.
//!
//! The room is found, or made for the administrator, by the running server; its webhook bridge makes the hook.

use anyhow::{Context as _, bail};
use clap::Subcommand;
use registrations::Registration;
use serde_json::json;
use server::{
    config::Loaded,
    data::{Data, Running, Taken},
};

use crate::{local, terminal::say};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make an address that takes messages for a room, and print it.
    New {
        /// `#name`, `#name:server` or `!id:server`. A room with a new name is made, for the administrator.
        room: String,
        /// The name the hook speaks under unless a message says otherwise.
        #[arg(long, default_value = "webhook")]
        name: String,
    },
}

pub(crate) async fn run(loaded: Loaded, command: Command) -> anyhow::Result<()> {
    let Command::New { room, name } = command;
    let config = loaded.config;
    if let Taken::Ours(_) = Data::take(&config.server.data)? {
        bail!("no server runs on {}; start it with `causeway` and try again", config.server.data.display());
    }
    let server = Running::find(&config.server.data)?;
    let file = config.registrations_directory().join("webhooks.yaml");
    if !file.exists() {
        bail!("the webhook bridge is switched off; set `bridges.webhooks.enabled = true` and start the server again");
    }
    let bridge = Registration::load(&file)?;
    let server_name = config.server.name.as_str();
    let room = find_or_make(&server, &bridge, &full_name(&room, server_name)?, server_name).await?;
    let path = "/_bridge/webhooks/_bridge/hooks";
    let wanted = json!({ "room": room, "name": name });
    let made = local::post(&server.address, path, bridge.hs_token.reveal(), &wanted).await?;
    let path = made["path"].as_str().context("the webhook bridge answered without a path")?;
    let base = config.server.public_url.as_ref().map_or(server.address.as_str(), |url| url.as_str());
    say(format_args!("{base}{path}"));
    Ok(())
}

/// `#name` is one of this server's.
fn full_name(room: &str, server_name: &str) -> anyhow::Result<String> {
    match room.chars().next() {
        Some('!') => Ok(room.to_owned()),
        Some('#') if room.contains(':') => Ok(room.to_owned()),
        Some('#') if room.len() > 1 => Ok(format!("{room}:{server_name}")),
        _ => bail!("`{room}` is not a room; write its name as '#name' (in quotes) or its id as '!id:server'"),
    }
}

/// The id of the room, which is made if it has a name on this server that nobody uses yet.
async fn find_or_make(
    server: &Running,
    bridge: &Registration,
    room: &str,
    server_name: &str,
) -> anyhow::Result<String> {
    if room.starts_with('!') {
        return Ok(room.to_owned());
    }
    let token = bridge.as_token.reveal();
    let path = format!("/_matrix/client/v3/directory/room/{}", local::segment(room));
    let found = local::get(&server.address, &path, token).await?;
    if let Some(id) = found.body["room_id"].as_str() {
        return Ok(id.to_owned());
    }
    let own = room.trim_start_matches('#').split_once(':').filter(|(_, server)| *server == server_name);
    let (Some((name, _)), Some("M_NOT_FOUND")) = (own, found.body["errcode"].as_str()) else {
        bail!("{room}: {}", found.complaint());
    };
    let wanted = json!({ "name": name, "invite": bridge.sender(server_name) });
    let made = local::post(&server.address, "/_causeway/v1/rooms", &server.token, &wanted).await?;
    made["room_id"].as_str().map(str::to_owned).context("the server made a room without an id")
}
