//! Reading commands. Pure.

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Help,
    Status,
    List,
    /// Links a room (this one if `None`) and a chat, or what the network offers under a code. Without a chat, one is asked
    /// for that whoever manages a chat accepts there.
    Link {
        room: Option<String>,
        chat: Option<String>,
    },
    /// Undoes the link of a chat, or of this room.
    Unlink {
        chat: Option<String>,
    },
    /// Makes a room for a chat.
    Bridge {
        chat: String,
    },
}

/// Reads a command; the error is a sentence for people.
pub(super) fn parse(words: &str) -> Result<Command, String> {
    let words: Vec<&str> = words.split_whitespace().collect();
    match words.as_slice() {
        [] | ["help", ..] => Ok(Command::Help),
        ["status"] => Ok(Command::Status),
        ["list"] => Ok(Command::List),
        ["link", room, chat] if room.starts_with(['!', '#']) => {
            Ok(Command::Link { room: Some((*room).to_owned()), chat: Some((*chat).to_owned()) })
        }
        ["link"] => Ok(Command::Link { room: None, chat: None }),
        ["link", chat] => Ok(Command::Link { room: None, chat: Some((*chat).to_owned()) }),
        ["unlink"] => Ok(Command::Unlink { chat: None }),
        ["unlink", chat] => Ok(Command::Unlink { chat: Some((*chat).to_owned()) }),
        ["bridge", chat] => Ok(Command::Bridge { chat: (*chat).to_owned() }),
        ["link" | "bridge", ..] => Err("Say which chat: `list` shows them with their ids.".to_owned()),
        [other, ..] => Err(format!("There is no command `{other}`; `help` shows those there are.")),
    }
}

/// Whether a command asks the network for something.
pub(super) fn needs_network(words: &str) -> bool {
    matches!(parse(words), Ok(Command::List | Command::Link { .. } | Command::Bridge { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        let cases = [
            ("", Ok(Command::Help)),
            ("help me", Ok(Command::Help)),
            ("link 123", Ok(Command::Link { room: None, chat: Some("123".into()) })),
            ("link #a:s 123", Ok(Command::Link { room: Some("#a:s".into()), chat: Some("123".into()) })),
            ("link", Ok(Command::Link { room: None, chat: None })),
            ("unlink", Ok(Command::Unlink { chat: None })),
            ("bridge 123", Ok(Command::Bridge { chat: "123".into() })),
            ("bridge", Err("Say which chat: `list` shows them with their ids.".to_owned())),
            ("dance", Err("There is no command `dance`; `help` shows those there are.".to_owned())),
        ];
        for (words, expected) in cases {
            assert_eq!(parse(words), expected, "{words}");
        }
    }
}
