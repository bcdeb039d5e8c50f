//! What a ping of healthchecks says: <https://healthchecks.io/docs/http_api/>.

/// What is told about a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// It began.
    Start,
    /// It ended well.
    Success,
    /// It failed, with the status it ended with if that was told.
    Failure(Option<u8>),
    /// Something to be noted; nothing changes.
    Log,
}

/// What stands behind the secret: `[/SLUG][/start|/fail|/log|/STATUS]`. `None`: there is no such signal.
#[must_use]
pub fn read(rest: &str) -> Option<(Option<&str>, Signal)> {
    match rest.split('/').filter(|piece| !piece.is_empty()).collect::<Vec<_>>().as_slice() {
        [] => Some((None, Signal::Success)),
        [one] => Some(signal(one).map_or((Some(*one), Signal::Success), |signal| (None, signal))),
        [slug, one] => Some((Some(*slug), signal(one)?)),
        _ => None,
    }
}

fn signal(word: &str) -> Option<Signal> {
    match word {
        "start" => Some(Signal::Start),
        "fail" => Some(Signal::Failure(None)),
        "log" => Some(Signal::Log),
        "0" => Some(Signal::Success),
        status => status.parse().ok().map(|status| Signal::Failure(Some(status))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_are_read() {
        for (rest, read_as) in [
            ("", Some((None, Signal::Success))),
            ("start", Some((None, Signal::Start))),
            ("3", Some((None, Signal::Failure(Some(3))))),
            ("0", Some((None, Signal::Success))),
            ("backup", Some((Some("backup"), Signal::Success))),
            ("backup/fail", Some((Some("backup"), Signal::Failure(None)))),
            ("backup/256", None),
            ("a/b/c", None),
        ] {
            assert_eq!(read(rest), read_as, "{rest}");
        }
    }
}
