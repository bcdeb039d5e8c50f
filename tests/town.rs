//! A whole town for a story: the real program in a temporary folder, a simulated Discord, and people.

mod database;
mod matrix;
mod process;
mod slack;
mod telegram;

use std::{path::Path, time::Duration};

use serde_json::{Value, json};
use simulators::discord::{Discord, Limits, Settings, Snowflake};

use self::process::Server;
pub(crate) use self::{
    matrix::{Person, Said, segment},
    process::free_port,
    slack::Quay,
    telegram::Mole,
};

/// Nothing in a story takes longer than this unless it failed.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// The program as built for these tests.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_causeway");

/// A server with its bridges, and a Discord with a guild and a channel.
pub(crate) struct Town {
    pub(crate) server: Server,
    pub(crate) discord: Discord,
    pub(crate) guild: Snowflake,
    pub(crate) channel: Snowflake,
    folder: Option<tempfile::TempDir>,
}

impl Town {
    /// Builds it and waits until everything runs.
    pub(crate) async fn build() -> Self {
        Self::build_with(json!({})).await
    }

    /// Builds it with more bridges: their sections by name.
    pub(crate) async fn build_with(bridges: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { limits: Limits::off(), unfurl: false, ..Settings::default() };
        let discord = Discord::start(settings).await.unwrap();
        let guild = discord.guild("Harbour");
        let channel = discord.text_channel(guild, "harbour").unwrap();
        let mut config = config(folder.path(), &discord);
        for (network, section) in bridges.as_object().into_iter().flatten() {
            config["bridges"][network] = section.clone();
        }
        let server = Server::start(folder.path(), &config).await;
        server.until_bridges_run().await;
        Self { server, discord, guild, channel, folder: Some(folder) }
    }

    /// Somebody with an account on the Matrix side.
    pub(crate) async fn person(&self, name: &str) -> Person {
        Person::register(&self.server.url, name).await
    }

    /// Somebody on Discord.
    pub(crate) fn stranger(&self, name: &str) -> Snowflake {
        self.discord.person(self.guild, name).unwrap()
    }

    /// A room of `person` that is linked to the channel, by the command people give.
    pub(crate) async fn linked_room(&self, person: &Person) -> String {
        let asked = json!({ "name": "Harbour", "preset": "private_chat" });
        let room = person.post("createRoom", asked).await["room_id"].as_str().unwrap().to_owned();
        self.link(person, &room, "discord", &self.channel.to_string()).await;
        room
    }

    /// Links a room of `person` to a place of a network, by the command people give.
    pub(crate) async fn link(&self, person: &Person, room: &str, network: &str, chat: &str) {
        let bot = format!("@{network}bot:localhost");
        person.post(&format!("rooms/{}/invite", segment(room)), json!({ "user_id": bot })).await;
        person.until_joined(room, &bot).await;
        person.say(room, &format!("!{network} link {chat}")).await;
        let linked = async {
            let path = format!("/_bridge/{network}/_bridge/links");
            while self.server.bridge(&path).await["links"].as_array().is_none_or(Vec::is_empty) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(SOON, linked).await.expect("the room is linked soon");
    }

    /// The texts in the channel so far, each with the name it is shown under.
    pub(crate) fn on_discord(&self) -> Vec<(String, String)> {
        let lines = self.discord.transcript(self.channel);
        lines.into_iter().map(|line| (line.author, line.content)).collect()
    }

    /// Waits until Discord shows what is wanted.
    pub(crate) async fn until_discord(&self, wanted: impl Fn(&[(String, String)]) -> bool) {
        let seen = self.discord.wait_for(SOON, |_| wanted(&self.on_discord())).await;
        assert!(seen.is_ok(), "Discord shows {:#?}", self.on_discord());
    }
}

/// A failed story leaves its town for whoever wants to know why.
impl Drop for Town {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(folder) = self.folder.take()
        {
            eprintln!("the town is left in {}", folder.keep().display());
        }
    }
}

/// The configuration of a town: nothing leaves this machine, and everybody may make an account.
fn config(folder: &Path, discord: &Discord) -> Value {
    let port = process::free_port();
    json!({
        "server": {
            "listen": [format!("127.0.0.1:{port}")],
            "public_url": format!("http://127.0.0.1:{port}"),
            "data": folder.join("data"),
        },
        "database": { "url": database::new(folder) },
        "registration": { "mode": "open" },
        "network": { "allow_private": true },
        "limits": { "enabled": false },
        "bridges": { "discord": {
            "enabled": true, "admins": ["*"], "token": discord.token(), "api_url": discord.url(), "cdn_url": discord.cdn_url(),
        } },
    })
}
