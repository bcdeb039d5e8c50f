//! The demo's Telegram: a supergroup with the bot as an administrator, and two people in it.

use anyhow::Context as _;
use simulators::telegram::{Limits, Settings, Telegram};

use super::shore::Shore;

/// Starts it.
pub(super) async fn start() -> anyhow::Result<Shore> {
    let telegram = Telegram::start(Settings { limits: Limits::real(), ..Settings::default() }).await?;
    let people: Vec<(i64, &str)> =
        ["Eke", "Femi"].into_iter().map(|name| (telegram.person(name, None), name)).collect();
    let (owner, _) = *people.first().context("nobody")?;
    let chat = telegram.supergroup("Harbour", owner);
    for (person, _) in people.iter().skip(1) {
        telegram.join(chat, *person)?;
    }
    telegram.add_bot(chat, owner)?;
    telegram.make_bot_admin(chat, owner)?;
    let ids: Vec<i64> = people.iter().map(|(id, _)| *id).collect();
    let (talking, showing, watched) = (telegram.clone(), telegram.clone(), telegram.clone());
    Ok(Shore {
        network: "telegram",
        title: "Telegram",
        place: "Harbour",
        url: telegram.url().to_owned(),
        chat: chat.to_string(),
        people: people.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        section: vec![("token", telegram.token()), ("api_url", telegram.url().to_owned())],
        say: Box::new(move |who, line| {
            let person = *ids.get(who).context("nobody")?;
            Ok(talking.say(chat, person, &line.replace(['*', '`'], "")).map(|_| ())?)
        }),
        show: Box::new(move |page| showing.set_page(page)),
        connected: Box::new(move || watched.connected() > 0),
    })
}
