//! What a chat of the network can do, as data: consulted by the engine before it asks, and told to clients in the room's
//! state (`com.beeper.room_features`).

/// What a chat can do. What is false here is replaced (an edit becomes a new message, a poll a text) or left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a feature of its own")]
pub struct Features {
    /// Messages can be edited.
    pub edit: bool,
    /// Messages can be deleted.
    pub delete: bool,
    /// Messages can carry reactions of the bridge's bot.
    pub react: bool,
    /// Messages can answer others.
    pub reply: bool,
    /// Messages can stand in threads.
    pub thread: bool,
    /// Messages can be pinned.
    pub pin: bool,
    /// Polls can be made.
    pub poll: bool,
    /// Typing can be shown.
    pub typing: bool,
    /// Files can be sent.
    pub files: bool,
    /// People can be kicked and banned.
    pub moderate: bool,
    /// Name, topic and picture of the chat can be changed.
    pub look: bool,
    /// Largest file in bytes, if known.
    pub max_file: Option<u64>,
    /// Most characters of one message; longer ones are cut into several.
    pub max_text: Option<u32>,
    /// What the network does not let a bot do, in plain words for people: «deleting on Telegram is not seen here».
    pub cannot: &'static [&'static str],
}

impl Features {
    /// Text only: no edits, no deletes, no reactions, no files.
    #[must_use]
    pub const fn text_only() -> Self {
        Self {
            edit: false,
            delete: false,
            react: false,
            reply: false,
            thread: false,
            pin: false,
            poll: false,
            typing: false,
            files: false,
            moderate: false,
            look: false,
            max_file: None,
            max_text: None,
            cannot: &[],
        }
    }

    /// Everything the SDK knows.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            edit: true,
            delete: true,
            react: true,
            reply: true,
            thread: true,
            pin: true,
            poll: true,
            typing: true,
            files: true,
            moderate: true,
            look: true,
            max_file: None,
            max_text: None,
            cannot: &[],
        }
    }
}
