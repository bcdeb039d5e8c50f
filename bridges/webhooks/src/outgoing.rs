//! What people say in a room, told to programs as Slack and Mattermost tell it: outgoing webhooks (every message, or
//! those that begin with a word) and slash commands (`/word …`, or `!word …` where a client keeps slashes to itself).
//!
//! The SDK's lane makes the first call, in the room's order. One that fails is kept and made again with back-off, so
//! that a program that is down holds up nobody; after a day it lies among the dead letters. Every call of one message
//! carries the same `webhook-id`: at least once. What hooks and bridges say is never sent out, so nothing goes in circles.

pub mod call;
pub mod sign;

use std::collections::HashMap;

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::call::Letter;
use crate::{
    deliver,
    desk::{Desk, Work},
    dialect::slack,
    hooks::Hook,
    post::{Post, Priority},
    when::{MINUTE, SECOND},
};

/// How often a letter is sent at most.
const TRIES: u32 = 23;
/// A call that was begun and of which nothing is known after so long is made again.
const LEASE: i64 = MINUTE;
/// A reply address is good for so long, and for five replies.
const REPLIES: i64 = 30 * MINUTE;

/// A program that is told what is said in a room.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Out {
    /// Short and public.
    pub id: String,
    /// The room.
    pub room: String,
    /// Its address.
    pub url: String,
    /// The words that a message begins with; with a slash: a command. None: every message.
    pub words: Vec<String>,
    /// The token that Slack and Mattermost put into the body.
    pub token: String,
    /// The key of the signatures: `whsec_…`.
    pub secret: String,
    /// Who made it.
    pub creator: String,
}

/// The secrets stay out of logs.
impl std::fmt::Debug for Out {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Out").field("id", &self.id).field("room", &self.room).finish_non_exhaustive()
    }
}

/// Why a message is told to a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// It is told everything.
    All,
    /// The message begins with this word.
    Word(String),
    /// It is this command with these words.
    Command(String, String),
}

impl Out {
    /// Whether a text is told to it, and why.
    #[must_use]
    pub fn matches(&self, text: &str) -> Option<Match> {
        if self.words.is_empty() {
            return Some(Match::All);
        }
        let text = text.trim_start();
        let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        self.words.iter().find_map(|word| match word.strip_prefix('/') {
            Some(name) => {
                let asked = first.strip_prefix("//").or_else(|| first.strip_prefix(['/', '!']));
                (asked == Some(name)).then(|| Match::Command(word.clone(), rest.trim().to_owned()))
            }
            None => (first == word).then(|| Match::Word(word.clone())),
        })
    }
}

/// All that are told what is said in each room, in memory.
#[derive(Default)]
pub struct Outs(std::sync::RwLock<HashMap<String, Vec<Out>>>);

impl Outs {
    /// Those of a room.
    #[must_use]
    pub fn of(&self, room: &str) -> Vec<Out> {
        let outs = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        outs.get(room).cloned().unwrap_or_default()
    }

    /// Reads them anew.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load(&self, remote: &Remote) -> Result<(), StoreError> {
        let mut rooms: HashMap<String, Vec<Out>> = HashMap::new();
        for (_, out) in remote.get_all::<Out>("out/").await? {
            rooms.entry(out.room.clone()).or_default().push(out);
        }
        *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = rooms;
        Ok(())
    }
}

/// The letters a message makes, one for each program. Pure.
#[must_use]
pub fn letters(outs: &[Out], message: &Outgoing) -> Vec<Letter> {
    let docs: Vec<String> = message.parts.iter().filter_map(Part::doc).map(Doc::plain).collect();
    let text = docs.join("\n");
    if message.is_edit || (text.trim().is_empty() && message.parts.is_empty()) {
        return Vec::new();
    }
    outs.iter().filter_map(|out| Some(Letter::of(out, message, &text, out.matches(&text)?))).collect()
}

/// The first call of a letter, from the lane. What fails is kept and made again.
///
/// # Errors
/// The database failed.
pub async fn send(desk: &Desk, letter: Letter, key: &str) -> Result<(), StoreError> {
    let letter = Letter { key: key.to_owned(), ..letter };
    let Some(out) = desk.get::<Out>(&format!("out/{}", letter.out)).await? else { return Ok(()) };
    go(desk, &out, letter).await
}

fn kept(key: &str) -> String {
    format!("letter/{key}")
}

/// One call, and what follows from it.
async fn go(desk: &Desk, out: &Out, mut letter: Letter) -> Result<(), StoreError> {
    let reply = if letter.is_command { Some(reply_address(desk, out).await?) } else { None };
    let outcome = call::make(desk.config().allow_private, out, &letter, reply.as_deref()).await;
    let mut work = Work::default();
    match outcome {
        Ok(answer) => {
            work.forget(kept(&letter.key));
            work.never(format!("letter/{}", letter.key));
            desk.commit(work).await?;
            if let Some(answer) = answer {
                say(desk, out, &answer, Some(&letter.key)).await;
            }
            return Ok(());
        }
        Err(why) => {
            letter.tries += 1;
            tracing::info!(out = out.id, tries = letter.tries, why, "An outgoing webhook did not arrive.");
            letter.why = Some(why);
        }
    }
    if letter.tries >= TRIES {
        work.forget(kept(&letter.key));
        work.never(format!("letter/{}", letter.key));
        work.put(format!("dead/{}/{}", out.room, letter.key), &letter);
    } else {
        work.put(kept(&letter.key), &letter);
        work.at(format!("letter/{}", letter.key), Timestamp::now().0 + back_off(letter.tries));
    }
    desk.commit(work).await
}

