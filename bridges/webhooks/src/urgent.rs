//! What is urgent repeats every five minutes until somebody reacts, replies, or says `!webhooks ack`.

use appservice_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    desk::{Desk, Work},
    say::{self, Saying},
    when::{MINUTE, span},
};

/// How often it repeats.
pub const EVERY: i64 = 5 * MINUTE;
/// How often at most: a day. Who did not hear it by then does not hear it.
const MOST: u32 = 288;

/// What is remembered of an urgent message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Urgent {
    /// Its room.
    pub room: String,
    /// Its hook.
    pub hook: String,
    /// Who said it.
    pub author: Author,
    /// How it begins.
    pub excerpt: String,
    /// When it was said.
    pub since: i64,
    /// How often it was repeated.
    pub repeats: u32,
}

/// What is due with an urgent message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// Say this, loudly, and come again.
    Repeat(String),
    /// Say this and give up.
    GiveUp(String),
}

impl Urgent {
    /// What is due now.
    #[must_use]
    pub fn due(&self, now: i64) -> Due {
        let since = span(now.saturating_sub(self.since));
        if self.repeats >= MOST {
            return Due::GiveUp(format!("⏰ Nobody answered for {since}; I stop repeating this: {}", self.excerpt));
        }
        Due::Repeat(format!(
            "⏰ Nobody has answered for {since}: {}\nReact or reply to this, or write !webhooks ack, and I am quiet.",
            self.excerpt
        ))
    }
}

/// Where an urgent message is remembered.
fn key(root: &str) -> String {
    format!("urgent/{root}")
}

/// What its timer is called.
fn timer(root: &str) -> String {
    format!("repeat/{root}")
}

/// The message a repetition repeats; itself for any other.
#[must_use]
pub fn root_of(id: &str) -> &str {
    id.split_once('~').map_or(id, |(root, _)| root)
}

/// An urgent message was said: it will repeat.
pub fn begin(work: &mut Work, root: &str, urgent: &Urgent) {
    work.put(key(root), urgent);
    work.at(timer(root), urgent.since + EVERY);
}

/// It no longer repeats.
pub fn end(work: &mut Work, root: &str) {
    work.forget(key(root));
    work.never(timer(root));
}

/// Its time has come.
///
/// # Errors
/// The database failed; it comes again.
pub async fn fire(desk: &Desk, root: &str, now: i64) -> Result<(), StoreError> {
    let mut work = Work::default();
    let Some(mut urgent) = desk.get::<Urgent>(&key(root)).await? else {
        work.never(timer(root));
        return desk.commit(work).await;
    };
    let _turn = desk.turn(&urgent.room).await;
    if desk.get::<Urgent>(&key(root)).await?.is_none() {
        return Ok(());
    }
    let due = urgent.due(now);
    urgent.repeats += 1;
    let (text, level) = match &due {
        Due::Repeat(text) => (text, 5),
        Due::GiveUp(text) => (text, 3),
    };
    let id = format!("{root}~{}", urgent.repeats);
    let parts = vec![Part::Text(Doc::paragraph(Inline::lines(text)))];
    let mut saying = Saying::new(&urgent.room, urgent.author.clone(), &id, parts, level);
    saying.reply_to = Some(root.to_owned());
    saying.calls = say::on_call(desk, &urgent.room, level).await?;
    work.emit(saying.event(Timestamp(now)));
    match due {
        Due::Repeat(_) => {
            work.put(key(root), &urgent);
            work.at(timer(root), now + EVERY);
        }
        Due::GiveUp(_) => end(&mut work, root),
    }
    desk.commit(work).await
}

/// Where it is kept that news of an incident is answered for with its root.
fn alias(id: &str) -> String {
    format!("alias/{id}")
}

/// Whoever answers this message answers for that one.
pub fn stands_for(work: &mut Work, id: &str, root: &str) {
    if id != root {
        work.put(alias(id), &root);
    }
}

/// Somebody answered a message; whether anything was waiting for that.
///
/// # Errors
/// The database failed.
pub async fn acknowledge(desk: &Desk, id: &str, by: Option<&str>) -> Result<bool, StoreError> {
    let root = match desk.get::<String>(&alias(root_of(id))).await? {
        Some(root) => root,
        None => root_of(id).to_owned(),
    };
    let Some(urgent) = desk.get::<Urgent>(&key(&root)).await? else {
        return crate::fallback::answered(desk, &root).await;
    };
    let _turn = desk.turn(&urgent.room).await;
    let mut work = Work::default();
    end(&mut work, &root);
    crate::fallback::end(&mut work, &root);
    let by = by.map(|name| format!(" by {name}")).unwrap_or_default();
    let text = format!("👀 Acknowledged{by}; I no longer repeat this.");
    let parts = vec![Part::Text(Doc::paragraph(Inline::lines(&text)))];
    let mut saying = Saying::new(&urgent.room, urgent.author.clone(), &format!("{root}~ack"), parts, 1);
    saying.reply_to = Some(root);
    work.emit(saying.event(Timestamp::now()));
    desk.commit(work).await?;
    Ok(true)
}

/// Acknowledges all that is urgent in a room; answers how many there were.
///
/// # Errors
/// The database failed.
pub async fn acknowledge_all(desk: &Desk, room: &str, by: &str) -> Result<usize, StoreError> {
    let mut count = 0;
    for (key, urgent) in desk.get_all::<Urgent>("urgent/").await? {
        let root = key.trim_start_matches("urgent/");
        if urgent.room == room && acknowledge(desk, root, Some(by)).await? {
            count += 1;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_repeats_for_a_day_and_then_gives_up() {
        let urgent = |repeats| Urgent {
            room: "!r".into(),
            hook: "h".into(),
            author: Author::Me,
            excerpt: "fire".into(),
            since: 0,
            repeats,
        };
        let Due::Repeat(text) = urgent(0).due(300_000) else { panic!("no repetition") };
        assert!(text.starts_with("⏰ Nobody has answered for 5 min: fire\n"), "{text}");
        assert!(matches!(urgent(287).due(1), Due::Repeat(_)));
        assert!(matches!(urgent(288).due(1), Due::GiveUp(_)));
    }

    #[test]
    fn a_repetition_leads_back_to_what_it_repeats() {
        assert_eq!((root_of("17~3"), root_of("17"), root_of("17~ack")), ("17", "17", "17"));
    }
}
