//! The one door into a room: every dialect's messages go through here, and are stored before the sender is answered.
//!
//! What decides is elsewhere and pure: [`crate::incident`] whether a message tells of something known, [`crate::storm`]
//! whether it stands for itself. Here both are asked, and what they remember is stored with the message.

use std::collections::{BTreeSet, HashMap};

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    convert,
    desk::{Desk, Work},
    dialect::Refusal,
    fallback, files,
    heartbeat::{self, Ping},
    hooks::{self, Hook},
    identity, ids,
    incident::{self, Incident, Step},
    post::{Act, Post, State},
    say::{self, Saying},
    storm::{self, Storm, Verdict},
    urgent::{self, Urgent},
};

/// What was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The id of each message, in order: see [`crate::ids`].
    pub ids: Vec<String>,
    /// When.
    pub at: Timestamp,
}

/// Takes messages for the room of a hook. Once this returns they reach the room whatever happens.
///
/// # Errors
/// Why nothing was taken.
pub async fn accept(hook: &Hook, posts: Vec<Post>, desk: &Desk) -> Result<Accepted, Refusal> {
    if !desk.is_linked(&hook.chat()) {
        return Err(Refusal::RoomGone);
    }
    let at = Timestamp::now();
    if hook.beats {
        return beat(hook, &posts, desk, at).await;
    }
    let _turn = desk.turn(&hook.room).await;
    let mut round = Round::begin(hook, desk, at).await.map_err(not_now)?;
    let mut ids = Vec::with_capacity(posts.len());
    for post in posts {
        ids.push(round.take(post).await?);
    }
    round.end().await.map_err(not_now)?;
    Ok(Accepted { ids, at })
}

/// A hook that only beats: whatever goes on is a sign of life, and is not shown. What is over is none: its absence
/// will be told when it is due.
async fn beat(hook: &Hook, posts: &[Post], desk: &Desk, at: Timestamp) -> Result<Accepted, Refusal> {
    if posts.iter().any(|post| post.state == State::Firing) {
        heartbeat::ping(desk, hook, "", Ping::Success, "").await?;
    }
    Ok(Accepted { ids: posts.iter().map(|_| ids::new(at)).collect(), at })
}

fn not_now(error: StoreError) -> Refusal {
    tracing::error!(error = %error, "A webhook's message could not be stored.");
    Refusal::NotNow
}

/// Where it is remembered that a hook said this: it may edit and delete what it said, and nothing else.
#[must_use]
pub fn said(hook: &Hook, id: &str) -> String {
    format!("said/{}/{id}", hook.id)
}

/// A message that came before, by what makes it that message.
#[derive(Serialize, Deserialize)]
struct Seen {
    id: String,
    at: i64,
}

fn seen(hook: &Hook, dedupe: &str) -> String {
    format!("seen/{}/{}", hook.id, SendKey::derive(&[dedupe]))
}

fn incident_key(room: &str, key: &str) -> String {
    format!("incident/{room}/{}", SendKey::derive(&[key]))
}

/// One request at work, while it has the room's turn.
struct Round<'a> {
    hook: &'a Hook,
    desk: &'a Desk,
    at: Timestamp,
    work: Work,
    storm: Storm,
    dialect: Option<String>,
    /// What this request itself changed and did not store yet.
    incidents: HashMap<String, Incident>,
    seen: HashMap<String, String>,
}

impl<'a> Round<'a> {
    async fn begin(hook: &'a Hook, desk: &'a Desk, at: Timestamp) -> Result<Self, StoreError> {
        let storm = desk.get(&storm::key(&hook.id)).await?.unwrap_or_default();
        let (incidents, seen) = (HashMap::new(), HashMap::new());
        Ok(Self { hook, desk, at, work: Work::default(), storm, dialect: None, incidents, seen })
    }

    async fn end(mut self) -> Result<(), StoreError> {
        if let Some(dialect) = &self.dialect {
            self.work.put(hooks::used_key(&self.hook.id), &hooks::Used { at: self.at.0, dialect: dialect.clone() });
        }
        self.work.put(storm::key(&self.hook.id), &self.storm);
        for (key, incident) in &self.incidents {
            self.work.put(key, incident);
        }
        self.desk.commit(self.work).await
    }

