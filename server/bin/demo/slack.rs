//! The demo's Slack: a workspace with a channel, and two people in it.

use anyhow::Context as _;
use simulators::slack::{Limits, Settings, Slack};

use super::shore::Shore;

/// Starts it.
pub(super) async fn start() -> anyhow::Result<Shore> {
    let settings = Settings { limits: Limits::real(), ..Settings::default() };
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
