//! The simulated networks, each with a place where people talk.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use simulators::{
    discord::{self, Discord},
    slack::{self, Slack},
};

/// A network and the place in it that the room is linked to.
pub(super) struct Shore {
    /// As in `[bridges.NETWORK]` and `!NETWORK link`.
    pub(super) network: &'static str,
    /// As people call it.
    pub(super) title: &'static str,
    /// What the place is called there.
    pub(super) place: &'static str,
    /// Where its window is.
    pub(super) url: String,
    /// The place's id.
    pub(super) chat: String,
    /// Who is there: id and name.
    pub(super) people: Vec<(String, &'static str)>,
    /// Its section of the configuration, but for `enabled`.
    pub(super) section: Vec<(&'static str, String)>,
    /// Lets the person with this number say something.
    pub(super) say: Box<dyn Fn(usize, &str) -> anyhow::Result<()> + Send + Sync>,
    /// Puts a page at its address.
    pub(super) show: Box<dyn Fn(String) + Send + Sync>,
    connected: Box<dyn Fn() -> bool + Send + Sync>,
}

/// Starts every network; the first has the page, on this port.
pub(super) async fn all(port: u16) -> anyhow::Result<Vec<Shore>> {
    Ok(vec![discord(port).await.context("choose another port for the page with --port")?, slack().await?])
}

impl Shore {
    /// Its section of the configuration.
    pub(super) fn section(&self) -> String {
        let mut section = format!("[bridges.{}]\nenabled = true\nadmins = [\"*\"]\n", self.network);
        for (key, value) in &self.section {
            section.push_str(&format!("{key} = {}\n", Value::from(value.as_str())));
        }
        section
    }

    /// Waits until the bridge has found its network.
    pub(super) async fn until_connected(&self, patience: Duration) -> anyhow::Result<()> {
        let connected = async {
            while !(self.connected)() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let waited = tokio::time::timeout(patience, connected).await;
        waited.map_err(|_| anyhow::anyhow!("the bridge to {} does not find it", self.title))
    }
}

async fn discord(port: u16) -> anyhow::Result<Shore> {
    let settings =
        discord::Settings { port: Some(port), limits: discord::Limits::real(), ..discord::Settings::default() };
    let discord = Discord::start(settings).await?;
    let refused = |refusal: discord::Refusal| anyhow::anyhow!("the simulated Discord refuses: {refusal:?}");
    let guild = discord.guild("Harbour");
    let channel = discord.text_channel(guild, "harbour").map_err(refused)?;
    let mut people = Vec::new();
    for name in ["Ada", "Bo"] {
        let person = discord.person(guild, name).map_err(refused)?;
        discord.set_avatar(person, &format!("{:032x}", person.0)).map_err(refused)?;
        people.push((person, name));
    }
    let ids: Vec<discord::Snowflake> = people.iter().map(|(id, _)| *id).collect();
    let (talking, showing, watched) = (discord.clone(), discord.clone(), discord.clone());
    Ok(Shore {
        network: "discord",
        title: "Discord",
        place: "# harbour",
        url: discord.url().to_owned(),
        chat: channel.to_string(),
        people: people.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        section: vec![
            ("token", discord.token().to_owned()),
            ("api_url", discord.url().to_owned()),
            ("cdn_url", discord.cdn_url()),
        ],
        say: Box::new(move |who, line| {
            let person = *ids.get(who).context("nobody")?;
            talking.say(channel, person, &line.replace('*', "**")).map_err(refused).map(|_| ())
        }),
        show: Box::new(move |page| showing.set_page(page)),
        connected: Box::new(move || watched.connected() > 0),
    })
}

async fn slack() -> anyhow::Result<Shore> {
    let settings = slack::Settings { limits: slack::Limits::real(), ..slack::Settings::default() };
    let slack = Slack::start(settings).await?;
    let channel = slack.channel("harbour")?;
    let mut people = Vec::new();
    for name in ["Chidi", "Dorothea"] {
        let person = slack.person(name)?;
        slack.change_user(&person, |user| user.avatar = Some(format!("demo-{name}")))?;
        slack.join(&channel, &person)?;
        people.push((person, name));
    }
    let ids: Vec<String> = people.iter().map(|(id, _)| id.clone()).collect();
    let (talking, showing, watched, place) = (slack.clone(), slack.clone(), slack.clone(), channel.clone());
    Ok(Shore {
        network: "slack",
        title: "Slack",
        place: "# harbour",
        url: slack.url().to_owned(),
        chat: channel,
        people,
        section: vec![
            ("token", slack.token().to_owned()),
            ("app_token", slack.app_token().to_owned()),
            ("api_url", slack.api_url()),
        ],
        say: Box::new(move |who, line| {
            let person = ids.get(who).context("nobody")?;
            Ok(talking.say(&place, person, line).map(|_| ())?)
        }),
        show: Box::new(move |page| showing.set_page(page)),
        connected: Box::new(move || watched.sockets().0 > 0),
    })
}