    /// Takes one message; answers its id.
    async fn take(&mut self, post: Post) -> Result<String, Refusal> {
        let mut post = self.hook.dressed(post);
        self.dialect = Some(post.source.to_string());
        if let Some(id) = self.known(&post).await.map_err(not_now)? {
            return Ok(id);
        }
        let id = match &post.act {
            Act::Say => ids::new(self.at),
            Act::Edit(id) | Act::Delete(id) | Act::React(id, _) => id.clone(),
        };
        self.work.batch = files::keep(&mut post, &id, std::mem::take(&mut self.work.batch))?;
        match &post.act {
            Act::Say => self.say(&post, &id).await?,
            _ => self.change(&post, &id),
        }
        if let Some(dedupe) = &post.dedupe {
            let key = seen(self.hook, dedupe);
            self.work.put(&*key, &Seen { id: id.clone(), at: self.at.0 });
            self.seen.insert(key, id.clone());
        }
        Ok(id)
    }

    /// The id under which this came before.
    async fn known(&self, post: &Post) -> Result<Option<String>, StoreError> {
        let Some(dedupe) = &post.dedupe else { return Ok(None) };
        let key = seen(self.hook, dedupe);
        match self.seen.get(&key) {
            Some(id) => Ok(Some(id.clone())),
            None => Ok(self.desk.get::<Seen>(&key).await?.map(|seen| seen.id)),
        }
    }

    /// An edit, a deletion or a reaction.
    fn change(&mut self, post: &Post, id: &str) {
        let message = MessageId::new(id);
        let what = match &post.act {
            Act::Edit(_) | Act::Say => What::Edit { id: message, parts: convert::parts(post) },
            Act::Delete(_) => What::Delete { id: message },
            Act::React(_, emoji) => What::React { id: message, emoji: Emoji::unicode(&**emoji), on: true },
        };
        self.work.emit(Incoming::new(self.hook.chat(), identity::author(self.hook, post), self.at, what));
    }

    /// A message: on its own, or as news of an incident.
    async fn say(&mut self, post: &Post, id: &str) -> Result<(), Refusal> {
        let level = self.hook.level(post);
        let parts = convert::parts(post);
        let Some(key) = post.key.as_deref().map(|key| incident_key(&self.hook.room, key)) else {
            let quiet = if post.state == State::Resolved { level.min(2) } else { level };
            return self.alone(post, id, parts, quiet).await.map(drop);
        };
        let known = match self.incidents.get(&key) {
            Some(incident) => Some(incident.clone()),
            None => self.desk.get::<Incident>(&key).await.map_err(not_now)?,
        };
        match (incident::step(known.as_ref(), post.state, level), known) {
            (Step::Nothing, _) => {}
            (Step::Unheard, _) | (_, None) if post.state != State::Firing => {
                self.alone(post, id, parts, level.min(2)).await?;
            }
            (Step::Begin, _) | (_, None) => {
                let thread = self.alone(post, id, parts.clone(), level).await?;
                let author = identity::author(self.hook, post);
                let now = self.at.0;
                let (root, open, acknowledged) = (id.to_owned(), true, false);
                let (first, last, count) = (now, now, 1);
                let begun = Incident { root, thread, open, count, level, first, last, parts, author, acknowledged };
                self.incidents.insert(key, begun);
            }
            (step, Some(known)) => {
                let now = known.after(step, (level, self.at.0), &parts);
                self.news(post, id, (step, parts, level), &now).await?;
                self.incidents.insert(key, now);
            }
        }
        Ok(())
    }

    /// News of an incident: its root is edited, the details go into its thread.
    async fn news(
        &mut self,
        post: &Post,
        id: &str,
        (step, parts, level): (Step, Vec<Part>, u8),
        incident: &Incident,
    ) -> Result<(), Refusal> {
        let at = (incident.level, self.at);
        let root = say::edit(&self.hook.room, incident.author.clone(), &incident.root, incident.shown(), at);
        self.work.emit(root);
        let level = if step == Step::Worse { level } else { 1 };
        let mut saying = Saying::new(&self.hook.room, identity::author(self.hook, post), id, parts, level);
        saying.thread = Some(incident.thread.clone());
        self.put(post, saying, &incident.root).await?;
        if matches!(step, Step::End | Step::Acknowledge) {
            urgent::end(&mut self.work, &incident.root);
            fallback::end(&mut self.work, &incident.root);
        }
        Ok(())
    }

