//! `causeway notify --hook URL TEXT`: tells a room something, from cron or a script. It needs no configuration and no
//! server on this machine. What the server does not take goes the other ways that were given; what none takes is kept
//! on disk, and goes with the next call, with the time at which it was said.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, bail};
use bridge_webhooks::fallback::route::{News, Route};
use clap::Args;
use serde_json::{Value, json};

use crate::terminal::say;

/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is tried.
const TRIES: u32 = 3;

#[derive(Args)]
pub(crate) struct Arguments {
    /// What happened.
    #[arg(required = true, num_args = 1..)]
    text: Vec<String>,
    /// The address of a hook, as `causeway hook new` prints it.
    #[arg(long, env = "CAUSEWAY_HOOK", hide_env_values = true)]
    hook: String,
    /// From 1 (silent) to 5 (urgent).
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=5))]
    priority: u8,
    /// Messages of the same key are one incident.
    #[arg(long)]
    key: Option<String>,
    /// Another way when the server does not answer, tried in order: ntfy://HOST/TOPIC, slack+URL, discord+URL,
    /// telegram://TOKEN@CHAT.
    #[arg(long, env = "CAUSEWAY_NOTIFY_TO", hide_env_values = true, value_delimiter = ' ')]
    to: Vec<String>,
    /// Where is kept what nobody took.
    #[arg(long, env = "CAUSEWAY_SPOOL")]
    spool: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let text = arguments.text.join(" ");
    let routes = arguments.to.iter().map(|to| Route::parse(to).map_err(|why| anyhow::anyhow!("--to {to}: {why}")));
    let routes: Vec<Route> = routes.collect::<Result<_, _>>()?;
    let spool = arguments.spool.clone().unwrap_or_else(default_spool);
    let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
    // The same word with every try: a message that was taken although its answer was lost is not shown twice.
    let message = json!({
        "text": text, "priority": arguments.priority, "key": arguments.key, "dedupe_key": unique(), "at": now(),
    });
    let hook = native(&arguments.hook);
    match send(&client, &hook, &message).await {
        Ok(()) => return flush(&client, &hook, &spool).await,
        Err(Trouble::Refused(why)) => bail!("the server refused it: {why}"),
        Err(Trouble::Silent(why)) => say(format_args!("the server does not answer: {why}")),
    }
    let news = News { text, level: arguments.priority, link: None };
    for (route, name) in routes.iter().zip(&arguments.to) {
        let kind = name.split(['+', ':']).next().unwrap_or_default();
        match route.tell(&news).await {
            Ok(()) => {
                keep(&spool, &message)?;
                say(format_args!("told by {kind}; the room is told when the server is back"));
                return Ok(());
            }
            Err(why) => say(format_args!("{kind}: {why}")),
        }
    }
    keep(&spool, &message)?;
    bail!("nobody took it; it is kept in {} and goes with the next call", spool.display())
}

/// The hook's address in this program's own form, which has words for all it wants to say.
fn native(hook: &str) -> String {
    hook.replacen("/hooks/", "/hook/", 1)
}

enum Trouble {
    /// It will never be taken.
    Refused(String),
    /// It may be later.
    Silent(String),
}

async fn send(client: &reqwest::Client, hook: &str, message: &Value) -> Result<(), Trouble> {
    let mut why = String::new();
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(Duration::from_secs(u64::from(attempt))).await;
        }
        match client.post(hook).json(message).send().await {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) if answer.status().is_client_error() && answer.status().as_u16() != 429 => {
                let status = answer.status();
                let said: String = answer.text().await.unwrap_or_default().chars().take(200).collect();
                return Err(Trouble::Refused(format!("{status} {said}")));
            }
            Ok(answer) => why = answer.status().to_string(),
            Err(error) => why = error.without_url().to_string(),
        }
    }
    Err(Trouble::Silent(why))
}

/// Sends what was kept, oldest first; stops at the first that is not taken.
async fn flush(client: &reqwest::Client, hook: &str, spool: &Path) -> anyhow::Result<()> {
    let Ok(entries) = fs::read_dir(spool) else { return Ok(()) };
    let mut kept: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    kept.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    kept.sort();
    for path in kept {
        let message: Value = serde_json::from_slice(&fs::read(&path)?).unwrap_or_default();
        match send(client, hook, &message).await {
            Ok(()) => fs::remove_file(&path)?,
            Err(Trouble::Refused(why)) => {
                say(format_args!("{}: the server refused it: {why}", path.display()));
                fs::rename(&path, path.with_extension("refused"))?;
            }
            Err(Trouble::Silent(why)) => {
                say(format_args!("what was kept stays kept: {why}"));
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Keeps a message, so that it is whole or not there at all.
fn keep(spool: &Path, message: &Value) -> anyhow::Result<()> {
    let what = || format!("{} cannot be written to; choose another place with --spool", spool.display());
    fs::create_dir_all(spool).with_context(what)?;
    let path = spool.join(format!("{:020}-{}.json", now(), message["dedupe_key"].as_str().unwrap_or_default()));
    let part = path.with_extension("part");
    let mut options = fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create(true).truncate(true), 0o600);
    let mut file = options.open(&part).with_context(what)?;
    file.write_all(message.to_string().as_bytes()).and_then(|()| file.sync_all()).with_context(what)?;
    fs::rename(&part, &path).with_context(what)
}

fn default_spool() -> PathBuf {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    state.or_else(home).unwrap_or_else(std::env::temp_dir).join("causeway/notify")
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn unique() -> String {
    use std::hash::{BuildHasher as _, Hasher as _};
    let number = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", number(), number())
}
