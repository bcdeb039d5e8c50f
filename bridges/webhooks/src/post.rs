//! What all dialects meet in: a message, an edit or a deletion, as plain data. Every reader in [`crate::dialect`] makes
//! it, and [`crate::deliver::accept`] takes it.

use std::fmt;

use appservice_sdk::prelude::*;

use crate::dialect::Dialect;

/// What a sender asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Post {
    /// Who wrote the form it came in.
    pub source: Dialect,
    /// A new message, or what is to happen to an earlier one.
    pub act: Act,
    /// A headline above the text.
    pub title: Option<Titled>,
    /// The text, read from the dialect's own markup. Calls in it are plain text; who was called is in `mentions`.
    pub say: Doc,
    /// What stands below the text.
    pub cards: Vec<Card>,
    /// Files that came along, or their addresses.
    pub files: Vec<File>,
    /// The name to speak under.
    pub username: Option<String>,
    /// The address of a picture of whoever speaks.
    pub icon_url: Option<String>,
    /// An emoji instead of a picture, as it came: `:rocket:` or the character.
    pub icon_emoji: Option<String>,
    /// How urgent it is; `None`: the dialect has no word for it.
    pub priority: Option<Priority>,
    /// Nobody's device may sound.
    pub silent: bool,
    /// What it tells of: messages of one key are one incident.
    pub key: Option<String>,
    /// Whether what it tells of goes on.
    pub state: State,
    /// How bad it is, in the sender's word: `critical`, `warning`.
    pub severity: Option<String>,
    /// What makes it this message and no other: a second one with the same is not shown again.
    pub dedupe: Option<String>,
    /// The message whose thread it belongs in.
    pub thread: Option<String>,
    /// The name of a thread that is to begin with it.
    pub thread_name: Option<String>,
    /// The message it answers.
    pub reply_to: Option<String>,
    /// Who is to be called, if the hook may.
    pub mentions: Mentions,
    /// Where it leads: buttons, actions, «click».
    pub links: Vec<Titled>,
    /// When it happened, if the sender says so.
    pub at: Option<Timestamp>,
}

/// What is to happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Act {
    /// A message.
    #[default]
    Say,
    /// The message of this id now reads like this.
    Edit(String),
    /// The message of this id goes.
    Delete(String),
    /// A reaction to the message of this id.
    React(String, String),
}

/// How urgent: 1 silent, 2 low, 3 normal, 4 high, 5 urgent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    Silent = 1,
    Low = 2,
    #[default]
    Normal = 3,
    High = 4,
    Urgent = 5,
}

/// Whether what a message tells of goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Firing,
    Resolved,
    Acknowledged,
}

/// Who is to be called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Everybody in the room.
    pub room: bool,
    /// `@alice:example.org`
    pub people: Vec<String>,
}

/// An embed (Discord) or attachment (Slack, Mattermost).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    /// Stands before the card.
    pub pretext: Doc,
    /// Who made what the card tells of.
    pub author: Option<Titled>,
    pub title: Option<Titled>,
    pub text: Doc,
    pub fields: Vec<Field>,
    pub footer: Option<String>,
    /// Red, green and blue, as in `0xff8800`.
    pub colour: Option<u32>,
    pub images: Vec<File>,
    /// Buttons that lead somewhere.
    pub links: Vec<Titled>,
}

/// A name that may lead somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Titled {
    pub text: String,
    pub url: Option<String>,
}

/// A name and what it stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub value: Doc,
    /// Fits beside the next one.
    pub short: bool,
}

/// A file, here or elsewhere.
#[derive(Clone, PartialEq)]
pub struct File {
    pub from: From,
    /// File name.
    pub name: Option<String>,
    /// MIME type, as far as the sender tells.
    pub mime: Option<String>,
    /// Words to it.
    pub caption: Doc,
    /// What it shows, for people who cannot see it.
    pub alt: Option<String>,
    pub spoiler: bool,
    /// What it is shown as; `None`: by its type and name.
    pub kind: Option<MediaKind>,
}

