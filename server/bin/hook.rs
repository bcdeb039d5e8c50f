//! `causeway hook …`: addresses that take messages for a room.
//!
//! The room is found, or made for the administrator, by the running server; its webhook bridge makes the hook.

use anyhow::{Context as _, bail};
use clap::Subcommand;
use registrations::Registration;
use reqwest::Method;
use serde_json::{Value, json};
use server::{
    config::Loaded,
    data::{Data, Running, Taken},
};

use crate::{local, terminal::say};

/// Where the webhook bridge answers its operator, behind the server.
const API: &str = "/_bridge/webhooks/_bridge/hooks";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make an address that takes messages for a room, and print it: it is shown once.
    New {
        /// `#name`, `#name:server` or `!id:server`. A room with a new name is made, for the administrator.
        room: String,
        /// The name the hook speaks under unless a message says otherwise.
        #[arg(long, default_value = "webhook")]
        name: String,
        /// Print the address for each kind of sender, too.
        #[arg(long)]
        all: bool,
    },
    /// Show the hooks.
    List,
    /// Show one hook.
    Show {
        /// Its id, as `list` shows it.
        id: String,
    },
    /// Change one thing: `picture URL`, `lock on|off`, `mention on|off`, `level 1-5`, `level WORD 1-5`, `beats on|off`.
    Set {
        id: String,
        #[arg(required = true, num_args = 1..)]
        what: Vec<String>,
    },
    /// Give a hook another name.
    Rename { id: String, name: String },
    /// Give a hook a new address; the old one no longer works.
    Rotate { id: String },
    /// Take a hook away.
    Delete { id: String },
    /// Alert when a hook is not heard from.
    Heartbeat {
        id: String,
        /// `5m`, or a cron expression in quotes; `off` ends it.
        schedule: String,
        /// How much later is still in time.
        #[arg(long)]
        grace: Option<String>,
        /// How loud its absence is, from 1 to 5.
        #[arg(long)]
        level: Option<u8>,
        /// The name of one check of several.
        #[arg(long, default_value = "")]
        slug: String,
    },
    /// Send a test message, and try every fallback of its level; what each step did is shown.
    Test {
        id: String,
        #[arg(long, default_value_t = 3)]
        level: u8,
    },
}

/// The running server and its webhook bridge.
struct House {
    server: Running,
    bridge: Registration,
    server_name: String,
    public: Option<String>,
}

impl House {
    fn find(loaded: &Loaded) -> anyhow::Result<Self> {
        let config = &loaded.config;
        if let Taken::Ours(_) = Data::take(&config.server.data)? {
            bail!("no server runs on {}; start it with `causeway` and try again", config.server.data.display());
        }
        let server = Running::find(&config.server.data)?;
        let file = config.registrations_directory().join("webhooks.yaml");
        if !file.exists() {
            bail!(
                "the webhook bridge is switched off; set `bridges.webhooks.enabled = true` and start the server again"
            );
        }
        let public = config.server.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
        let server_name = config.server.name.to_string();
        Ok(Self { server, bridge: Registration::load(&file)?, server_name, public })
    }

    async fn order(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let token = self.bridge.hs_token.reveal();
        local::order(method, &self.server.address, &format!("{API}{path}"), token, body).await
    }

    fn public(&self, path: &str) -> String {
        format!("{}{path}", self.public.as_deref().unwrap_or(&self.server.address))
    }
}

pub(crate) async fn run(loaded: Loaded, command: Command) -> anyhow::Result<()> {
    let house = House::find(&loaded)?;
    let nothing = json!({});
    match command {
        Command::New { room, name, all } => make(&house, &room, &name, all).await,
        Command::List => list(&house).await,
        Command::Show { id } => show(&house.order(Method::GET, &one(&id), &nothing).await?),
        Command::Set { id, what } => {
            show(&house.order(Method::PATCH, &one(&id), &json!({ "set": what.join(" ") })).await?)
        }
        Command::Rename { id, name } => show(&house.order(Method::PATCH, &one(&id), &json!({ "name": name })).await?),
        Command::Rotate { id } => {
            let made = house.order(Method::POST, &format!("{}/rotate", one(&id)), &nothing).await?;
            say(house.public(made["path"].as_str().unwrap_or_default()));
            Ok(())
        }
        Command::Delete { id } => house.order(Method::DELETE, &one(&id), &nothing).await.map(drop),
        Command::Heartbeat { id, schedule, grace, level, slug } => {
            let path = format!("{}/heartbeat/{}", one(&id), local::segment(&slug));
            if schedule == "off" {
                return house.order(Method::DELETE, &path, &nothing).await.map(drop);
            }
            let wanted = json!({ "schedule": schedule, "grace": grace, "level": level });
            show(&house.order(Method::PUT, &path, &wanted).await?)
        }
        Command::Test { id, level } => test(&house, &id, level).await,
    }
}

fn one(id: &str) -> String {
    format!("/{}", local::segment(id))
}

async fn make(house: &House, room: &str, name: &str, all: bool) -> anyhow::Result<()> {
    let full = full_name(room, &house.server_name)?;
    let room = find_or_make(&house.server, &house.bridge, &full, &house.server_name).await?;
    let made = house.order(Method::POST, "", &json!({ "room": room, "name": name })).await?;
    let path = made["path"].as_str().context("the webhook bridge answered without a path")?;
    say(house.public(path));
    for address in made["addresses"].as_array().filter(|_| all).into_iter().flatten() {
        let path = address["path"].as_str().unwrap_or_default();
        say(format_args!("{}: {}", address["dialect"].as_str().unwrap_or_default(), house.public(path)));
    }
    Ok(())
}

async fn list(house: &House) -> anyhow::Result<()> {
    let found = house.order(Method::GET, "", &json!({})).await?;
    for hook in found["hooks"].as_array().into_iter().flatten() {
        let text = |key: &str| hook[key].as_str().unwrap_or_default();
        let form = hook["used"]["dialect"].as_str().unwrap_or("never used");
        say(format_args!("{}  {}  {}  {form}", text("id"), text("name"), text("room_id")));
    }
    Ok(())
}

/// Every field that is set, a line each.
fn show(hook: &Value) -> anyhow::Result<()> {
    for (key, value) in hook.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::String(text) => say(format_args!("{key}: {text}")),
            value => say(format_args!("{key}: {value}")),
        }
    }
    Ok(())
}

async fn test(house: &House, id: &str, level: u8) -> anyhow::Result<()> {
    let done = house.order(Method::POST, &format!("{}/test", one(id)), &json!({ "level": level })).await?;
    let mut failed = 0;
    for step in done["steps"].as_array().into_iter().flatten() {
        let name = step["step"].as_str().unwrap_or_default();
        match step["why"].as_str() {
            None => say(format_args!("{name}: taken")),
            Some(why) => {
                failed += 1;
                say(format_args!("{name}: FAILED: {why}"));
            }
        }
    }
    if failed > 0 { bail!("{failed} of the steps failed") } else { Ok(()) }
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
