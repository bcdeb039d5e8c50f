//! Commands of a network's own, asked in Matrix.

/// What somebody asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The words after `!network`, in order; the first is one of [`super::Session::commands`].
    pub words: Vec<String>,
    /// Who asks: `@alice:example.org`.
    pub by: String,
    /// Where: `!id:server`.
    pub room_id: String,
    /// The message: the same when it is asked again after a crash.
    pub event_id: String,
    /// Whether they may change the settings of that room.
    pub governs: bool,
}

/// What they are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// In the room, for everybody there.
    pub here: String,
    /// What nobody else may read: told in a direct conversation with the bot.
    pub alone: Option<String>,
}

impl Answer {
    /// A sentence for everybody.
    pub fn here(text: impl Into<String>) -> Self {
        Self { here: text.into(), alone: None }
    }
}