/// Where the bytes of a file are.
#[derive(Clone, PartialEq)]
pub enum From {
    /// They came along.
    Bytes(Bytes),
    /// At an address anybody may read.
    Web(String),
    /// They were stored before, under this id.
    Stored(String),
}

impl Post {
    /// A message in this dialect that says nothing yet.
    #[must_use]
    pub fn new(source: Dialect) -> Self {
        Self { source, ..Self::default() }
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.title.is_none()
            && self.say.plain().trim().is_empty()
            && self.cards.iter().all(Card::is_empty)
            && self.files.is_empty()
            && self.links.is_empty()
    }

    /// How urgent it is after all: `silent` wins.
    #[must_use]
    pub fn urgency(&self) -> Priority {
        if self.silent { Priority::Silent } else { self.priority.unwrap_or_default() }
    }
}

impl Card {
    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self { colour: self.colour, ..Self::default() }
    }
}

impl Priority {
    /// From a number, the nearest there is.
    #[must_use]
    pub fn of(level: i64) -> Self {
        match level {
            ..=1 => Self::Silent,
            2 => Self::Low,
            3 => Self::Normal,
            4 => Self::High,
            5.. => Self::Urgent,
        }
    }

    /// 1 to 5.
    #[must_use]
    pub fn level(self) -> u8 {
        match self {
            Self::Silent => 1,
            Self::Low => 2,
            Self::Normal => 3,
            Self::High => 4,
            Self::Urgent => 5,
        }
    }

    /// From a word or a digit of any of the services: `max`, `urgent`, `critical`, `low`, `4`.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Some(match word.trim().to_lowercase().as_str() {
            "1" | "min" | "silent" | "none" => Self::Silent,
            "2" | "low" | "info" | "information" | "informational" => Self::Low,
            "3" | "default" | "normal" | "standard" | "" => Self::Normal,
            "4" | "high" | "important" | "warning" | "warn" => Self::High,
            "5" | "max" | "urgent" | "critical" | "page" | "emergency" | "disaster" | "fatal" => Self::Urgent,
            _ => return None,
        })
    }
}

impl Titled {
    /// A name that leads nowhere.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), url: None }
    }

    /// A name that leads to `url`.
    pub fn link(text: impl Into<String>, url: impl Into<String>) -> Self {
        Self { text: text.into(), url: Some(url.into()) }
    }
}

impl File {
    /// A file of which only the place is known.
    #[must_use]
    pub fn new(from: From) -> Self {
        Self { from, name: None, mime: None, caption: Doc::default(), alt: None, spoiler: false, kind: None }
    }

    /// A file at a web address, named by the end of its path.
    pub fn web(url: impl Into<String>) -> Self {
        let url = url.into();
        let name = url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
        Self { name: Some(name.to_owned()).filter(|name| !name.is_empty()), ..Self::new(From::Web(url)) }
    }
}

/// A file shows its length, not its bytes.
impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("from", &self.from).field("name", &self.name).field("mime", &self.mime).finish()
    }
}

impl fmt::Debug for From {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Web(url) => write!(f, "{url}"),
            Self::Stored(id) => write!(f, "stored {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_are_read_from_every_services_words() {
        for (word, priority) in [
            ("max", Some(Priority::Urgent)),
            ("HIGH", Some(Priority::High)),
            ("important", Some(Priority::High)),
            ("3", Some(Priority::Normal)),
            ("low", Some(Priority::Low)),
            ("min", Some(Priority::Silent)),
            ("9", None),
            ("whatever", None),
        ] {
            assert_eq!(Priority::named(word), priority, "{word}");
        }
        assert_eq!((Priority::of(-3), Priority::of(99)), (Priority::Silent, Priority::Urgent));
    }

    #[test]
    fn a_card_that_has_only_a_colour_shows_nothing() {
        assert!(Card { colour: Some(1), ..Card::default() }.is_empty());
        assert!(!Card { footer: Some("x".into()), ..Card::default() }.is_empty());
        assert!(Post::default().is_empty());
    }

    #[test]
    fn bytes_are_not_shown_in_logs() {
        let file = File::new(From::Bytes(Bytes::from_static(b"secret")));
        assert!(format!("{file:?}").contains("6 bytes"));
    }
}
