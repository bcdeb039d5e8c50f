//! A simulated Discord to point any bot at: `cargo run -p simulators --example discord -- 7380`.
//! Ada answers whoever speaks in #general.

use std::time::Duration;

use simulators::discord::{Discord, Settings};

#[tokio::main]
#[allow(clippy::print_stdout)]
async fn main() -> anyhow::Result<()> {
    let port = std::env::args().nth(1).map(|text| text.parse()).transpose()?;
    let discord = Discord::start(Settings { port, ..Settings::default() }).await?;
    let guild = discord.guild("Harbour");
    let general = discord.text_channel(guild, "general")?;
    let ada = discord.person(guild, "ada")?;
    println!("Discord is at {}, its gateway at {}", discord.url(), discord.gateway_url());
    println!("the bot's token is {}, #general is {general}", discord.token());
    loop {
        let heard = |d: &Discord| d.transcript(general).last().is_some_and(|line| line.author_id != ada);
        if discord.wait_for(Duration::from_secs(3600), heard).await.is_ok() {
            if let Some(line) = discord.transcript(general).last() {
                println!("{}: {}", line.author, line.content);
            }
            discord.say(general, ada, "I hear you. See https://example.org")?;
        }
    }
}
