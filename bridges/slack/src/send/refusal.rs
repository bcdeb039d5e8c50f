//! What an answer of Slack means for a message, and the sentence its sender reads. One table, without looking at anything
//! else.
//!
//! <https://docs.slack.dev/reference/methods/chat.postMessage#errors> and its siblings.

use appservice_sdk::prelude::{FetchError, Refusal, SendError};

use crate::api::ApiError;

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Sending,
    Editing,
    Deleting,
    Reacting,
    Pinning,
    Uploading,
    Moderating,
    Changing,
}

impl Doing {
    /// The right it takes, by its name in the app's settings.
    fn scope(self) -> &'static str {
        match self {
            Self::Sending | Self::Editing | Self::Deleting => "chat:write",
            Self::Reacting => "reactions:write",
            Self::Pinning => "pins:write",
            Self::Uploading => "files:write",
            Self::Moderating | Self::Changing => "channels:manage or groups:write",
        }
    }

    /// Whether doing it twice is the same as once.
    fn repeatable(self) -> bool {
        self != Self::Sending
    }
}

/// Sorts an error by what happens next.
pub(crate) fn sort(error: ApiError, doing: Doing) -> SendError {
    match error {
        ApiError::Limited { after } => SendError::later_in(after, error),
        ApiError::Unreached(_) => SendError::later(error),
        ApiError::Unsure(_) if doing.repeatable() => SendError::later(error),
        ApiError::Unsure(_) => SendError::Unsure(Box::new(error)),
        ApiError::Said { code, detail } => said(code, detail, doing),
    }
}

fn said(code: String, detail: Option<String>, doing: Doing) -> SendError {
    let refusal = match code.as_str() {
        // Slack says of these that some of the work may have been done.
        "internal_error" | "fatal_error" | "request_timeout" if !doing.repeatable() => {
            return SendError::Unsure(Box::new(ApiError::said(code)));
        }
        "internal_error"
        | "fatal_error"
        | "request_timeout"
        | "ratelimited"
        | "rate_limited"
        | "service_unavailable"
        | "team_added_to_org"
        | "org_login_required"
        | "message_limit_exceeded" => {
            return SendError::later(ApiError::said(code));
        }
        "not_authed"
        | "invalid_auth"
        | "account_inactive"
        | "token_revoked"
        | "token_expired"
        | "team_access_not_granted" => {
            return SendError::SignedOut;
        }
        "channel_not_found" => return SendError::ChatGone,
        "message_not_found" | "thread_not_found" | "no_item_specified" | "bad_timestamp" => Refusal::TargetUnknown,
        "missing_scope" | "no_permission" => {
            let scope = detail.as_deref().unwrap_or(doing.scope());
            Refusal::NotAllowed(format!("the Slack app lacks the scope {scope}"))
        }
        "not_in_channel" => {
            Refusal::NotAllowed("the bot is not in the channel: invite it there with /invite".to_owned())
        }
        "msg_too_long" | "msg_blocks_too_long" => Refusal::TooLong { max: crate::convert::MAX_TEXT },
        _ => Refusal::Said(sentence(&code, detail.as_deref(), doing)),
    };
    SendError::Refused(refusal)
}

/// The sentence for a word of Slack's.
fn sentence(code: &str, detail: Option<&str>, doing: Doing) -> String {
    let known = match code {
        "is_archived" => "the channel is archived on Slack",
        "restricted_action"
        | "restricted_action_read_only_channel"
        | "restricted_action_thread_only_channel"
        | "restricted_action_non_threadable_channel"
        | "restricted_action_thread_locked"
        | "ekm_access_denied"
        | "posting_to_channel_denied" => "the rules of the Slack workspace do not let the bot do that in this channel",
        "cant_update_message" | "edit_window_closed" | "cant_edit_message" => {
            "Slack lets the bot edit only what it wrote itself, and only for so long as the workspace allows"
        }
        "cant_delete_message" | "compliance_exports_prevent_deletion" => {
            "Slack lets the bot delete only what it wrote itself"
        }
        "invalid_name" | "bad_reaction" => "Slack has no such emoji",
        "too_many_emoji" | "too_many_reactions" => "the message has as many different reactions as Slack allows",
        "not_reactable" => "Slack allows no reaction there",
        "thread_locked" => "the thread is closed on Slack",
        "storage_limit_reached" | "file_upload_size_restricted" | "upload_too_large" => {
            "the Slack workspace has no room for the file"
        }
        "file_uploads_disabled" | "file_uploads_except_images_disabled" | "blocked_file_type" => {
            "the Slack workspace does not take such files"
        }
        "slack_connect_file_upload_sharing_blocked" | "slack_connect_file_sharing_blocked" => {
            "files may not be sent to this shared channel"
        }
        "cant_kick_self" | "cant_kick_from_general" | "cant_kick_from_last_channel" => {
            "Slack lets nobody be removed there"
        }
        "user_not_found" | "user_not_visible" | "users_not_found" => "there is no such person on Slack",
        "cant_invite_self" | "cant_invite" => "that person cannot be invited to the channel on Slack",
        "name_taken" => "a channel on Slack has that name already",
        "invalid_name_required" | "invalid_name_specials" | "invalid_name_punctuation" | "invalid_name_maxlength" => {
            "that is no name for a channel of Slack"
        }
        "not_authorized" | "user_is_restricted" => {
            "the bot may not do that in this channel: only its creator or an administrator"
        }
        "too_long" => "that is too long for Slack",
        _ => "",
    };
    match (known, detail) {
        ("", Some(detail)) => format!("Slack refused it: {code} ({detail})"),
        ("", None) => format!("Slack refused it: {code} ({})", doing.scope()),
        (known, _) => known.to_owned(),
    }
}