/// How long to wait after so many tries: 5 s, doubled up to two hours; a day in all.
#[must_use]
pub fn back_off(tries: u32) -> i64 {
    (5 * SECOND).saturating_mul(1_i64 << tries.saturating_sub(1).min(20)).min(120 * MINUTE)
}

/// The time of a letter has come.
///
/// # Errors
/// The database failed; it comes again.
pub async fn fire(desk: &Desk, key: &str, now: i64) -> Result<(), StoreError> {
    let mut work = Work::default();
    let timer = format!("letter/{key}");
    let Some(letter) = desk.get::<Letter>(&kept(key)).await? else {
        work.never(timer);
        return desk.commit(work).await;
    };
    let Some(out) = desk.get::<Out>(&format!("out/{}", letter.out)).await? else {
        work.forget(kept(key));
        work.never(timer);
        return desk.commit(work).await;
    };
    work.at(timer, now + LEASE);
    desk.commit(work).await?;
    let desk = desk.clone();
    tokio::spawn(async move {
        if let Err(error) = go(&desk, &out, letter).await {
            tracing::error!(error = %error, "What became of an outgoing webhook could not be stored.");
        }
    });
    Ok(())
}

/// Posts what a program answered.
async fn say(desk: &Desk, out: &Out, answer: &Value, key: Option<&str>) {
    let Some(post) = answered(answer, key) else { return };
    let hook = Hook { id: format!("o{}", out.id), room: out.room.clone(), name: host(&out.url), ..Hook::default() };
    if let Err(why) = deliver::accept(&hook, vec![post], desk).await {
        tracing::info!(out = out.id, %why, "The answer of a program could not be posted.");
    }
}

/// A program's answer as a message: Slack's and Mattermost's form. `ephemeral` is silent here: a room has no words for
/// one person alone.
fn answered(answer: &Value, key: Option<&str>) -> Option<Post> {
    let mut post = slack::read(answer.as_object()?).ok().filter(|post| !post.is_empty())?;
    post.dedupe = key.map(|key| format!("answer:{key}"));
    if answer["response_type"] == "ephemeral" {
        post.priority = Some(Priority::Silent);
    }
    Some(post)
}

fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest).rsplit('@').next().unwrap_or(rest).to_owned()
}

/// Who may still reply.
#[derive(Serialize, Deserialize)]
struct Reply {
    out: String,
    left: u8,
    until: i64,
}

/// A new address for replies to a command.
async fn reply_address(desk: &Desk, out: &Out) -> Result<String, StoreError> {
    let secret = sign::random();
    let reply = Reply { out: out.id.clone(), left: 5, until: Timestamp::now().0 + REPLIES };
    desk.put(&format!("reply/{}", SendKey::derive(&[&secret])), &reply).await?;
    Ok(format!("{}/_bridge/webhooks/reply/{secret}", desk.config().public_url))
}

/// `POST /reply/SECRET`: a program says more, up to five times in half an hour.
pub async fn reply(request: &HttpRequest, secret: &str, desk: &Desk) -> HttpResponse {
    let key = format!("reply/{}", SendKey::derive(&[secret]));
    let now = Timestamp::now().0;
    let found = match desk.get::<Reply>(&key).await {
        Ok(found) => found.filter(|reply| reply.left > 0 && reply.until > now),
        Err(_) => return HttpResponse::text(503, "not now"),
    };
    let Some(mut reply) = found else { return HttpResponse::text(404, "used_url") };
    let Ok(answer) = serde_json::from_slice::<Value>(&request.body) else {
        return HttpResponse::text(400, "invalid_payload");
    };
    let Ok(Some(out)) = desk.get::<Out>(&format!("out/{}", reply.out)).await else {
        return HttpResponse::text(404, "used_url");
    };
    reply.left -= 1;
    if desk.put(&key, &reply).await.is_err() {
        return HttpResponse::text(503, "not now");
    }
    say(desk, &out, &answer, None).await;
    HttpResponse::text(200, "ok")
}

/// Forgets reply addresses that are too old.
///
/// # Errors
/// The database failed.
pub async fn sweep(desk: &Desk, now: i64) -> Result<(), StoreError> {
    let mut work = Work::default();
    for (key, reply) in desk.get_all::<Reply>("reply/").await? {
        if reply.until < now {
            work.forget(key);
        }
    }
    desk.commit(work).await
}

