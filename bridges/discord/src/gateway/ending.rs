//! How a connection to the gateway ends, and what that means for the session.
//!
//! <https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>

/// What to do after a connection has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Connect again and resume; Discord replays what was missed.
    Resume(String),
    /// The session is lost: connect again and start a new one.
    Identify(String),
    /// Connecting again cannot help; a person has to do what this sentence says.
    Fatal(Fatal),
    /// Nobody listens any more.
    Stopped,
}

/// Something only a person can cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fatal {
    /// The token is not valid.
    Token,
    /// A setting in the portal or a limit of Discord.
    Setting(&'static str),
}

impl Fatal {
    /// What to do, as one sentence for the operator.
    pub(crate) fn sentence(&self) -> &'static str {
        match self {
            Self::Token => {
                "Discord does not accept the bot's token: make a new one on the page «Bot» of \
                 https://discord.com/developers/applications and set bridges.discord.token"
            }
            Self::Setting(sentence) => sentence,
        }
    }
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Resume(why) | Self::Identify(why) => f.write_str(why),
            Self::Fatal(fatal) => f.write_str(fatal.sentence()),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

/// What a close code means. No code: the connection was cut.
pub(super) fn after_close(code: Option<u16>) -> Ending {
    let Some(code) = code else { return Ending::Resume("the connection was cut".to_owned()) };
    let why = format!("Discord closed the connection ({code})");
    match code {
        4004 => Ending::Fatal(Fatal::Token),
        4010 => Ending::Fatal(Fatal::Setting(
            "Discord says this bot's shard is not valid; the bridge uses none, please report it",
        )),
        4011 => Ending::Fatal(Fatal::Setting(
            "the bot is in more than 2,500 guilds, which needs sharding: use a bot of your own for this bridge",
        )),
        4012 => Ending::Fatal(Fatal::Setting("Discord no longer speaks gateway version 10: update Causeway")),
        4013 => Ending::Fatal(Fatal::Setting("Discord does not know an intent the bridge asked for: update Causeway")),
        4014 => Ending::Fatal(Fatal::Setting(
            "switch on «Server Members Intent» and «Message Content Intent» on the page «Bot» of \
             https://discord.com/developers/applications, then start the bridge again",
        )),
        4003 | 4007 | 4009 => Ending::Identify(why),
        _ => Ending::Resume(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_code_says_whether_the_session_lives() {
        for code in [None, Some(1000), Some(1001), Some(1006), Some(4000), Some(4001), Some(4008), Some(4999)] {
            assert!(matches!(after_close(code), Ending::Resume(_)), "{code:?}");
        }
        for code in [4003, 4007, 4009] {
            assert!(matches!(after_close(Some(code)), Ending::Identify(_)), "{code}");
        }
        for code in [4004, 4010, 4011, 4012, 4013, 4014] {
            assert!(matches!(after_close(Some(code)), Ending::Fatal(_)), "{code}");
        }
    }

    #[test]
    fn a_missing_intent_is_told_as_what_to_switch_on() {
        assert!(after_close(Some(4014)).to_string().contains("Message Content Intent"));
    }
}
