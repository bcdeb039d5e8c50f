//! A simulated Slack to point any app at: `cargo run -p simulators --example slack -- 7381`.
//! Ada answers whoever speaks in #news.

use std::time::Duration;

use simulators::slack::{Settings, Slack};

#[tokio::main]
#[allow(clippy::print_stdout)]
async fn main() -> anyhow::Result<()> {
    let port = std::env::args().nth(1).map(|text| text.parse()).transpose()?;
    let slack = Slack::start(Settings { port, ..Settings::default() }).await?;
    let news = slack.channel("news")?;
    let ada = slack.person("ada")?;
    slack.join(&news, &ada)?;
    println!("Slack's Web API is at {}", slack.api_url());
    println!("the bot's token is {}, the app's {}, #news is {news}", slack.token(), slack.app_token());
    loop {
        let heard = |s: &Slack| s.transcript(&news).last().is_some_and(|line| line.user.as_deref() != Some(&ada));
        if slack.wait_for(Duration::from_secs(3600), heard).await.is_ok() {
            if let Some(line) = slack.transcript(&news).last() {
                println!("{}: {}", line.author, line.plain);
            }
            slack.say(&news, &ada, "I hear you. See https://example.org")?;
        }
    }
}
