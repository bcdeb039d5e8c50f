//! What a chat of the network can do, as data: consulted by the engine before it asks.

/// What a chat can do. What is false here is replaced (an edit becomes a new message) or left out, without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// Messages can be edited.
    pub edit: bool,
    /// Messages can be deleted.
    pub delete: bool,
    /// Messages can carry reactions of the bridge's bot.
    pub react: bool,
    /// Typing can be shown.
    pub typing: bool,
    /// Files can be sent.
    pub files: bool,
    /// Largest file in bytes, if known.
    pub max_file: Option<u64>,
}

impl Features {
    /// Text only: no edits, no deletes, no reactions, no files.
    #[must_use]
    pub const fn text_only() -> Self {
        Self { edit: false, delete: false, react: false, typing: false, files: false, max_file: None }
    }

    /// Everything the SDK knows.
    #[must_use]
    pub const fn all() -> Self {
        Self { edit: true, delete: true, react: true, typing: true, files: true, max_file: None }
    }
}
