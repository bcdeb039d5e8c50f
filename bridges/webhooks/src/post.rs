//! What all dialects have in common: a text, cards below it, and who speaks.

/// A message as a webhook delivered it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Post {
    /// Markdown.
    pub text: String,
    /// What stands below the text.
    pub cards: Vec<Card>,
    /// The name to speak under.
    pub username: Option<String>,
    /// The address of a picture of whoever speaks.
    pub icon_url: Option<String>,
    /// An emoji instead of a picture, as it came: `:rocket:` or the character.
    pub icon_emoji: Option<String>,
}

/// An embed (Discord) or attachment (Slack, Mattermost). All texts are Markdown but names and footer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    /// Stands before the card.
    pub pretext: Option<String>,
    /// Who made what the card tells of.
    pub author: Option<Titled>,
    pub title: Option<Titled>,
    pub text: Option<String>,
    pub fields: Vec<Field>,
    pub footer: Option<String>,
    /// Addresses of pictures.
    pub images: Vec<String>,
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
    pub value: String,
}

impl Post {
    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.cards.iter().all(Card::is_empty)
    }
}

impl Card {
    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
