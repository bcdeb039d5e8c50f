//! What happens after a call to the network failed: one match decides all of it.

use std::time::Duration;

use crate::{
    intent::delay,
    network::{Refusal, Resend, SendError},
};

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It surely did not happen: the lane waits so long, then does the same again.
    Wait(Duration),
    /// It may have happened: look it up first.
    LookUp(Duration),
    /// The lane waits until there is a connection again.
    AwaitConnection,
    /// Tell the sender; the lane goes on.
    Tell(Verdict),
    /// The portal closes.
    Close,
}

/// What the sender of a message is told when it failed for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// For people.
    pub(crate) sentence: String,
    /// Whether the same would fail again.
    pub(crate) lasting: bool,
    /// For clients: a reason that mautrix names so.
    pub(crate) reason: &'static str,
}

/// What follows from a refusal.
fn refused(why: &Refusal) -> Verdict {
    let (lasting, reason) = match why {
        Refusal::TooLong { .. } | Refusal::TooLarge { .. } | Refusal::Format(_) | Refusal::Unsupported(_) => {
            (true, "com.beeper.unsupported_event")
        }
        Refusal::NotAllowed(_) => (false, "m.no_permission"),
        Refusal::TargetUnknown => (true, "m.event_not_handled"),
        Refusal::Said(_) => (false, "m.foreign_network_error"),
    };
    Verdict { sentence: format!("Not delivered: {why}."), lasting, reason }
}

fn broken() -> Verdict {
    let sentence = "Not delivered: the bridge failed on this message.".to_owned();
    Verdict { sentence, lasting: false, reason: "m.event_not_handled" }
}

/// The chat is gone.
pub(crate) fn gone() -> Verdict {
    let sentence = "This chat does not exist on the network any more; the room is no longer bridged.".to_owned();
    Verdict { sentence, lasting: true, reason: "m.bridge_unavailable" }
}

/// Decides after the `tries`-th failure (from 0).
pub(crate) fn after(error: &SendError, tries: u32, jitter: f64) -> Next {
    match error {
        SendError::Later { after: Some(after), .. } => Next::Wait(*after),
        SendError::Later { after: None, .. } => Next::Wait(delay(tries, jitter)),
        SendError::Refused(why) => Next::Tell(refused(why)),
        SendError::SignedOut => Next::AwaitConnection,
        SendError::ChatGone => Next::Close,
        SendError::Unsure(_) => Next::LookUp(delay(tries, jitter)),
        SendError::Bug(_) => Next::Tell(broken()),
    }
}

/// Decides when nobody can tell whether an attempt arrived: whether to send again.
pub(crate) fn after_unknown(resend: Resend) -> Result<(), Next> {
    match resend {
        Resend::WithKey | Resend::Always => Ok(()),
        Resend::Never => {
            let sentence = "This message may not have been delivered: the connection broke while it was sent.";
            Err(Next::Tell(Verdict {
                sentence: sentence.to_owned(),
                lasting: false,
                reason: "m.foreign_network_error",
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_next_action() {
        let cases = [
            (SendError::later_in(Duration::from_millis(1234), "slow down"), Next::Wait(Duration::from_millis(1234))),
            (SendError::later("down"), Next::Wait(Duration::from_secs(1))),
            (
                SendError::Refused(Refusal::TooLong { max: 3 }),
                Next::Tell(Verdict {
                    sentence: "Not delivered: the message is longer than 3 characters.".into(),
                    lasting: true,
                    reason: "com.beeper.unsupported_event",
                }),
            ),
            (SendError::SignedOut, Next::AwaitConnection),
            (SendError::ChatGone, Next::Close),
            (SendError::Unsure("timeout".into()), Next::LookUp(Duration::from_secs(1))),
            (SendError::Bug(anyhow::anyhow!("oh")), Next::Tell(broken())),
        ];
        for (error, next) in cases {
            assert_eq!(after(&error, 1, 0.0), next, "{error}");
        }
    }

    #[test]
    fn a_network_without_keys_is_not_asked_twice() {
        assert!(after_unknown(Resend::WithKey).is_ok() && after_unknown(Resend::Always).is_ok());
        assert!(matches!(after_unknown(Resend::Never), Err(Next::Tell(_))));
    }
}
