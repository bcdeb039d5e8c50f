//! `causeway demo`: a server, the real bridges, and simulated networks where a few people talk, with a page that shows
//! every side. One room is linked to all of them. No account, no token; everything is gone when it ends.

mod discord;
mod matrix;
mod server;
mod shore;
mod slack;
mod telegram;

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::terminal::say;
use matrix::Matrix;
use shore::Shore;

const PAGE: &str = include_str!("demo.html");

/// What people say, in turn; each line on the next network.
const TALK: [&str; 12] = [
    "morning! who moved the *lighthouse* meeting to nine?",
    "me. the tide does not wait for anyone",
    "I brought coffee ☕",
    "`cargo build` finished before the kettle, that is new",
    "it is, and I have no explanation",
    "somebody on the other shores can read this, right?",
    "that is what the bridge is for. say hello over there!",
    "list for today: paint the railing, fix the horn, lunch",
    "lunch first?",
    "lunch first.",
    "fine. https://matrix.org by the way, for those who ask where this goes",
    "back in a minute, the gulls are at the coffee",
];

/// How long a bridge may take to reach its network, and to come into the room.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Args)]
pub(crate) struct Arguments {
    /// The port of the page.
    #[arg(long, default_value_t = 8010)]
    port: u16,
    /// How long people think before they speak, in seconds.
    #[arg(long, default_value_t = 4.0)]
    pace: f64,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let folder = server::Folder::new()?;
    let first = discord::start(arguments.port).await.context("choose another port for the page with --port")?;
    let shores = [first, slack::start().await?, telegram::start().await?];
    let names: Vec<&str> = shores.iter().map(|shore| shore.title).collect();
    say(format_args!("Starting a homeserver and the bridges to {} …", names.join(", ")));
    let homeserver = format!("http://127.0.0.1:{}", server::free_port()?);
    let mut running = server::start(folder.path(), &homeserver, &shores).await?;
    let you = Matrix::register(&homeserver).await?;
    for shore in &shores {
        shore.until_connected(PATIENCE).await?;
    }
    let room = you.room("Harbour").await?;
    for shore in &shores {
        you.link(&room, folder.path(), shore).await?;
    }
    let page = page(&homeserver, &you, &room, &shores);
    (shores[0].show)(page);
    say(format_args!("\n  Open {} in a browser. Ctrl-C ends the demo.\n", shores[0].url));
    let mut terminate = signal(SignalKind::terminate())?;
    let talk = chatter(&shores, Duration::from_secs_f64(arguments.pace.clamp(0.1, 3600.0)));
    tokio::select! {
        ended = running.wait() => bail!("the homeserver ended: {}", ended?),
        () = talk => {}
        stop = tokio::signal::ctrl_c() => stop?,
        _ = terminate.recv() => {}
    }
    server::end(running).await;
    Ok(())
}

fn page(homeserver: &str, you: &Matrix, room: &str, shores: &[Shore]) -> String {
    let one = |shore: &Shore| {
        json!({
            "network": shore.network, "title": shore.title, "place": shore.place, "url": shore.url,
            "chat": shore.chat,
            "people": shore.people.iter().map(|(id, name)| json!({"id": id, "name": name})).collect::<Vec<_>>(),
        })
    };
    let shown = json!({
        "homeserver": homeserver, "token": you.token, "user": you.user, "room": room,
        "shores": shores.iter().map(one).collect::<Vec<Value>>(),
    });
    PAGE.replace("/*SETTINGS*/null", &shown.to_string().replace('<', "\\u003c"))
}

/// Says the lines over and over, by turns on every shore.
async fn chatter(shores: &[Shore], pace: Duration) {
    for (turn, line) in TALK.iter().cycle().enumerate() {
        let Some(shore) = shores.get(turn % shores.len().max(1)) else { return };
        tokio::time::sleep(pace).await;
        let person = turn / shores.len() % shore.people.len().max(1);
        if let Err(refusal) = (shore.say)(person, line) {
            tracing::warn!("{} refuses a message: {refusal}", shore.title);
        }
    }
}