/// `out …`: makes, lists and deletes programs, and shows the dead letters.
///
/// # Errors
/// The database failed.
pub async fn command(desk: &Desk, asked: &Asked, words: &[&str]) -> Result<Answer, StoreError> {
    match words {
        ["list"] | [] => {
            let outs = desk.house().outs.of(&asked.room_id);
            let line = |out: &Out| format!("{} {}: {}", out.id, host(&out.url), told(out));
            let lines: Vec<String> = outs.iter().map(line).collect();
            Ok(Answer::here(if lines.is_empty() {
                "No program is told anything.".to_owned()
            } else {
                lines.join("\n")
            }))
        }
        ["delete", id] => {
            let known = desk.house().outs.of(&asked.room_id).iter().any(|out| out.id == *id);
            if !known {
                return Ok(Answer::here("There is none of that id here; `!webhooks out list` shows them."));
            }
            desk.forget(&format!("out/{id}")).await?;
            desk.house().outs.load(desk).await?;
            Ok(Answer::here("It is told nothing more."))
        }
        ["dead"] => {
            let dead = desk.get_all::<Letter>(&format!("dead/{}/", asked.room_id)).await?;
            let line = |(_, letter): &(String, Letter)| {
                format!("{}: {} ({} tries)", letter.out, letter.why.as_deref().unwrap_or("?"), letter.tries)
            };
            let lines: Vec<String> = dead.iter().map(line).collect();
            Ok(Answer::here(if lines.is_empty() { "Every letter arrived.".to_owned() } else { lines.join("\n") }))
        }
        [url, words @ ..] if crate::identity::is_web(url) => make(desk, asked, url, words).await,
        _ => Ok(Answer::here("!webhooks out https://… [WORD …]")),
    }
}

async fn make(desk: &Desk, asked: &Asked, url: &str, words: &[&str]) -> Result<Answer, StoreError> {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    let id: String = SendKey::derive(&["out", &asked.event_id]).as_str().chars().take(8).collect();
    let (room, creator) = (asked.room_id.clone(), asked.by.clone());
    let (token, secret) = (sign::random(), sign::secret());
    let out = Out { id, room, url: url.to_owned(), words, token, secret, creator };
    desk.put(&format!("out/{}", out.id), &out).await?;
    desk.house().outs.load(desk).await?;
    if !desk.is_linked(&ChatId::new(&*out.room))
        && let Err(error) = desk.link(&out.room, &ChatId::new(&*out.room)).await
    {
        return Ok(Answer::here(format!("I cannot listen here: {error}.")));
    }
    let here = format!("From now on {} is told {} ({}).", host(url), told(&out), out.id);
    let alone = format!("{}: token {}, signing secret {}", host(url), out.token, out.secret);
    Ok(Answer { here, alone: Some(alone) })
}

fn told(out: &Out) -> String {
    if out.words.is_empty() { "everything that is said here".to_owned() } else { out.words.join(", ") }
}

/// A letter as the lane carries it.
#[must_use]
pub fn payload(letter: &Letter) -> Value {
    json!({ "letter": letter })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(words: &[&str]) -> Out {
        Out {
            id: "o".into(),
            room: "!r:h".into(),
            url: "https://user:pass@ci.example/hook?x".into(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            token: "t".into(),
            secret: sign::secret(),
            creator: String::new(),
        }
    }

    #[test]
    fn a_program_is_told_what_it_asked_for() {
        let word = |word: &str| Some(Match::Word(word.into()));
        let command = |rest: &str| Some(Match::Command("/deploy".into(), rest.into()));
        for (words, text, expected) in [
            (vec![], "anything", Some(Match::All)),
            (vec!["build"], "build it", word("build")),
            (vec!["build"], "  build", word("build")),
            (vec!["build"], "rebuild it", None),
            (vec!["build"], "building", None),
            (vec!["/deploy"], "/deploy web now", command("web now")),
            (vec!["/deploy"], "!deploy", command("")),
            (vec!["/deploy"], "//deploy x", command("x")),
            (vec!["/deploy"], "deploy x", None),
            (vec!["/deploy"], "!deployment", None),
        ] {
            assert_eq!(out(&words).matches(text), expected, "{words:?} {text}");
        }
    }

    #[test]
    fn tries_spread_over_a_day() {
        assert_eq!((back_off(1), back_off(2), back_off(40)), (5000, 10_000, 7_200_000));
        let all: i64 = (1..TRIES).map(back_off).sum();
        assert!((20 * 3_600_000..30 * 3_600_000).contains(&all), "{all}");
    }

    #[test]
    fn an_answer_is_a_message_and_for_one_person_it_is_silent() {
        let post = answered(&json!({ "text": "*done*", "username": "CI" }), Some("k")).unwrap();
        assert_eq!((post.username.as_deref(), post.dedupe.as_deref()), (Some("CI"), Some("answer:k")));
        let alone = answered(&json!({ "text": "x", "response_type": "ephemeral" }), None).unwrap();
        assert_eq!(alone.priority, Some(Priority::Silent));
        assert_eq!((answered(&json!({}), None), answered(&json!("x"), None)), (None, None));
    }

    #[test]
    fn neither_secrets_nor_passwords_are_shown() {
        let one = out(&[]);
        assert!(!format!("{one:?}").contains(&one.secret));
        assert_eq!(host(&one.url), "ci.example");
    }
}
