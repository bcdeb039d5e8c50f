//! A simulated Telegram to point any bot at: `cargo run -p simulators --example telegram -- 7381`.
//! Ada answers whoever speaks in her group.

use std::time::Duration;

use simulators::telegram::{Settings, Telegram};

#[tokio::main]
#[allow(clippy::print_stdout)]
async fn main() -> anyhow::Result<()> {
    let port = std::env::args().nth(1).map(|text| text.parse()).transpose()?;
    let telegram = Telegram::start(Settings { port, ..Settings::default() }).await?;
    let ada = telegram.person("Ada", Some("ada"));
    let harbour = telegram.supergroup("Harbour", ada);
    telegram.add_bot(harbour, ada)?;
    telegram.make_bot_admin(harbour, ada)?;
    println!("the Bot API is at {}, the bot's token is {}", telegram.url(), telegram.token());
    println!("the group's id is {harbour}, Ada's {ada}");
    loop {
        let heard = |t: &Telegram| t.said(harbour).last().is_some_and(|line| line.author_id != ada);
        if telegram.wait_for(Duration::from_secs(3600), heard).await.is_ok() {
            if let Some(line) = telegram.said(harbour).last() {
                println!("{}: {}", line.author, line.text);
            }
            telegram.say(harbour, ada, "I hear you. See https://example.org")?;
        }
    }
}
