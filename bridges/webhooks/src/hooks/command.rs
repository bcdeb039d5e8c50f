//! Hooks by command in their room: whoever may change the room's settings makes and deletes them. A secret is told to
//! whoever asked, alone: in the room it would lie open for everybody, for ever.

use std::fmt::Write as _;

use appservice_sdk::prelude::*;

use super::Hook;
use crate::{
    address,
    desk::Desk,
    heartbeat::{self, Check, Schedule},
    outgoing, say, urgent,
    when::{self, span},
};

/// The commands with their help.
pub const COMMANDS: &[(&str, &str)] = &[
    ("new", "NAME: make a hook for this room; you alone are told its address"),
    ("list", "the hooks of this room"),
    ("show", "HOOK: what there is to know about one"),
    ("rename", "HOOK NAME"),
    ("set", "HOOK picture URL | lock on|off | mention on|off | level 1-5 | level WORD 1-5 | beats on|off"),
    ("rotate", "HOOK: give it a new address; the old one no longer works"),
    ("delete", "HOOK"),
    ("oncall", "me|off: whether you are called by what is loud here"),
    ("ack", "nothing urgent repeats any longer"),
    ("heartbeat", "HOOK SCHEDULE [grace SPAN] [level 1-5] | HOOK off: alert when it is not heard from"),
    ("out", "URL [WORD …]: send what is said here to a program; `out list`, `out delete ID`, `out dead`"),
];

const NOT_ALLOWED: &str = "Only who may change the settings of this room can do this.";

/// Does what was asked.
pub async fn obey(desk: &Desk, asked: &Asked) -> Answer {
    match act(desk, asked).await {
        Ok(answer) => answer,
        Err(Trouble::Say(text)) => Answer::here(text),
        Err(Trouble::Store(error)) => {
            tracing::error!(error = %error, "A command about hooks failed.");
            Answer::here("Not now: the bridge's database does not answer. Try again.")
        }
    }
}

enum Trouble {
    Say(String),
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn trouble<T>(text: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble::Say(text.into()))
}

async fn act(desk: &Desk, asked: &Asked) -> Result<Answer, Trouble> {
    let words: Vec<&str> = asked.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["oncall", rest @ ..] => return on_call(desk, asked, rest).await,
        ["ack"] => {
            let count = urgent::acknowledge_all(desk, &asked.room_id, &asked.by).await?;
            return Ok(Answer::here(if count == 0 { "Nothing urgent is open here." } else { "I am quiet." }));
        }
        _ if !asked.governs => return trouble(NOT_ALLOWED),
        _ => {}
    }
    match words.as_slice() {
        ["new", name @ ..] => make(desk, asked, &name.join(" ")).await,
        ["list"] => list(desk, asked).await,
        ["show", hook] => show(desk, &find(desk, asked, hook).await?).await,
        ["rename", hook, name @ ..] if !name.is_empty() => {
            let mut hook = find(desk, asked, hook).await?;
            hook.name = super::named(&name.join(" "));
            super::save(desk, &hook).await?;
            Ok(Answer::here(format!("It is called {} now.", hook.name)))
        }
        ["set", hook, what @ ..] => {
            let mut hook = find(desk, asked, hook).await?;
            change(&mut hook, what).map_err(Trouble::Say)?;
            super::save(desk, &hook).await?;
            show(desk, &hook).await
        }
        ["rotate", hook] => {
            let hook = find(desk, asked, hook).await?;
            let (hook, secret) = super::give_secret(desk, hook).await?;
            let here = format!("{} has a new address; the old one no longer works.", hook.name);
            Ok(Answer { here, alone: Some(addresses(desk, &hook, &secret)) })
        }
        ["delete", hook] => {
            let hook = find(desk, asked, hook).await?;
            super::delete(desk, &hook).await?;
            Ok(Answer::here(format!("{} is gone. What it said stays.", hook.name)))
        }
        ["heartbeat", hook, rest @ ..] => beat(desk, &find(desk, asked, hook).await?, rest).await,
        ["out", rest @ ..] => Ok(outgoing::command(desk, asked, rest).await?),
        [word, ..] => match COMMANDS.iter().find(|(known, _)| known == word) {
            Some((_, help)) => trouble(format!("!webhooks {word} {help}")),
            None => trouble("`!webhooks help` shows what there is."),
        },
        [] => trouble("`!webhooks help` shows what there is."),
    }
}

