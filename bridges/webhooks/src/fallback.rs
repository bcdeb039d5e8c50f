//! What is loud and nobody answers goes other ways: to Telegram, Discord, Slack, ntfy, by mail or through a program.
//! Each way is gone once; what became of it is kept. Nobody answered means: no reaction, no reply, no `!webhooks ack`.
//! That a push gateway took a message says nothing about a person, so it does not count.

pub mod route;

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::route::News;
use crate::{
    deliver,
    desk::{Desk, Work},
    hooks::Hook,
    post::{Post, Priority},
    when::MINUTE,
};

/// A way that was begun and of which nothing is known after so long counts as gone.
const LEASE: i64 = MINUTE;

/// What is remembered of a message that has ways left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Falling {
    /// Its room.
    pub room: String,
    /// What it says.
    pub text: String,
    /// 4 or 5.
    pub level: u8,
    /// What became of each way, in order.
    pub steps: Vec<Outcome>,
}

/// What became of a way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was begun; whether it arrived is not known.
    Begun,
    /// It was taken.
    Taken,
    /// It was not.
    Failed(String),
}

/// What is to be done with a message whose time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing more.
    Over,
    /// This way.
    Step(usize),
}

impl Falling {
    /// What is due, with so many ways in all.
    #[must_use]
    pub fn due(&self, ways: usize) -> Due {
        // What is high is told once; what is urgent goes on as long as nobody answers.
        let told = self.steps.contains(&Outcome::Taken) && self.level < 5;
        if told || self.steps.len() >= ways { Due::Over } else { Due::Step(self.steps.len()) }
    }
}

fn key(root: &str) -> String {
    format!("falling/{root}")
}

fn timer(root: &str) -> String {
    format!("fallback/{root}")
}

/// A loud message was said: if nobody answers, it goes other ways.
pub fn begin(desk: &Desk, work: &mut Work, hook: &Hook, (root, level): (&str, u8), (text, now): (&str, i64)) {
    if desk.config().chain(level).is_empty() {
        return;
    }
    let text = format!("{}: {text}", hook.name);
    work.put(key(root), &Falling { room: hook.room.clone(), text, level, steps: Vec::new() });
    work.at(timer(root), now + desk.config().after);
}

/// Somebody answered.
pub fn end(work: &mut Work, root: &str) {
    work.forget(key(root));
    work.never(timer(root));
}

/// Somebody answered, and nothing repeats; whether a fallback was waiting for that.
///
/// # Errors
/// The database failed.
pub async fn answered(desk: &Desk, root: &str) -> Result<bool, StoreError> {
    if desk.get::<Falling>(&key(root)).await?.is_none() {
        return Ok(false);
    }
    let mut work = Work::default();
    end(&mut work, root);
    desk.commit(work).await?;
    Ok(true)
}

/// The time of a message has come.
///
/// # Errors
/// The database failed; it comes again.
pub async fn fire(desk: &Desk, root: &str, now: i64) -> Result<(), StoreError> {
    let Some(falling) = desk.get::<Falling>(&key(root)).await? else {
        let mut work = Work::default();
        work.never(timer(root));
        return desk.commit(work).await;
    };
    let _turn = desk.turn(&falling.room).await;
    let Some(mut falling) = desk.get::<Falling>(&key(root)).await? else { return Ok(()) };
    let mut work = Work::default();
    let Due::Step(step) = falling.due(desk.config().chain(falling.level).len()) else {
        end(&mut work, root);
        return desk.commit(work).await;
    };
    falling.steps.push(Outcome::Begun);
    work.put(key(root), &falling);
    work.at(timer(root), now + LEASE);
    desk.commit(work).await?;
    tokio::spawn(go(desk.clone(), root.to_owned(), falling, step));
    Ok(())
}

/// Goes one way, and keeps what became of it.
async fn go(desk: Desk, root: String, falling: Falling, step: usize) {
    let config = desk.config();
    let chain = config.chain(falling.level);
    let Some((name, route)) = chain.get(step).and_then(|name| Some((name, config.routes.get(name)?))) else { return };
    let news = News { text: falling.text.clone(), level: falling.level, link: Some(link(&falling.room)) };
    let outcome = match route.tell(&news).await {
        Ok(()) => Outcome::Taken,
        Err(why) => {
            tracing::warn!(route = %name, why, "A fallback did not arrive.");
            Outcome::Failed(why)
        }
    };
    let _turn = desk.turn(&falling.room).await;
    let Ok(Some(mut falling)) = desk.get::<Falling>(&key(&root)).await else { return };
    let wait = if outcome == Outcome::Taken { desk.config().after } else { 0 };
    if let Some(kept) = falling.steps.get_mut(step) {
        *kept = outcome;
    }
    let mut work = Work::default();
    work.put(key(&root), &falling);
    work.at(timer(&root), Timestamp::now().0 + wait);
    if let Err(error) = desk.commit(work).await {
        tracing::error!(error = %error, "What became of a fallback could not be stored.");
    }
}

fn link(room: &str) -> String {
    format!("https://matrix.to/#/{room}")
}

/// Sends a test message through a hook and along every way of its level; what each step did.
pub async fn test(desk: &Desk, hook: &Hook, level: u8) -> Vec<Value> {
    let text = "This is a test: you can ignore it.";
    let post = Post { say: Doc::text(text), priority: Some(Priority::of(level.min(4).into())), ..Post::default() };
    let mut steps = vec![match deliver::accept(hook, vec![post], desk).await {
        Ok(accepted) => json!({ "step": "matrix", "ok": true, "ids": accepted.ids }),
        Err(why) => json!({ "step": "matrix", "ok": false, "why": why.to_string() }),
    }];
    let news = News { text: format!("{}: {text}", hook.name), level, link: Some(link(&hook.room)) };
    for name in desk.config().chain(level) {
        let Some(route) = desk.config().routes.get(name) else { continue };
        steps.push(match route.tell(&news).await {
            Ok(()) => json!({ "step": name, "ok": true }),
            Err(why) => json!({ "step": name, "ok": false, "why": why }),
        });
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_is_gone_once_and_what_is_high_is_told_once() {
        use Outcome::{Begun, Failed, Taken};
        let no = || Failed("no".to_owned());
        for (level, steps, ways, due) in [
            (4, vec![], 0, Due::Over),
            (4, vec![], 2, Due::Step(0)),
            (4, vec![no()], 2, Due::Step(1)),
            (4, vec![Begun], 2, Due::Step(1)),
            (4, vec![Taken], 2, Due::Over),
            (5, vec![Taken], 2, Due::Step(1)),
            (5, vec![Taken, no()], 2, Due::Over),
        ] {
            let falling = Falling { room: "!r".into(), text: "x".into(), level, steps: steps.clone() };
            assert_eq!(falling.due(ways), due, "{level} {steps:?} {ways}");
        }
    }
}
