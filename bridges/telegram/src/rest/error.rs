//! Why a request to the Bot API failed, named by what may be done next.
//!
//! <https://core.telegram.org/bots/api#making-requests>, <https://core.telegram.org/bots/api#responseparameters>

use std::time::Duration;

use serde::Deserialize;

/// Why a request failed.
#[derive(Debug)]
pub(crate) enum RestError {
    /// Nothing was done; ask again after exactly this long.
    Limited { after: Duration },
    /// Nothing was done: the request never reached Telegram.
    Unreached(String),
    /// The request left, and nobody knows what became of it.
    Unsure(String),
    /// The bot's token is not valid (any more).
    SignedOut,
    /// Telegram understood and said no.
    Refused { code: u16, said: String },
    /// The group became a supergroup: the same is to be asked of that.
    Moved { to: i64 },
}

/// What Telegram's refusals mean. Their texts are all there is: the Bot API has no codes of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It is so already.
    NotModified,
    /// The bot is not (any more) in the chat.
    NotMember,
    /// There is no such chat, for us or at all.
    NoChat,
    /// The bot may not do this there.
    NoRight,
    /// The message it is about is not there.
    NoMessage,
    /// The message it answers is not there.
    NoReply,
    /// The message is somebody else's, or too old, or of another kind.
    CannotEdit,
    /// The message cannot be deleted: older than 48 hours, or not the bot's.
    CannotDelete,
    /// The topic was deleted.
    NoTopic,
    /// The topic is closed.
    TopicClosed,
    /// The chat does not allow this reaction.
    BadReaction,
    /// Telegram cannot make a picture or film of the file.
    BadFile,
    /// The file is larger than the server takes.
    TooLarge,
    /// The text is too long.
    TooLong,
    /// The poll is closed already.
    PollClosed,
    /// The person is no member, or was never seen.
    NoUser,
    /// Other programs take the updates.
    Conflict,
    /// Anything else.
    Other,
}

/// Beginnings and parts of Telegram's texts, in lower case, with what they mean. The first that fits counts.
const REASONS: [(&str, Reason); 47] = [
    ("message is not modified", Reason::NotModified),
    ("chat_not_modified", Reason::NotModified),
    ("chat title is not modified", Reason::NotModified),
    ("chat description is not modified", Reason::NotModified),
    ("bot was kicked", Reason::NotMember),
    ("bot is not a member", Reason::NotMember),
    ("bot was blocked", Reason::NotMember),
    ("bot can't initiate conversation", Reason::NotMember),
    ("user is deactivated", Reason::NotMember),
    ("need administrator rights in the channel chat", Reason::NoRight),
    ("chat not found", Reason::NoChat),
    ("group chat was deactivated", Reason::NoChat),
    ("the group has been deleted", Reason::NoChat),
    ("message to edit not found", Reason::NoMessage),
    ("message to delete not found", Reason::NoMessage),
    ("message to react not found", Reason::NoMessage),
    ("message to pin not found", Reason::NoMessage),
    ("message to unpin not found", Reason::NoMessage),
    ("message with poll to stop not found", Reason::NoMessage),
    ("message_id_invalid", Reason::NoMessage),
    ("message to be replied not found", Reason::NoReply),
    ("message to reply not found", Reason::NoReply),
    ("replied message not found", Reason::NoReply),
    ("message can't be edited", Reason::CannotEdit),
    ("there is no text in the message", Reason::CannotEdit),
    ("there is no caption in the message", Reason::CannotEdit),
    ("there is no media in the message", Reason::CannotEdit),
    ("message can't be deleted", Reason::CannotDelete),
    ("message thread not found", Reason::NoTopic),
    ("topic_deleted", Reason::NoTopic),
    ("topic_closed", Reason::TopicClosed),
    ("reaction_invalid", Reason::BadReaction),
    ("reactions_too_many", Reason::BadReaction),
    ("reaction_empty", Reason::BadReaction),
    ("photo_invalid_dimensions", Reason::BadFile),
    ("image_process_failed", Reason::BadFile),
    ("photo_ext_invalid", Reason::BadFile),
    ("photo_save_file_invalid", Reason::BadFile),
    ("file too large", Reason::TooLarge),
    ("file is too big", Reason::TooLarge),
    ("request entity too large", Reason::TooLarge),
    ("message is too long", Reason::TooLong),
    ("message caption is too long", Reason::TooLong),
    ("poll has already been closed", Reason::PollClosed),
    ("user not found", Reason::NoUser),
    ("participant_id_invalid", Reason::NoUser),
    ("terminated by other getupdates", Reason::Conflict),
];

/// Parts of texts that speak of a right the bot lacks.
const RIGHTS: [&str; 8] = [
    "not enough rights",
    "chat_admin_required",
    "have no rights",
    "chat_write_forbidden",
    "chat_restricted",
    "chat_send_",
    "can't remove chat owner",
    "is an administrator of the chat",
];