/// A hook of this room, by its id or its name.
async fn find(desk: &Desk, asked: &Asked, which: &str) -> Result<Hook, Trouble> {
    let hooks = super::list(desk, Some(&asked.room_id)).await?;
    let mut found = hooks.into_iter().filter(|hook| hook.id == which || hook.name == which);
    match (found.next(), found.next()) {
        (Some(hook), None) => Ok(hook),
        (None, _) => trouble(format!("There is no hook {which} here; `!webhooks list` shows those there are.")),
        (Some(_), Some(_)) => trouble(format!("More than one is called {which}: use its id, as in `!webhooks list`.")),
    }
}

async fn make(desk: &Desk, asked: &Asked, name: &str) -> Result<Answer, Trouble> {
    let made = super::new(desk, &asked.room_id, name, (&asked.by, Some(&asked.event_id))).await;
    match made {
        Ok((hook, secret)) => {
            let here = format!("Made the hook {} ({}). Whoever has its address can post here.", hook.name, hook.id);
            Ok(Answer { here, alone: Some(addresses(desk, &hook, &secret)) })
        }
        Err(error) => trouble(format!("The hook could not be made: {error}.")),
    }
}

/// What is told once: a working line, and the address for each service.
#[must_use]
pub fn addresses(desk: &Desk, hook: &Hook, secret: &str) -> String {
    let base = &desk.config().public_url;
    let mut text = format!(
        "{name} ({id}): keep this, it is told once.\ncurl -d '{{\"text\": \"hello\"}}' {base}/hooks/{secret}\n",
        name = hook.name,
        id = hook.id,
    );
    for (dialect, path) in address::all(&hook.id, secret) {
        let _ = write!(text, "\n{dialect}: {base}{path}");
    }
    text
}

async fn list(desk: &Desk, asked: &Asked) -> Result<Answer, Trouble> {
    let hooks = super::list(desk, Some(&asked.room_id)).await?;
    if hooks.is_empty() {
        return Ok(Answer::here("There are none here. Make one: !webhooks new NAME"));
    }
    let mut text = String::new();
    for hook in hooks {
        let used = match super::used(&hook.id, desk).await? {
            Some(used) => format!("used {} ago ({})", span(Timestamp::now().0 - used.at), used.dialect),
            None => "never used".to_owned(),
        };
        let _ = writeln!(text, "{} {}: {used}", hook.id, hook.name);
    }
    Ok(Answer::here(text.trim_end()))
}

async fn show(desk: &Desk, hook: &Hook) -> Result<Answer, Trouble> {
    let now = Timestamp::now().0;
    let yes = |on: bool| if on { "yes" } else { "no" };
    let mut text = format!("{} ({})", hook.name, hook.id);
    let creator = if hook.creator.is_empty() { "the command line" } else { &hook.creator };
    let _ = write!(text, "\nmade {} ago by {creator}", span(now - hook.made));
    if let Some(used) = super::used(&hook.id, desk).await? {
        let _ = write!(text, "\nused {} ago in the form of {}", span(now - used.at), used.dialect);
    }
    let _ = write!(text, "\nlevel {}", hook.level.unwrap_or(3));
    for (word, level) in &hook.levels {
        let _ = write!(text, ", {word} {level}");
    }
    let _ = write!(text, "\nmay call people: {}; other names: {}", yes(hook.may_mention), yes(!hook.locked));
    if let Some(picture) = &hook.picture {
        let _ = write!(text, "\npicture {picture}");
    }
    if hook.beats {
        text.push_str("\nonly beats: its messages are not shown");
    }
    for check in heartbeat::all(desk, hook).await? {
        let _ = write!(text, "\nheartbeat {}", check.line(now));
    }
    Ok(Answer::here(text))
}

/// Changes one thing about a hook.
///
/// # Errors
/// A sentence.
pub fn change(hook: &mut Hook, what: &[&str]) -> Result<(), String> {
    let on = |word: &str| match word {
        "on" | "yes" | "true" => Ok(true),
        "off" | "no" | "false" => Ok(false),
        other => Err(format!("`{other}` is neither on nor off.")),
    };
    let level = |word: &str| match word.parse::<u8>() {
        Ok(level @ 1..=5) => Ok(level),
        _ => Err("A level is a number from 1 (silent) to 5 (urgent).".to_owned()),
    };
    match what {
        ["picture", "off"] => hook.picture = None,
        ["picture", url] if crate::identity::is_web(url) => hook.picture = Some((*url).to_owned()),
        ["picture", _] => return Err("A picture is an address that starts with https://.".to_owned()),
        ["lock", word] => hook.locked = on(word)?,
        ["mention", word] => hook.may_mention = on(word)?,
        ["beats", word] => hook.beats = on(word)?,
        ["level", word] => hook.level = Some(level(word)?),
        ["level", word, number] => {
            hook.levels.insert(word.to_lowercase(), level(number)?);
        }
        ["adapter", "off"] => hook.adapter = None,
        ["adapter", name] => hook.adapter = Some((*name).to_owned()),
        ["template", "off"] => hook.template = None,
        ["template", words @ ..] if !words.is_empty() => hook.template = Some(words.join(" ")),
        _ => return Err("Say what to set: picture, lock, mention, level, beats, adapter or template.".to_owned()),
    }
    Ok(())
}

