//! Who is who and what is where on both sides: turning a text's ids from one network's into the other's.
//!
//! In two steps, because this module does no I/O: [`Doc::references`] tells what has to be looked up (in one query each),
//! then [`Doc::toward_matrix`] or [`Doc::toward_remote`] puts the answers in. What is not known keeps its own id and name,
//! and the writers show it by name.

use super::doc::{CustomEmoji, Doc, Id, Inline, Mention, Place};

/// What the bridge knows of both sides. Each answer may be missing, and an empty name keeps the one in the text.
pub trait Directory {
    /// The Matrix id and display name of a remote user.
    fn matrix_user(&self, _remote: &str) -> Option<Known> {
        None
    }
    /// The remote id and display name of a Matrix user: of a ghost, or of somebody who signed in to the network.
    fn remote_user(&self, _matrix: &str) -> Option<Known> {
        None
    }
    /// The Matrix room of a remote channel, and the event of a message in it.
    fn matrix_place(&self, _channel: &str, _message: Option<&str>) -> Option<Place> {
        None
    }
    /// The remote channel of a Matrix room (id or alias), and the message of an event in it.
    fn remote_place(&self, _room: &str, _event: Option<&str>) -> Option<Place> {
        None
    }
    /// Where a remote custom emoji's picture is on Matrix.
    fn matrix_emoji(&self, _remote: &str) -> Option<String> {
        None
    }
    /// The remote custom emoji whose picture this is (`mxc://…`).
    fn remote_emoji(&self, _mxc: &str) -> Option<CustomEmoji> {
        None
    }
}

/// The directory that knows nobody.
impl Directory for () {}

/// Somebody found in a [`Directory`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub id: String,
    /// The name they go by there; `None` keeps the one in the text.
    pub name: Option<String>,
}

/// What a text speaks of, each once, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    pub users: Vec<Id>,
    /// Rooms or channels, with the message in them.
    pub places: Vec<(Id, Option<String>)>,
    /// Remote ids of custom emoji.
    pub remote_emoji: Vec<String>,
    /// Pictures of custom emoji on Matrix that have no remote id.
    pub matrix_emoji: Vec<String>,
}

impl Doc {
    /// What has to be known to carry this text to the other side.
    #[must_use]
    pub fn references(&self) -> References {
        let mut found = References::default();
        self.visit(&mut |inline| match inline {
            Inline::Mention(mention) => add(&mut found.users, mention.user.clone()),
            Inline::Place(place) => add(&mut found.places, (place.room.clone(), place.message.clone())),
            Inline::Emoji(CustomEmoji { id: Some(id), .. }) => add(&mut found.remote_emoji, id.clone()),
            Inline::Emoji(CustomEmoji { mxc: Some(mxc), .. }) => add(&mut found.matrix_emoji, mxc.clone()),
            _ => {}
        });
        found
    }

    /// With Matrix ids wherever the directory has them.
    #[must_use]
    pub fn toward_matrix(mut self, directory: &(impl Directory + ?Sized)) -> Self {
        self.visit_mut(&mut |inline| match inline {
            Inline::Mention(mention) => {
                if let Id::Remote(id) = &mention.user {
                    let known = directory.matrix_user(id);
                    rename(mention, known, Id::Matrix);
                }
            }
            Inline::Place(place) => {
                if let Id::Remote(id) = &place.room
                    && let Some(known) = directory.matrix_place(id, place.message.as_deref())
                {
                    let name = std::mem::replace(place, known).name;
                    keep(&mut place.name, name);
                }
            }
            Inline::Emoji(emoji) if emoji.mxc.is_none() => {
                emoji.mxc = emoji.id.as_deref().and_then(|id| directory.matrix_emoji(id));
            }
            _ => {}
        });
        self
    }

    /// With the remote network's ids wherever the directory has them.
    #[must_use]
    pub fn toward_remote(mut self, directory: &(impl Directory + ?Sized)) -> Self {
        self.visit_mut(&mut |inline| match inline {
            Inline::Mention(mention) => {
                if let Id::Matrix(id) = &mention.user {
                    let known = directory.remote_user(id);
                    rename(mention, known, Id::Remote);
                }
            }
            Inline::Place(place) => {
                if let Id::Matrix(id) = &place.room
                    && let Some(known) = directory.remote_place(id, place.message.as_deref())
                {
                    let name = std::mem::replace(place, known).name;
                    keep(&mut place.name, name);
                }
            }
            Inline::Emoji(emoji) if emoji.id.is_none() => {
                if let Some(known) = emoji.mxc.as_deref().and_then(|mxc| directory.remote_emoji(mxc)) {
                    let name = std::mem::replace(emoji, known).name;
                    keep(&mut emoji.name, name);
                }
            }
            _ => {}
        });
        self
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// A name that the directory does not know stays as it was written.
fn keep(known: &mut String, written: String) {
    if known.is_empty() {
        *known = written;
    }
}

fn rename(mention: &mut Mention, known: Option<Known>, id: fn(String) -> Id) {
    if let Some(known) = known {
        mention.user = id(known.id);
        if let Some(name) = known.name {
            mention.name = name;
        }
    }
}
