//! The rich-text tree: what Matrix HTML, Discord markdown and their like have in common.
//!
//! Plain data: it is stored with incoming messages, so a variant may be added but never renamed. Readers keep the tree
//! shallow ([`MAX_NESTING`]), so that every walk over it may recurse and its JSON stays within what `serde_json` reads back.

use serde::{Deserialize, Serialize};

/// How deep quotes, lists and details nest in a tree that a reader makes. What is deeper is kept, flattened.
pub const MAX_NESTING: usize = 12;

/// A message's text with its structure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Doc {
    /// The text from top to bottom.
    pub blocks: Vec<Block>,
}

/// Something that stands on lines of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Inline>),
    /// A headline of level 1 (largest) to 6.
    Heading { level: u8, text: Vec<Inline> },
    /// What somebody else said.
    Quote(Vec<Block>),
    /// Items, numbered from `start`, or with bullets when it is `None`.
    List { start: Option<u64>, items: Vec<Vec<Block>> },
    /// Preformatted text, without a line break at its end.
    Code { language: Option<String>, text: String },
    /// A line across.
    Rule,
    /// A table: the head (which may be empty), then the rows, each a list of cells.
    Table { head: Vec<Vec<Inline>>, rows: Vec<Vec<Vec<Inline>>> },
    /// Text that opens on demand.
    Details { summary: Vec<Inline>, body: Vec<Block> },
}

/// A piece of running text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inline {
    /// Literal text without line breaks.
    Text(String),
    Bold(Vec<Inline>),
    Italic(Vec<Inline>),
    Strike(Vec<Inline>),
    Underline(Vec<Inline>),
    /// Small, dim text.
    Small(Vec<Inline>),
    /// Text that is hidden until asked for, with the reason that stands in its place.
    Spoiler {
        reason: Option<String>,
        text: Vec<Inline>,
    },
    /// Literal text in a fixed width.
    Code(String),
    Link(Link),
    Mention(Mention),
    Place(Place),
    Role(Role),
    Everyone(Everyone),
    Emoji(CustomEmoji),
    Timestamp(Stamp),
    /// A line break.
    Break,
}

/// Whose identifier this is: Matrix's, or the remote network's in its own spelling.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Id {
    Matrix(String),
    Remote(String),
}

/// A web address under a text. A bare address is its own text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub url: String,
    pub text: Vec<Inline>,
}

/// A person who is called by name, which draws their attention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    pub user: Id,
    /// The name as it was written or is known, without an `@` before it.
    pub name: String,
}

/// A room or channel, or one message in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// A room id, an alias, or the remote channel's id.
    pub room: Id,
    /// The message pointed at, in the same network's spelling as `room`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Servers through which a Matrix room can be joined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
    /// The name as it was written or is known, without a `#` before it.
    pub name: String,
}

/// A remote network's group of people, called by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    pub id: String,
    /// The name without an `@` before it.
    pub name: String,
    /// Red, green and blue, as in `0xff8800`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<u32>,
}

/// A call to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Everyone {
    /// Matrix's `@room`.
    Room,
    /// `@everyone`: all members.
    Everyone,
    /// `@here`: members who are present.
    Here,
}

/// An emoji that is a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomEmoji {
    /// The remote network's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name without colons.
    pub name: String,
    /// Where the picture is on Matrix (`mxc://…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mxc: Option<String>,
    #[serde(default)]
    pub animated: bool,
}

/// A moment that each reader sees in their own time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Seconds since 1970.
    pub unix: i64,
    /// How it is shown, by the letter Discord uses: `t T d D f F R`; `f` when none is given.
    pub style: char,
}

impl Everyone {
    /// As people write it.
    #[must_use]
    pub fn written(self) -> &'static str {
        match self {
            Self::Room => "@room",
            Self::Everyone => "@everyone",
            Self::Here => "@here",
        }
    }
}

impl Doc {
    /// Literal text; its line breaks are kept.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::paragraph(Inline::lines(text))
    }

    /// One paragraph; nothing at all when `inlines` is empty.
    #[must_use]
    pub fn paragraph(inlines: Vec<Inline>) -> Self {
        if inlines.is_empty() { Self::default() } else { Self { blocks: vec![Block::Paragraph(inlines)] } }
    }

    /// This text with another block below it.
    #[must_use]
    pub fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// Puts the blocks of another text below this one's.
    pub fn append(&mut self, other: Self) {
        self.blocks.extend(other.blocks);
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }
}

impl From<&str> for Doc {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl Inline {
    /// Literal text of one line.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Literal text with its line breaks (`\n`, `\r\n`).
    #[must_use]
    pub fn lines(text: &str) -> Vec<Self> {
        let mut inlines = Vec::new();
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                inlines.push(Self::Break);
            }
            let line = line.strip_suffix('\r').unwrap_or(line);
            if !line.is_empty() {
                inlines.push(Self::text(line));
            }
        }
        inlines
    }

    pub fn bold(inlines: impl Into<Vec<Self>>) -> Self {
        Self::Bold(inlines.into())
    }

    pub fn italic(inlines: impl Into<Vec<Self>>) -> Self {
        Self::Italic(inlines.into())
    }

    pub fn code(text: impl Into<String>) -> Self {
        Self::Code(text.into())
    }

    pub fn link(url: impl Into<String>, text: impl Into<Vec<Self>>) -> Self {
        Self::Link(Link { url: url.into(), text: text.into() })
    }

    /// An address that is its own text.
    pub fn url(url: impl Into<String>) -> Self {
        let url = url.into();
        Self::Link(Link { text: vec![Self::text(url.clone())], url })
    }

    pub fn spoiler(text: impl Into<Vec<Self>>) -> Self {
        Self::Spoiler { reason: None, text: text.into() }
    }

    pub fn mention(user: Id, name: impl Into<String>) -> Self {
        Self::Mention(Mention { user, name: name.into() })
    }
}

impl From<&str> for Inline {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl Link {
    /// Whether the text is nothing but the address.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        matches!(self.text.as_slice(), [Inline::Text(text)] if *text == self.url)
    }
}
