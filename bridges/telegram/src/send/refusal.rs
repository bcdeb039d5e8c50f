//! What follows from Telegram's answers, in words for people. One table.

use appservice_sdk::prelude::*;

use crate::rest::{Reason, RestError};

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Sending,
    Editing,
    Deleting,
    Reacting,
    Pinning,
    Moderating,
    Changing,
    Polling,
    Typing,
}

impl Doing {
    /// The right of an administrator that it takes, as Telegram's own clients call it.
    fn right(self) -> &'static str {
        match self {
            Self::Sending | Self::Typing => "the group's permission «Send Messages», or for a channel «Post Messages»",
            Self::Editing => "«Edit Messages»",
            Self::Deleting => "the administrator's right «Delete Messages»",
            Self::Reacting => "to be an administrator, or the group to allow reactions",
            Self::Pinning => "the administrator's right «Pin Messages»",
            Self::Moderating => "the administrator's right «Ban Users», and it works on nobody who is an administrator",
            Self::Changing => "the administrator's right «Change Group Info»",
            Self::Polling => "the group's permission «Send Polls»",
        }
    }
}

/// Sorts an error of sending.
pub(crate) fn sort(error: RestError, doing: Doing) -> SendError {
    match error {
        RestError::Limited { after } => return SendError::later_in(after, error),
        RestError::Unreached(_) => return SendError::later(error),
        // Asked again at once, of the supergroup.
        RestError::Moved { .. } => return SendError::later_in(std::time::Duration::ZERO, error),
        RestError::Unsure(_) if doing == Doing::Sending => return SendError::Unsure(Box::new(error)),
        RestError::Unsure(_) => return SendError::later(error),
        RestError::SignedOut => return SendError::SignedOut,
        RestError::Refused { .. } => {}
    }
    let said = |text: &str| Refusal::Said(text.to_owned());
    let words = error.to_string();
    let refusal = match error.reason().unwrap_or(Reason::Other) {
        Reason::NoChat if words.contains("deleted") || words.contains("deactivated") => return SendError::ChatGone,
        Reason::NoChat => said("Telegram does not know this chat: add the bot to it again"),
        Reason::NotMember => said("the bot is not in the chat on Telegram any more: add it again there"),
        Reason::NoRight => Refusal::NotAllowed(format!("it needs {}", doing.right())),
        Reason::NoMessage | Reason::NoReply => Refusal::TargetUnknown,
        Reason::CannotEdit => said("Telegram does not let the bot change this message"),
        Reason::CannotDelete => said(
            "Telegram lets a bot delete its own messages for 48 hours, and those of others only as an administrator \
             with the right «Delete Messages»",
        ),
        Reason::NoTopic => said("the topic was deleted on Telegram"),
        Reason::TopicClosed => said("the topic is closed on Telegram; an administrator can open it again"),
        Reason::BadReaction => said("the chat on Telegram does not allow this reaction"),
        Reason::BadFile => said("Telegram cannot show this file"),
        Reason::TooLarge => said("the file is larger than Telegram takes from a bot"),
        Reason::NoUser => said("Telegram does not know this person in the chat"),
        Reason::TooLong | Reason::NotModified | Reason::PollClosed | Reason::Conflict | Reason::Other => {
            Refusal::Said(words)
        }
    };
    SendError::Refused(refusal)
}

/// Sorts an error of reading.
pub(crate) fn sort_fetch(error: RestError) -> FetchError {
    match error {
        RestError::Limited { after } => FetchError::Later { after: Some(after), why: Box::new(error) },
        RestError::Unreached(_) | RestError::Unsure(_) | RestError::SignedOut | RestError::Moved { .. } => {
            FetchError::later(error)
        }
        RestError::Refused { ref said, .. } => match error.reason() {
            Some(Reason::NoChat | Reason::NoUser) => FetchError::Missing,
            Some(Reason::TooLarge) => FetchError::TooLarge { max: crate::features::DOWNLOAD },
            Some(Reason::NotMember) => {
                FetchError::Refused("the bot is not in that chat: add it on Telegram first".to_owned())
            }
            _ => FetchError::Refused(format!("Telegram refused it: {said}")),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn refused(code: u16, said: &str, doing: Doing) -> SendError {
        sort(RestError::Refused { code, said: said.to_owned() }, doing)
    }

    #[test]
    fn each_refusal_names_the_cure() {
        let cases = [
            (403, "bot was kicked from the supergroup chat", Doing::Sending, "add it again"),
            (400, "chat not found", Doing::Sending, "add the bot"),
            (400, "not enough rights to pin a message", Doing::Pinning, "«Pin Messages»"),
            (400, "CHAT_ADMIN_REQUIRED", Doing::Moderating, "«Ban Users»"),
            (400, "message can't be deleted for everyone", Doing::Deleting, "48 hours"),
            (400, "REACTION_INVALID", Doing::Reacting, "does not allow this reaction"),
            (400, "message to edit not found", Doing::Editing, "unknown there"),
            (400, "Request Entity Too Large", Doing::Sending, "larger"),
            (400, "TOPIC_CLOSED", Doing::Sending, "closed"),
        ];
        for (code, said, doing, cure) in cases {
            let error = refused(code, said, doing);
            assert!(matches!(error, SendError::Refused(_)) && error.to_string().contains(cure), "{said}: {error}");
        }
        assert!(matches!(refused(403, "the group has been deleted", Doing::Sending), SendError::ChatGone));
    }

    #[test]
    fn only_a_send_becomes_unsure_when_its_answer_is_lost() {
        let lost = || RestError::Unsure("status 502".to_owned());
        assert!(matches!(sort(lost(), Doing::Sending), SendError::Unsure(_)));
        for doing in [Doing::Editing, Doing::Deleting, Doing::Reacting, Doing::Pinning, Doing::Moderating] {
            assert!(matches!(sort(lost(), doing), SendError::Later { after: None, .. }), "{doing:?}");
        }
    }

    #[test]
    fn a_wait_is_passed_on_exactly() {
        let after = Duration::from_secs(17);
        let SendError::Later { after: told, .. } = sort(RestError::Limited { after }, Doing::Sending) else { panic!() };
        assert_eq!(told, Some(after));
    }
}
