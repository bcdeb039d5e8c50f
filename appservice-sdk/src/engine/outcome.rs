//! What happens after a call to the network failed: one match decides all of it.

use std::time::Duration;

use crate::{
    intent::delay,
    network::{Resend, SendError},
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
    /// Tell the sender this sentence; the lane goes on.
    Tell(String),
    /// The portal closes.
    Close,
}

/// Decides after the `tries`-th failure (from 0).
pub(crate) fn after(error: &SendError, tries: u32, jitter: f64) -> Next {
    match error {
        SendError::Later { after: Some(after), .. } => Next::Wait(*after),
        SendError::Later { after: None, .. } => Next::Wait(delay(tries, jitter)),
        SendError::Refused(why) => Next::Tell(format!("Not delivered: {why}.")),
        SendError::SignedOut => Next::AwaitConnection,
        SendError::ChatGone => Next::Close,
        SendError::Unsure(_) => Next::LookUp(delay(tries, jitter)),
        SendError::Bug(_) => Next::Tell("Not delivered: the bridge failed on this message.".to_owned()),
    }
}

/// Decides when nobody can tell whether an attempt arrived: whether to send again.
pub(crate) fn after_unknown(resend: Resend) -> Result<(), Next> {
    match resend {
        Resend::WithKey | Resend::Always => Ok(()),
        Resend::Never => {
            let sentence = "This message may not have been delivered: the connection broke while it was sent.";
            Err(Next::Tell(sentence.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Refusal;

    #[test]
    fn each_error_has_its_next_action() {
        let cases = [
            (SendError::later_in(Duration::from_millis(1234), "slow down"), Next::Wait(Duration::from_millis(1234))),
            (SendError::later("down"), Next::Wait(Duration::from_secs(1))),
            (
                SendError::Refused(Refusal::TooLong { max: 3 }),
                Next::Tell("Not delivered: the message is longer than 3 characters.".into()),
            ),
            (SendError::SignedOut, Next::AwaitConnection),
            (SendError::ChatGone, Next::Close),
            (SendError::Unsure("timeout".into()), Next::LookUp(Duration::from_secs(1))),
            (
                SendError::Bug(anyhow::anyhow!("oh")),
                Next::Tell("Not delivered: the bridge failed on this message.".into()),
            ),
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