    /// A message that may notify; a storm folds it. Answers the root of the thread that belongs to it.
    async fn alone(&mut self, post: &Post, id: &str, parts: Vec<Part>, level: u8) -> Result<String, Refusal> {
        let author = identity::author(self.hook, post);
        let what = post.title.as_ref().map_or_else(|| say::excerpt(&parts), |title| title.text.clone());
        let verdict = self.storm.take(level, self.at.0, &what);
        if let Verdict::Refused(seconds) = verdict {
            return Err(Refusal::TooMany(seconds));
        }
        if verdict == Verdict::First {
            self.digest(level).await?;
        }
        let digest = self.storm.digest.as_ref().map(|digest| digest.root.clone());
        let mut saying = Saying::new(&self.hook.room, author, id, parts, level);
        saying.reply_to = post.reply_to.clone();
        saying.thread = post.thread.clone();
        if matches!(verdict, Verdict::First | Verdict::Louder | Verdict::Folded) {
            saying.thread.clone_from(&digest);
            saying.level = if verdict == Verdict::Louder { level } else { 1 };
        }
        let thread = saying.thread.clone().unwrap_or_else(|| id.to_owned());
        self.put(post, saying, id).await?;
        Ok(thread)
    }

    /// The message that a storm is folded under. It notifies as the first that is folded would have.
    async fn digest(&mut self, level: u8) -> Result<(), Refusal> {
        let root = ids::new(self.at);
        let Some(digest) = &mut self.storm.digest else { return Ok(()) };
        digest.root.clone_from(&root);
        digest.room.clone_from(&self.hook.room);
        let parts = vec![Part::Text(Doc::text(&digest.text(false)))];
        let mut saying = Saying::new(&self.hook.room, self.hook.author(), &root, parts, level);
        saying.calls = say::on_call(self.desk, &self.hook.room, level).await.map_err(not_now)?;
        self.work.emit(saying.event(self.at));
        self.work.at(storm::timer(&self.hook.id), self.at.0 + storm::EVERY);
        Ok(())
    }

    /// Puts a message into the room, with whom it calls. What is loud waits for an answer, under the id of `root`.
    async fn put(&mut self, post: &Post, mut saying: Saying, root: &str) -> Result<(), Refusal> {
        let (level, id) = (saying.level, saying.id.clone());
        saying.calls = say::on_call(self.desk, &self.hook.room, level).await.map_err(not_now)?;
        if self.hook.may_mention {
            saying.calls.extend(post.mentions.people.iter().cloned().collect::<BTreeSet<String>>());
            saying.calls_all = post.mentions.room;
        }
        if level >= 4 {
            let excerpt = say::excerpt(&saying.parts);
            urgent::stands_for(&mut self.work, &id, root);
            fallback::begin(self.desk, &mut self.work, self.hook, (root, level), (&excerpt, self.at.0));
            if level >= 5 {
                let (room, hook) = (self.hook.room.clone(), self.hook.id.clone());
                let author = saying.author.clone();
                let urgent = Urgent { room, hook, author, excerpt, since: self.at.0, repeats: 0 };
                urgent::begin(&mut self.work, root, &urgent);
            }
        }
        self.work.put(said(self.hook, &id), &true);
        self.work.emit(saying.event(post.at.unwrap_or(self.at)));
        Ok(())
    }
}

/// Forgets what can no longer be asked for.
///
/// # Errors
/// The database failed.
pub async fn sweep(desk: &Desk, now: i64) -> Result<(), StoreError> {
    let mut work = Work::default();
    for (key, seen) in desk.get_all::<Seen>("seen/").await? {
        if now.saturating_sub(seen.at) > 7 * 86_400_000 {
            work.forget(key);
        }
    }
    for (key, _) in desk.get_all::<Value>("said/").await?.into_iter().chain(desk.get_all("alias/").await?) {
        let id = key.rsplit('/').next().unwrap_or_default();
        if now.saturating_sub(ids::moment(id).0) > incident::FORGOTTEN {
            work.forget(key);
        }
    }
    for (key, incident) in desk.get_all::<Incident>("incident/").await? {
        if now.saturating_sub(incident.last) > incident::FORGOTTEN {
            work.forget(key);
        }
    }
    desk.commit(work).await
}

#[cfg(test)]
#[path = "deliver_tests.rs"]
mod tests;