async fn on_call(desk: &Desk, asked: &Asked, words: &[&str]) -> Result<Answer, Trouble> {
    let key = say::on_call_key(&asked.room_id);
    let mut people: std::collections::BTreeSet<String> = desk.get(&key).await?.unwrap_or_default();
    let text = match words {
        [] if people.is_empty() => {
            "Nobody in particular is called here; what is urgent calls everybody. !webhooks oncall me".to_owned()
        }
        [] => format!("Called here: {}", people.iter().cloned().collect::<Vec<_>>().join(", ")),
        ["me" | "on"] => {
            people.insert(asked.by.clone());
            "You are called by what is loud here.".to_owned()
        }
        ["off"] => {
            people.remove(&asked.by);
            "You are no longer called here.".to_owned()
        }
        _ => return trouble("!webhooks oncall me, or !webhooks oncall off"),
    };
    desk.put(&key, &people).await?;
    Ok(Answer::here(text))
}

async fn beat(desk: &Desk, hook: &Hook, words: &[&str]) -> Result<Answer, Trouble> {
    if words == ["off"] {
        heartbeat::delete(desk, hook, "").await?;
        return Ok(Answer::here("No heartbeat is expected any more."));
    }
    let known = heartbeat::find(desk, hook, "").await?.unwrap_or_else(|| Check::new("", &hook.name));
    let check = scheduled(known, words).map_err(Trouble::Say)?;
    heartbeat::set(desk, hook, &check).await?;
    Ok(Answer::here(check.line(Timestamp::now().0)))
}

/// `SCHEDULE [grace SPAN] [level N]`
///
/// # Errors
/// A sentence.
pub fn scheduled(mut check: Check, words: &[&str]) -> Result<Check, String> {
    let first = words.iter().position(|word| matches!(*word, "grace" | "level")).unwrap_or(words.len());
    let (schedule, mut rest) = words.split_at(first);
    check.schedule = Schedule::read(schedule.join(" ").trim_matches('"'))?;
    while let [name, value, more @ ..] = rest {
        match *name {
            "grace" => check.grace = when::read(value).ok_or(format!("`{value}` is no span; write 10m."))?,
            "level" => {
                let level = value.parse().ok().filter(|level| (1..=5).contains(level));
                check.level = level.ok_or("A level is a number from 1 to 5.")?;
            }
            other => return Err(format!("`{other}` is neither grace nor level.")),
        }
        rest = more;
    }
    match rest {
        [] => Ok(check),
        _ => Err("Say `grace SPAN` or `level N`.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_at_a_time_is_changed_and_nonsense_is_said() {
        let mut hook = Hook::default();
        for words in ["lock on", "mention yes", "level 4", "level Critical 5", "picture https://x/a.png", "beats on"] {
            change(&mut hook, &words.split(' ').collect::<Vec<_>>()).unwrap();
        }
        assert!(hook.locked && hook.may_mention && hook.beats);
        assert_eq!((hook.level, hook.levels.get("critical")), (Some(4), Some(&5)));
        for words in ["", "level 6", "level", "lock maybe", "picture file:///x", "colour red"] {
            assert!(change(&mut hook, &words.split(' ').collect::<Vec<_>>()).is_err(), "{words}");
        }
    }

    #[test]
    fn a_heartbeat_is_written_in_words() {
        let read = |words: &str| scheduled(Check::new("", "x"), &words.split(' ').collect::<Vec<_>>());
        let check = read("5m grace 30s level 5").unwrap();
        assert_eq!((check.schedule, check.grace, check.level), (Schedule::Every(300_000), 30_000, 5));
        assert_eq!(read("\"0 3 * * *\"").unwrap().schedule, Schedule::Cron("0 3 * * *".into()));
        for wrong in ["", "5m grace", "5m grace x", "5m level 9", "5m loud 3"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
