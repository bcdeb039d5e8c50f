//! `causeway demo`: a server, the real Discord bridge and a simulated Discord where a few people talk, with a page that
//! shows both sides. No account, no token; everything is gone when it ends.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, bail};
use clap::Args;
use registrations::Registration;
use serde_json::{Value, json};
use simulators::discord::{Discord, Limits, Settings, Snowflake};
use tokio::process::{Child, Command};

use crate::terminal::say;

const PAGE: &str = include_str!("demo.html");

/// What the people on the simulated Discord say, in turn.
const TALK: [(usize, &str); 12] = [
    (0, "morning! who moved the **lighthouse** meeting to nine?"),
    (1, "me. the tide does not wait for anyone"),
    (2, "I brought coffee ☕"),
    (0, "`cargo build` finished before the kettle, that is new"),
    (1, "> that is new\nit is, and I have no explanation"),
    (2, "somebody on the other shore can read this, right?"),
    (0, "that is what the bridge is for. say hello over there!"),
    (1, "list for today:\n- paint the *railing*\n- fix the ~~bell~~ horn\n- lunch"),
    (2, "lunch first?"),
    (0, "||lunch first.||"),
    (1, "fine. https://matrix.org by the way, for those who ask where this goes"),
    (2, "back in a minute, the gulls are at the coffee"),
];

#[derive(Args)]
pub(crate) struct Arguments {
    /// The port of the page.
    #[arg(long, default_value_t = 8010)]
    port: u16,
    /// How long the people on Discord think before they speak, in seconds.
    #[arg(long, default_value_t = 4.0)]
    pace: f64,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let folder = Folder::new()?;
    let settings = Settings { port: Some(arguments.port), limits: Limits::real(), ..Settings::default() };
    let discord = Discord::start(settings).await.context("choose another port for the page with --port")?;
    let guild = discord.guild("Harbour");
    let channel = discord.text_channel(guild, "harbour").map_err(refused)?;
    let mut people = Vec::new();
    for name in ["Ada", "Bo", "Chidi"] {
        let person = discord.person(guild, name).map_err(refused)?;
        discord.set_avatar(person, &format!("{:032x}", person.0)).map_err(refused)?;
        people.push((person, name));
    }
    say("Starting a homeserver and the Discord bridge …");
    let homeserver = format!("http://127.0.0.1:{}", free_port()?);
    let mut server = start_server(&folder.0, &homeserver, &discord).await?;
    let you = Matrix::register(&homeserver).await?;
    discord.wait_for(PATIENCE, |discord| discord.connected() > 0).await.context("the bridge does not find Discord")?;
    let room = link(&you, &folder.0, channel).await?;
    let shown = json!({
        "homeserver": homeserver, "token": you.token, "user": you.user, "room": room, "channel": channel.to_string(),
        "people": people.iter().map(|(id, name)| json!({"id": id.to_string(), "name": name})).collect::<Vec<_>>(),
    });
    discord.set_page(PAGE.replace("/*SETTINGS*/null", &shown.to_string().replace('<', "\\u003c")));
    say(format_args!("\n  Open {} in a browser. Ctrl-C ends the demo.\n", discord.url()));
    let talk = chatter(&discord, channel, &people, Duration::from_secs_f64(arguments.pace.clamp(0.1, 3600.0)));
    tokio::select! {
        ended = server.wait() => bail!("the homeserver ended: {}", ended?),
        () = talk => {}
        stop = tokio::signal::ctrl_c() => stop?,
    }
    end(server).await;
    discord.stop().await;
    Ok(())
}

/// Says the lines over and over.
async fn chatter(discord: &Discord, channel: Snowflake, people: &[(Snowflake, &str)], pace: Duration) {
    for (who, line) in TALK.iter().cycle() {
        let Some((person, _)) = people.get(*who) else { continue };
        let _ = discord.type_in(channel, *person);
        tokio::time::sleep(pace).await;
        if let Err(refusal) = discord.say(channel, *person, line) {
            tracing::warn!(?refusal, "the simulated Discord refuses a message");
        }
    }
}

