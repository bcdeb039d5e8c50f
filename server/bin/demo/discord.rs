//! The demo's Discord: a guild with a channel, and two people in it.

use anyhow::Context as _;
use simulators::discord::{Discord, Limits, Refusal, Settings, Snowflake};

use super::shore::Shore;

/// Starts it; it has the page, on this port.
pub(super) async fn start(port: u16) -> anyhow::Result<Shore> {
    let settings = Settings { port: Some(port), limits: Limits::real(), ..Settings::default() };
    let discord = Discord::start(settings).await?;
    let refused = |refusal: Refusal| anyhow::anyhow!("the simulated Discord refuses: {refusal:?}");
    let guild = discord.guild("Harbour");
    let channel = discord.text_channel(guild, "harbour").map_err(refused)?;
    let mut people = Vec::new();
    for name in ["Ada", "Bo"] {
        let person = discord.person(guild, name).map_err(refused)?;
        discord.set_avatar(person, &format!("{:032x}", person.0)).map_err(refused)?;
        people.push((person, name));
    }
    let ids: Vec<Snowflake> = people.iter().map(|(id, _)| *id).collect();
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
