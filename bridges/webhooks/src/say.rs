//! A message into a room, with how urgent it is: what clients ring by.
//!
//! | level | event | rings |
//! |---|---|---|
//! | 1 silent | `m.notice` | nobody |
//! | 2 low | `m.text` | without a sound, also in a room of two |
//! | 3 normal | `m.text` | as the room does |
//! | 4 high | `m.text` that mentions whoever is on call | with a sound, highlighted |
//! | 5 urgent | the same | the same, repeated: [`crate::urgent`] |

use std::{collections::BTreeSet, time::Duration};

use appservice_sdk::prelude::*;
use serde_json::{Map, Value, json};

use crate::desk::Desk;

/// Under this name every event says how urgent it is.
pub const PRIORITY: &str = "org.causeway.priority";
/// How long the homeserver may take to say who is in a room.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most people that are called when nobody in particular is on call.
const CALLED: usize = 20;

/// A message to be said.
pub struct Saying {
    /// The room.
    pub room: String,
    /// Who speaks.
    pub author: Author,
    /// Its id.
    pub id: String,
    /// What it says.
    pub parts: Vec<Part>,
    /// 1 to 5.
    pub level: u8,
    /// The root of its thread.
    pub thread: Option<String>,
    /// The message it answers.
    pub reply_to: Option<String>,
    /// Who is called: user ids.
    pub calls: BTreeSet<String>,
    /// Everybody is called.
    pub calls_all: bool,
    /// What makes it this message and no other.
    pub key: Option<String>,
}

impl Saying {
    /// A message that calls nobody.
    #[must_use]
    pub fn new(room: &str, author: Author, id: &str, parts: Vec<Part>, level: u8) -> Self {
        Self {
            room: room.to_owned(),
            author,
            id: id.to_owned(),
            parts,
            level,
            thread: None,
            reply_to: None,
            calls: BTreeSet::new(),
            calls_all: false,
            key: None,
        }
    }

    /// As it goes into the room.
    #[must_use]
    pub fn event(self, at: Timestamp) -> Incoming {
        let extra = self.extra();
        let what = What::Message {
            id: MessageId::new(self.id),
            parts: at_level(self.parts, self.level),
            reply_to: self.reply_to.map(MessageId::new),
            thread: self.thread.map(MessageId::new),
            profile: None,
        };
        let event = Incoming { extra, ..Incoming::new(ChatId::new(self.room), self.author, at, what) };
        match self.key {
            Some(key) => event.with_key(key),
            None => event,
        }
    }

    fn extra(&self) -> Map<String, Value> {
        let mut mentions = Map::new();
        if self.level > 1 && !self.calls.is_empty() {
            mentions.insert("user_ids".to_owned(), json!(self.calls));
        }
        if self.level > 1 && self.calls_all {
            mentions.insert("room".to_owned(), json!(true));
        }
        let mut extra = priority(self.level);
        if !mentions.is_empty() {
            extra.insert("m.mentions".to_owned(), Value::Object(mentions));
        }
        extra
    }
}

/// What says how urgent an event is.
#[must_use]
pub fn priority(level: u8) -> Map<String, Value> {
    Map::from_iter([(PRIORITY.to_owned(), json!(level))])
}

/// A message that now reads like this. Edits ring nobody.
#[must_use]
pub fn edit(room: &str, author: Author, id: &str, parts: Vec<Part>, (level, at): (u8, Timestamp)) -> Incoming {
    let what = What::Edit { id: MessageId::new(id), parts: at_level(parts, level) };
    Incoming { extra: priority(level), ..Incoming::new(ChatId::new(room), author, at, what) }
}

/// Silent texts are notices, which no client rings for.
fn at_level(parts: Vec<Part>, level: u8) -> Vec<Part> {
    let quiet = |part| match part {
        Part::Text(doc) if level <= 1 => Part::Notice(doc),
        part => part,
    };
    parts.into_iter().map(quiet).collect()
}

/// Where it is kept who is on call in a room.
#[must_use]
pub fn on_call_key(room: &str) -> String {
    format!("call/{room}")
}

/// Whom a message of this level calls in a room: whoever is on call; when that is nobody, what is urgent calls
/// everybody in a small room.
///
/// # Errors
/// The database failed.
pub async fn on_call(desk: &Desk, room: &str, level: u8) -> Result<BTreeSet<String>, StoreError> {
    if level < 4 {
        return Ok(BTreeSet::new());
    }
    let on_call: BTreeSet<String> = desk.get(&on_call_key(room)).await?.unwrap_or_default();
    if !on_call.is_empty() || level < 5 {
        return Ok(on_call);
    }
    let room = ChatId::new(room);
    // A homeserver that is slow to say who is there must not hold up the sender.
    let people = tokio::time::timeout(PATIENCE, desk.people(&room)).await;
    let people = people.ok().and_then(Result::ok).unwrap_or_default();
    Ok(if people.len() > CALLED { on_call } else { people.into_iter().map(|person| person.user_id).collect() })
}

/// The first words of a message.
#[must_use]
pub fn excerpt(parts: &[Part]) -> String {
    let plain = parts.iter().find_map(Part::doc).map(Doc::plain).unwrap_or_default();
    let line = plain.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("a file").to_owned();
    if line.chars().count() > 120 { line.chars().take(119).chain(['…']).collect() } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(level: u8) -> Incoming {
        let parts = vec![Part::Text(Doc::text("x"))];
        let mut saying = Saying::new("!r:h", Author::Me, "1", parts, level);
        saying.calls.insert("@a:h".to_owned());
        saying.calls_all = true;
        saying.event(Timestamp(0))
    }

    #[test]
    fn each_level_says_so_and_a_silent_one_is_a_notice_that_calls_nobody() {
        for level in 2..=5 {
            let event = said(level);
            assert_eq!(event.extra[PRIORITY], level);
            assert_eq!(event.extra["m.mentions"], json!({ "user_ids": ["@a:h"], "room": true }));
            let What::Message { parts, .. } = event.what else { panic!("no message") };
            assert!(matches!(parts[0], Part::Text(_)));
        }
        let silent = said(1);
        assert!(silent.extra.get("m.mentions").is_none());
        let What::Message { parts, .. } = silent.what else { panic!("no message") };
        assert!(matches!(parts[0], Part::Notice(_)));
    }

    #[test]
    fn an_excerpt_is_a_line() {
        let parts = vec![Part::Text(Doc::text("\nfirst line\nsecond"))];
        assert_eq!(excerpt(&parts), "first line");
        assert_eq!(excerpt(&[]), "a file");
        assert_eq!(excerpt(&[Part::Text(Doc::text(&"x".repeat(500)))]).chars().count(), 120);
    }
}
