//! What an answer of Discord means for a message, and the sentence its sender reads.

use appservice_sdk::prelude::{FetchError, Refusal, SendError};

use crate::hooks::HookError;
use crate::rest::*;

/// What was being done, so that a refusal can say what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Sending,
    Editing,
    Deleting,
    Reacting,
    OpeningThread,
    FindingWebhook,
    /// Asking where a channel lies.
    Finding,
    Typing,
    Pinning,
    Changing,
    Kicking,
    Banning,
    /// Saying something as the bot itself.
    Announcing,
}

impl Doing {
    /// The permission it takes, by its name in Discord's settings.
    fn permission(self) -> &'static str {
        match self {
            Self::Sending | Self::Editing | Self::FindingWebhook => "Manage Webhooks",
            Self::Deleting => "Manage Messages",
            Self::Reacting => "Add Reactions",
            Self::OpeningThread => "Create Public Threads",
            Self::Typing | Self::Announcing => "Send Messages",
            Self::Finding => "View Channel",
            Self::Pinning => "Pin Messages",
            Self::Changing => "Manage Channels",
            Self::Kicking => "Kick Members",
            Self::Banning => "Ban Members",
        }
    }

    /// Whether doing it twice is the same as once.
    fn repeatable(self) -> bool {
        self != Self::Sending
    }
}

/// Sorts an error by what happens next.
pub(crate) fn sort(error: RestError, doing: Doing) -> SendError {
    match error {
        RestError::Limited { after } => SendError::later_in(after, error),
        RestError::Unreached(_) => SendError::later(error),
        RestError::Unsure(_) if doing.repeatable() => SendError::later(error),
        RestError::Unsure(_) => SendError::Unsure(Box::new(error)),
        RestError::SignedOut => SendError::SignedOut,
        RestError::Refused { code, message, .. } => refused(code, message, doing),
    }
}

fn refused(code: u32, message: String, doing: Doing) -> SendError {
    let refusal = match code {
        UNKNOWN_CHANNEL => return SendError::ChatGone,
        UNKNOWN_MESSAGE => Refusal::TargetUnknown,
        MISSING_PERMISSIONS => Refusal::NotAllowed(format!("the bot lacks the permission «{}»", doing.permission())),
        MISSING_ACCESS => {
            Refusal::NotAllowed("the bot cannot see the channel: it lacks the permission «View Channel»".to_owned())
        }
        TOO_MANY_WEBHOOKS => Refusal::Said(
            "the channel has as many webhooks as Discord allows: delete one in its settings, under «Integrations»"
                .to_owned(),
        ),
        TOO_MANY_REACTIONS => Refusal::Said("the message has as many different reactions as Discord allows".to_owned()),
        TOO_MANY_PINS => Refusal::Said("the channel has as many pins as Discord allows".to_owned()),
        THREAD_LOCKED => Refusal::NotAllowed("the thread or post is locked on Discord".to_owned()),
        UNKNOWN_EMOJI => Refusal::Format("this emoji".to_owned()),
        TOO_LARGE => Refusal::Said("the file is larger than Discord allows in this channel".to_owned()),
        BLOCKED | BLOCKED_TITLE => {
            Refusal::Said("it was stopped by the rules (AutoMod) of the Discord server".to_owned())
        }
        _ => Refusal::Said(format!("Discord refused it: {message}")),
    };
    SendError::Refused(refusal)
}

/// Sorts the reasons for not having a webhook.
pub(crate) fn sort_hook(error: HookError) -> SendError {
    match error {
        HookError::Discord(error) => sort(error, Doing::FindingWebhook),
        HookError::Store(error) => SendError::later(error),
    }
}

/// Sorts an error of reading.
pub(crate) fn sort_fetch(error: RestError) -> FetchError {
    match error {
        RestError::Limited { after } => FetchError::Later { after: Some(after), why: Box::new(error) },
        RestError::Unreached(_) | RestError::Unsure(_) | RestError::SignedOut => FetchError::later(error),
        RestError::Refused { .. } if error.not_found() => FetchError::Missing,
        RestError::Refused { code: MISSING_ACCESS | MISSING_PERMISSIONS, .. } => FetchError::Refused(
            "the bot cannot see that channel: invite it to the server and give it the permission «View Channel»"
                .to_owned(),
        ),
        RestError::Refused { message, .. } => FetchError::Refused(format!("Discord refused it: {message}")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn refusal(code: u32, doing: Doing) -> String {
        let status = reqwest::StatusCode::FORBIDDEN;
        sort(RestError::Refused { status, code, message: "No.".to_owned() }, doing).to_string()
    }

    #[test]
    fn a_missing_permission_is_named_as_discord_names_it() {
        let cases = [
            (Doing::Sending, "«Manage Webhooks»"),
            (Doing::Deleting, "«Manage Messages»"),
            (Doing::Reacting, "«Add Reactions»"),
            (Doing::OpeningThread, "«Create Public Threads»"),
        ];
        for (doing, permission) in cases {
            assert!(refusal(MISSING_PERMISSIONS, doing).contains(permission), "{doing:?}");
        }
        assert!(refusal(MISSING_ACCESS, Doing::Sending).contains("«View Channel»"));
    }

    #[test]
    fn only_a_send_becomes_unsure_when_its_answer_is_lost() {
        let lost = || RestError::Unsure("status 502".to_owned());
        assert!(matches!(sort(lost(), Doing::Sending), SendError::Unsure(_)));
        for doing in [Doing::Editing, Doing::Deleting, Doing::Reacting, Doing::OpeningThread, Doing::FindingWebhook] {
            assert!(matches!(sort(lost(), doing), SendError::Later { after: None, .. }), "{doing:?}");
        }
    }

    #[test]
    fn a_wait_is_passed_on_exactly() {
        let after = Duration::from_millis(283);
        let SendError::Later { after: told, .. } = sort(RestError::Limited { after }, Doing::Sending) else { panic!() };
        assert_eq!(told, Some(after));
    }
}