/// Sorts an error of reading.
pub(crate) fn sort_fetch(error: ApiError) -> FetchError {
    match &error {
        ApiError::Limited { after } => FetchError::Later { after: Some(*after), why: Box::new(error) },
        ApiError::Said { code, detail } if !error.passes() => match code.as_str() {
            "channel_not_found" | "user_not_found" | "file_not_found" | "file_deleted" | "user_not_visible" => {
                FetchError::Missing
            }
            "missing_scope" => {
                let scope = detail.as_deref().unwrap_or("it takes");
                FetchError::Refused(format!("the Slack app lacks the scope {scope}"))
            }
            "not_in_channel" => {
                FetchError::Refused("the bot is not in that channel: invite it there with /invite".to_owned())
            }
            code => FetchError::Refused(format!("Slack refused it: {code}")),
        },
        _ => FetchError::later(error),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn sorted(code: &str, doing: Doing) -> SendError {
        sort(ApiError::said(code), doing)
    }

    #[test]
    fn every_word_of_slack_tells_what_happens_next() {
        for code in ["ratelimited", "service_unavailable", "team_added_to_org"] {
            assert!(matches!(sorted(code, Doing::Sending), SendError::Later { .. }), "{code}");
        }
        for code in ["internal_error", "fatal_error", "request_timeout"] {
            assert!(matches!(sorted(code, Doing::Sending), SendError::Unsure(_)), "{code}");
            assert!(matches!(sorted(code, Doing::Editing), SendError::Later { .. }), "{code}");
        }
        for code in ["invalid_auth", "token_revoked", "account_inactive", "not_authed"] {
            assert!(matches!(sorted(code, Doing::Reacting), SendError::SignedOut), "{code}");
        }
        assert!(matches!(sorted("channel_not_found", Doing::Sending), SendError::ChatGone));
        let cases = [
            ("message_not_found", "unknown there"),
            ("not_in_channel", "/invite"),
            ("missing_scope", "chat:write"),
            ("is_archived", "archived"),
            ("msg_too_long", "3900"),
            ("invalid_name", "emoji"),
            ("a_new_word", "a_new_word"),
        ];
        for (code, says) in cases {
            let error = sorted(code, Doing::Sending);
            assert!(matches!(error, SendError::Refused(_)) && error.to_string().contains(says), "{code}: {error}");
        }
    }

    #[test]
    fn only_a_send_becomes_unsure_when_its_answer_is_lost() {
        let lost = || ApiError::Unsure("status 502".to_owned());
        assert!(matches!(sort(lost(), Doing::Sending), SendError::Unsure(_)));
        for doing in [Doing::Editing, Doing::Deleting, Doing::Reacting, Doing::Pinning, Doing::Changing] {
            assert!(matches!(sort(lost(), doing), SendError::Later { after: None, .. }), "{doing:?}");
        }
        assert!(matches!(sort(ApiError::Unreached("no".into()), Doing::Sending), SendError::Later { .. }));
    }

    #[test]
    fn a_wait_is_passed_on_exactly() {
        let after = Duration::from_secs(7);
        let SendError::Later { after: told, .. } = sort(ApiError::Limited { after }, Doing::Sending) else { panic!() };
        assert_eq!(told, Some(after));
    }
}