/// Runs this very program as a server of its own, with a configuration of its own.
async fn start_server(folder: &Path, homeserver: &str, discord: &Discord) -> anyhow::Result<Child> {
    let listen = homeserver.trim_start_matches("http://");
    let text = |value: &str| Value::from(value).to_string();
    let config = format!(
        "[server]\nname = \"localhost\"\nlisten = [{}]\ndata = {}\npublic_url = {}\n\n[registration]\nmode = \"open\"\n\n\
         [network]\nallow_private = true\n\n[bridges.webhooks]\nenabled = false\n\n\
         [bridges.discord]\nenabled = true\nadmins = [\"*\"]\ntoken = {}\napi_url = {}\ncdn_url = {}\n\n[log]\nlevel = \"warn\"\n",
        text(listen),
        text(&folder.join("data").display().to_string()),
        text(homeserver),
        text(discord.token()),
        text(discord.url()),
        text(&discord.cdn_url()),
    );
    let file = folder.join("causeway.toml");
    registrations::write::write_secret(&file, config.as_bytes())?;
    let mut server = Command::new(std::env::current_exe()?)
        .args(["serve", "--config"])
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    for _ in 0..200 {
        if let Some(status) = server.try_wait()? {
            bail!("the homeserver did not start: {status}");
        }
        if reqwest::get(format!("{homeserver}/_matrix/client/versions")).await.is_ok() {
            return Ok(server);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("the homeserver did not start within ten seconds")
}

/// How long the bridge may take to reach the simulated Discord, and to come into the room.
const PATIENCE: Duration = Duration::from_secs(30);

/// Makes a room, invites the bridge and tells it what to link, as anybody would by hand.
async fn link(you: &Matrix, folder: &Path, channel: Snowflake) -> anyhow::Result<String> {
    let registration = Registration::load(&folder.join("data/registrations/discord.yaml"))?;
    let bot = registration.sender("localhost");
    let ask = json!({"name": "Harbour", "preset": "private_chat", "invite": [bot]});
    let made = you.call(reqwest::Method::POST, "createRoom", ask).await?;
    let room = made["room_id"].as_str().context("no room was made")?.to_owned();
    let path = crate::local::segment(&room);
    for _ in 0..200 {
        let members = you.call(reqwest::Method::GET, &format!("rooms/{path}/joined_members"), Value::Null).await?;
        if members["joined"].get(&bot).is_some() {
            return tell_to_link(you, &path, &bot, channel).await.map(|()| room);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("the Discord bridge did not come into the room")
}

/// Says the command until the bot says something other than to wait.
async fn tell_to_link(you: &Matrix, room: &str, bot: &str, channel: Snowflake) -> anyhow::Result<()> {
    for attempt in 0..10 {
        let command = json!({"msgtype": "m.text", "body": format!("!discord link {channel}")});
        you.call(reqwest::Method::PUT, &format!("rooms/{room}/send/m.room.message/{attempt}"), command).await?;
        for _ in 0..50 {
            let newest =
                you.call(reqwest::Method::GET, &format!("rooms/{room}/messages?dir=b&limit=1"), Value::Null).await?;
            let newest = &newest["chunk"][0];
            if newest["sender"] != you.user.as_str() {
                let said = newest["content"]["body"].as_str().unwrap_or_default();
                if newest["sender"] == bot && said.contains("try again") {
                    break;
                }
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    bail!("the Discord bridge does not link the room")
}

/// A person on the Matrix side.
struct Matrix {
    homeserver: String,
    user: String,
    token: String,
    client: reqwest::Client,
}

impl Matrix {
    async fn register(homeserver: &str) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let homeserver = homeserver.to_owned();
        let mut you = Self { homeserver, user: String::new(), token: String::new(), client };
        let password = registrations::Token::random();
        let ask = json!({"username": "you", "password": password.reveal(), "auth": {"type": "m.login.dummy"}});
        let made = you.call(reqwest::Method::POST, "register", ask).await?;
        let text = |key: &str| made[key].as_str().map(str::to_owned).with_context(|| format!("no {key}"));
        (you.user, you.token) = (text("user_id")?, text("access_token")?);
        Ok(you)
    }

    async fn call(&self, method: reqwest::Method, path: &str, body: Value) -> anyhow::Result<Value> {
        let mut request = self.client.request(method, format!("{}/_matrix/client/v3/{path}", self.homeserver));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let answer: Value = answer.json().await?;
        anyhow::ensure!(status.is_success(), "{path}: {answer}");
        Ok(answer)
    }
}

/// Asks the server to stop, and waits a little for it.
async fn end(mut server: Child) {
    if let Some(id) = server.id() {
        let _ = Command::new("kill").arg(id.to_string()).status().await;
    }
    if tokio::time::timeout(Duration::from_secs(5), server.wait()).await.is_err() {
        let _ = server.kill().await;
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn refused(refusal: simulators::discord::Refusal) -> anyhow::Error {
    anyhow::anyhow!("the simulated Discord refuses: {refusal:?}")
}

/// A folder that is removed at the end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("causeway-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