impl RestError {
    /// What a refusal means; `None` for everything that is none.
    pub(crate) fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refused { code, said } => Some(reason(*code, said)),
            _ => None,
        }
    }

    pub(crate) fn is(&self, wanted: Reason) -> bool {
        self.reason() == Some(wanted)
    }
}

fn reason(code: u16, said: &str) -> Reason {
    let said = said.to_lowercase();
    if code == 413 {
        return Reason::TooLarge;
    }
    if RIGHTS.iter().any(|part| said.contains(part)) {
        return Reason::NoRight;
    }
    if code == 409 {
        return Reason::Conflict;
    }
    let found = REASONS.iter().find(|(part, _)| said.contains(part)).map(|(_, reason)| *reason);
    found.unwrap_or(if code == 403 { Reason::NotMember } else { Reason::Other })
}

impl std::fmt::Display for RestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Limited { after } => write!(f, "Telegram asked to wait {} ms", after.as_millis()),
            Self::Unreached(why) => write!(f, "Telegram could not be reached: {why}"),
            Self::Unsure(why) => write!(f, "Telegram did not answer: {why}"),
            Self::SignedOut => f.write_str("Telegram does not accept the bot's token"),
            Self::Refused { code, said } => write!(f, "Telegram refused ({code}): {said}"),
            Self::Moved { .. } => f.write_str("the group became a supergroup"),
        }
    }
}

impl std::error::Error for RestError {}

/// The body of every answer. All of it may be missing: a proxy in front answers HTML.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    description: String,
    error_code: Option<u16>,
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    migrate_to_chat_id: Option<i64>,
    retry_after: Option<f64>,
}

/// Sorts an answer that was not a success.
pub(super) fn sort(status: u16, body: &[u8]) -> RestError {
    let said: Said = serde_json::from_slice(body).unwrap_or_default();
    let code = said.error_code.unwrap_or(status);
    if let Some(to) = said.parameters.migrate_to_chat_id {
        return RestError::Moved { to };
    }
    match code {
        429 => {
            let after = Duration::try_from_secs_f64(said.parameters.retry_after.unwrap_or(1.0));
            RestError::Limited { after: after.unwrap_or(Duration::from_secs(1)) }
        }
        401 => RestError::SignedOut,
        500.. => RestError::Unsure(format!("status {code}")),
        _ => {
            let words = said.description.trim_start_matches("Bad Request: ").trim_start_matches("Forbidden: ");
            let said = if words.is_empty() { format!("status {code}") } else { words.to_owned() };
            RestError::Refused { code, said }
        }
    }
}

/// Sorts a failure below HTTP. The address is left out: it holds the bot's token.
pub(super) fn transport(error: reqwest::Error) -> RestError {
    let never_left = error.is_connect() || error.is_builder();
    let error = error.without_url();
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        why = format!("{why}: {inner}");
        cause = inner.source();
    }
    if never_left { RestError::Unreached(why) } else { RestError::Unsure(why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_the_exact_one() {
        let body = br#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 17","parameters":{"retry_after":17}}"#;
        let RestError::Limited { after } = sort(429, body) else { panic!() };
        assert_eq!(after, Duration::from_secs(17));
        assert!(matches!(sort(429, b"<html>"), RestError::Limited { .. }));
    }

    #[test]
    fn errors_are_named_by_what_may_be_done_next() {
        assert!(matches!(sort(401, b""), RestError::SignedOut));
        assert!(matches!(sort(502, b"<html>"), RestError::Unsure(_)));
        let body = br#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001}}"#;
        assert!(matches!(sort(400, body), RestError::Moved { to: -1001 }));
    }

    #[test]
    fn what_telegram_says_is_understood() {
        let cases = [
            (400, "Bad Request: message is not modified: specified new message content …", Reason::NotModified),
            (403, "Forbidden: bot was kicked from the supergroup chat", Reason::NotMember),
            (403, "Forbidden: bot is not a member of the channel chat", Reason::NotMember),
            (400, "Bad Request: chat not found", Reason::NoChat),
            (400, "Bad Request: not enough rights to manage pinned messages in the chat", Reason::NoRight),
            (400, "Bad Request: CHAT_ADMIN_REQUIRED", Reason::NoRight),
            (400, "Bad Request: message to edit not found", Reason::NoMessage),
            (400, "Bad Request: message to be replied not found", Reason::NoReply),
            (400, "Bad Request: message can't be edited", Reason::CannotEdit),
            (400, "Bad Request: message can't be deleted for everyone", Reason::CannotDelete),
            (400, "Bad Request: message thread not found", Reason::NoTopic),
            (400, "Bad Request: REACTION_INVALID", Reason::BadReaction),
            (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", Reason::BadFile),
            (413, "Request Entity Too Large", Reason::TooLarge),
            (409, "Conflict: terminated by other getUpdates request; make sure …", Reason::Conflict),
            (409, "Conflict: can't use getUpdates method while webhook is active", Reason::Conflict),
            (403, "Forbidden: something new", Reason::NotMember),
            (400, "Bad Request: something new", Reason::Other),
        ];
        for (code, said, wanted) in cases {
            assert_eq!(reason(code, said), wanted, "{said}");
        }
    }
}
